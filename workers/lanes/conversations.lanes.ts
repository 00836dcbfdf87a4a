// What conversations takes straight from its tables: deliveries that nobody has read, messages that nobody has handed over.
import type { Pool } from 'pg';
import { ingestJob, sendJob } from '../../subgraphs/conversations/jobs.js';
import type { ConversationsDoor } from '../../subgraphs/conversations/public.js';
import { Lanes, type LanesOptions } from './lanes.js';

type Door = Pick<ConversationsDoor, 'unread' | 'readInbox' | 'unsent' | 'sendFrom'>;
export type LanesContext = Pick<LanesOptions<never>, 'bus' | 'logger' | 'metrics'> & { door: Door; system: Pool };

type Inbox = Awaited<ReturnType<Door['unread']>>[number];
type Conversation = Awaited<ReturnType<Door['unsent']>>[number];

/** Inboxes, and conversations, that one process has under way at the same time. */
const READING = 4;
const SENDING = 8;

export const readingLanes = ({ door, system, ...context }: LanesContext): Lanes<Inbox> => new Lanes({
  ...context, name: 'reader', schema: 'conversations', job: ingestJob.name, lanes: READING,
  find: () => door.unread(system), keyOf: ({ inboxId }) => inboxId, run: (inbox) => door.readInbox(inbox),
});

export const sendingLanes = ({ door, system, ...context }: LanesContext): Lanes<Conversation> => new Lanes({
  ...context, name: 'sender', schema: 'conversations', job: sendJob.name, lanes: SENDING,
  find: () => door.unsent(system), keyOf: ({ conversationId }) => conversationId, run: (conversation) => door.sendFrom(conversation),
});

/** As jobs are shared out among processes by their names: who tries again also tries first. */
export const conversationsLanes = (context: LanesContext, jobs: readonly string[] | null): { healthy(): boolean; stop(): Promise<void> }[] => [
  ...(jobs?.includes(ingestJob.name) ?? true ? [readingLanes(context)] : []),
  ...(jobs?.includes(sendJob.name) ?? true ? [sendingLanes(context)] : []),
];
