// What subscribers have heard, held against the feed and the messages that are stored: lost, twice, out of order, of somebody else.
import { countBy, twice } from './faults.evidence.js';

/** What a subscriber may hear: of an inbox, of one conversation, or (neither given) of all conversations of the tenant. */
export interface Scope {
  tenantId: string;
  inboxId?: string;
  conversationId?: string;
}

/** One row of the table `feed`; ids as the API shows them, but the tenant's. */
export interface FeedEntry {
  position: number;
  tenantId: string;
  type: string;
  inboxId: string;
  conversationId: string;
  messageId: string | null;
}

/** One row of the table `message`. */
export interface StoredMessage {
  id: string;
  tenantId: string;
  inboxId: string;
  conversationId: string;
  seq: number;
  /** The provider's id. */
  externalId: string | null;
}

export interface Stored {
  /** Up to where the feed was read. */
  upTo: number;
  feed: readonly FeedEntry[];
  messages: readonly StoredMessage[];
}

export interface HeardEvent {
  position: number;
  type: string;
  conversationId: string;
  messageId: string | null;
  seq: number | null;
  text: string | null;
}

export interface Heard {
  who: string;
  scope: Scope;
  /** The position of the cursor with which it began. */
  from: number;
  events: readonly HeardEvent[];
  /** Told: the one with which it began included. */
  gaps: number;
  /** Why it follows no more; being cut off is no reason. */
  failure: unknown;
}

/** Positions, and each as a sentence. */
export interface Judgement {
  lost: number[];
  twice: number[];
  disorder: number[];
  foreign: number[];
  sentences: string[];
}

const isInScope = (entry: FeedEntry, { tenantId, inboxId, conversationId }: Scope): boolean =>
  entry.tenantId === tenantId && (inboxId === undefined || entry.inboxId === inboxId) && (conversationId === undefined || entry.conversationId === conversationId);

/** Lists of conversations are not told what happens to a message that is there already. */
const isTold = ({ type }: FeedEntry, { inboxId, conversationId }: Scope): boolean =>
  inboxId !== undefined || conversationId !== undefined || type !== 'MessageUpdated';

/** One subscriber: all of its scope since it began, each once, in order, and nothing else. */
export function judge({ who, scope, from, events, gaps, failure }: Heard, { feed, upTo }: Stored): Judgement {
  const mine = feed.filter((entry) => entry.position > from && isInScope(entry, scope) && isTold(entry, scope));
  const entries = new Map(mine.map((entry) => [entry.position, entry]));
  const heard = events.filter(({ position }) => position <= upTo);
  const counts = countBy(heard, ({ position }) => String(position));
  const judgement: Judgement = {
    lost: mine.filter(({ position }) => !counts.has(String(position))).map(({ position }) => position),
    twice: twice(counts).map(Number),
    disorder: disorderOf(heard),
    foreign: heard.filter((event) => !isThat(event, entries.get(event.position))).map(({ position }) => position),
    sentences: [],
  };
  const say = (positions: readonly number[], what: string): string[] => positions.map((position) => `${who} ${what} ${position}`);
  judgement.sentences = [
    ...(failure === null ? [] : [`${who} was told ${JSON.stringify(failure)}`]),
    ...(gaps === 1 ? [] : [`${who} was told of ${gaps} gaps instead of the one with which it began`]),
    ...say(judgement.lost, 'did not hear'), ...say(judgement.twice, 'heard twice of'), ...say(judgement.disorder, 'heard out of order of'),
    ...say(judgement.foreign, 'heard what is not its own, at'),
  ];
  return judgement;
}

function isThat(event: HeardEvent, entry: FeedEntry | undefined): boolean {
  return entry !== undefined && event.conversationId === entry.conversationId && (event.messageId === null || event.messageId === entry.messageId);
}

/** Before something later, as the feed counts or as the conversation does. */
function disorderOf(heard: readonly HeardEvent[]): number[] {
  const places = new Map<string, number>();
  let last = -1;
  return heard.filter(({ position, type, conversationId, seq }) => {
    const place = places.get(conversationId) ?? 0;
    const late = position < last || (type === 'MessageAdded' && seq !== null && seq < place);
    last = Math.max(last, position);
    if (type === 'MessageAdded' && seq !== null) places.set(conversationId, Math.max(place, seq));
    return late;
  }).map(({ position }) => position);
}

/** What is wrong before anybody listens: a message that was acknowledged and is not stored, or whose addition the feed does not tell once and in order. */
export function contradictions({ feed, messages }: Stored, acknowledged: readonly string[]): string[] {
  const known = new Set(messages.map(({ externalId }) => externalId));
  const added = feed.filter(({ type }) => type === 'MessageAdded');
  const counts = countBy(added, ({ messageId }) => messageId ?? '');
  const stored = new Map(messages.map((message) => [message.id, message]));
  const places = new Map<string, number>();
  return [
    ...acknowledged.filter((id) => !known.has(id)).map((id) => `acknowledged and lost: ${id}`),
    ...messages.filter(({ id }) => !counts.has(id)).map(({ id }) => `the feed does not tell of ${id}`),
    ...twice(counts).map((id) => `the feed tells twice of ${id}`),
    ...added.flatMap(({ position, tenantId, inboxId, conversationId, messageId }) => {
      const message = stored.get(messageId ?? '');
      if (!message) return [`the feed tells of ${messageId ?? 'nothing'}, which is not stored`];
      const ours = message.tenantId === tenantId && message.inboxId === inboxId && message.conversationId === conversationId;
      const before = places.get(conversationId) ?? 0;
      places.set(conversationId, message.seq);
      return [...(ours ? [] : [`the feed tells at ${position} of ${message.id} to somebody else`]), ...(message.seq > before ? [] : [`the feed tells at ${position} of place ${message.seq} after ${before}`])];
    }),
  ];
}
