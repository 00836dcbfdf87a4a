// Every job has exactly one processor; a contract test compares this list with the subgraphs' declarations.
import type { ConversationsDoor } from '../subgraphs/conversations/public.js';
import { ingestJob, sendJob } from '../subgraphs/conversations/jobs.js';
import type { JobDefinition } from '../subgraphs/kernel/messaging/jobs.js';
import type { Processor } from './queue.js';

/** The doors of the subgraphs, as far as jobs knock on them. */
export interface Doors {
  conversations: ConversationsDoor;
}

const registered: { job: JobDefinition; run: (doors: Doors, payload: unknown) => Promise<unknown> }[] = [
  { job: ingestJob, run: ({ conversations }, payload) => conversations.ingest(ingestJob.payload.parse(payload)) },
  { job: sendJob, run: ({ conversations }, payload) => conversations.send(sendJob.payload.parse(payload)) },
];

/** The jobs that have a processor. */
export const processedJobs: readonly JobDefinition[] = registered.map(({ job }) => job);

export const processors = (doors: Doors): Processor[] => registered.map(({ job, run }) => ({ job, run: (payload) => run(doors, payload) }));
