// What the outside world was told, what is stored and what was sent, held against each other: each contradiction is one sentence.

/** One row of the message table, ids as the API shows them. */
export interface StoredMessage {
  id: string;
  conversationId: string;
  seq: number;
  direction: 'INBOUND' | 'OUTBOUND';
  /** The provider's id. */
  externalId: string | null;
  text: string;
  status: string;
}

/** What one follower of the inbox has heard. */
export interface Heard {
  added: readonly { id: string; conversationId: string; seq: number }[];
  /** Told beyond the one that begins an unknown cursor. */
  gaps: number;
  failure: unknown;
}

export interface Evidence {
  /** The provider's ids of the messages whose delivery was answered with 200. */
  delivered: readonly string[];
  /** Messages that a client was told it had sent: no two texts are the same. */
  answered: readonly { id: string; text: string }[];
  stored: readonly StoredMessage[];
  /** Our ids of the messages that the provider took, in its order. */
  taken: readonly string[];
  followers: readonly Heard[];
  /** What waits although nothing should, by name. */
  left: Readonly<Record<string, number>>;
}

/** Nothing acknowledged is lost, nothing is stored, sent or told twice, everything is in order, nothing is left undone. */
export const contradictions = (evidence: Evidence): string[] => [
  ...inbound(evidence), ...outbound(evidence), ...sending(evidence), ...order(evidence.stored),
  ...evidence.followers.flatMap((heard, index) => following(heard, evidence.stored, index + 1)),
  ...Object.entries(evidence.left).filter(([, count]) => count !== 0).map(([name, count]) => `left undone: ${count} of ${name}`),
];

function inbound({ delivered, stored }: Evidence): string[] {
  const rows = stored.filter(({ direction }) => direction === 'INBOUND');
  const known = countBy(rows, ({ externalId }) => externalId ?? '');
  return [
    ...delivered.filter((id) => !known.has(id)).map((id) => `acknowledged and lost: ${id}`),
    ...twice(known).map((id) => `stored twice: ${id}`),
    ...twice(countBy(rows, ({ text }) => text)).map((text) => `stored twice under two ids: ${brief(text)}`),
  ];
}

function outbound({ answered, stored }: Evidence): string[] {
  const byText = countBy(stored.filter(({ direction }) => direction === 'OUTBOUND'), ({ text }) => text);
  const byId = new Map(stored.map((message) => [message.id, message]));
  return [
    ...answered.filter(({ id, text }) => byId.get(id)?.text !== text).map(({ text }) => `answered and lost: ${brief(text)}`),
    ...twice(byText).map((text) => `created twice: ${brief(text)}`),
  ];
}

/** UNCONFIRMED says openly that nobody knows: then it was taken at most once. */
function sending({ stored, taken }: Evidence): string[] {
  const times = countBy(taken, (id) => id);
  const rows = stored.filter(({ direction }) => direction === 'OUTBOUND');
  const place = new Map(rows.map((row) => [row.id, row]));
  const last = new Map<string, number>();
  const disorder = taken.flatMap((id) => {
    const row = place.get(id);
    if (!row) return [`sent, but not stored: ${id}`];
    const before = last.get(row.conversationId) ?? 0;
    last.set(row.conversationId, Math.max(before, row.seq));
    return row.seq < before ? [`sent after a later one of its conversation: ${brief(row.text)}`] : [];
  });
  return [
    ...twice(times).map((id) => `sent twice: ${brief(place.get(id)?.text ?? id)}`),
    ...rows.filter(({ id, status }) => status === 'SENT' && !times.has(id)).map(({ text }) => `said to be sent, but was not: ${brief(text)}`),
    ...rows.filter(({ status }) => status !== 'SENT' && status !== 'UNCONFIRMED').map(({ status, text }) => `ended ${status}: ${brief(text)}`),
    ...disorder,
  ];
}

export function order(stored: readonly StoredMessage[]): string[] {
  return [...Map.groupBy(stored, ({ conversationId }) => conversationId)].flatMap(([id, messages]) => {
    const found = messages.map(({ seq }) => seq).toSorted((a, b) => a - b);
    return found.every((seq, index) => seq === index + 1) ? [] : [`${id} has the places ${found.join(' ')}`];
  });
}

function following({ added, gaps, failure }: Heard, stored: readonly StoredMessage[], number: number): string[] {
  const who = `follower ${number}`;
  const heard = countBy(added, ({ id }) => id);
  const known = new Set(stored.map(({ id }) => id));
  const unordered = [...Map.groupBy(added, ({ conversationId }) => conversationId).values()]
    .flatMap((ours) => ours.filter(({ seq }, index) => seq < (ours[index - 1]?.seq ?? 0)));
  return [
    ...(failure === null ? [] : [`${who} was told ${JSON.stringify(failure)}`]),
    ...(gaps > 0 ? [`${who} was told of ${gaps} gaps`] : []),
    ...stored.filter(({ id }) => !heard.has(id)).map(({ text }) => `${who} did not hear ${brief(text)}`),
    ...twice(heard).map((id) => `${who} heard twice of ${id}`),
    ...added.filter(({ id }) => !known.has(id)).map(({ id }) => `${who} heard of ${id}, which is not stored`),
    ...unordered.map(({ id }) => `${who} heard out of order of ${id}`),
  ];
}

export function countBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

export const twice = (counts: Map<string, number>): string[] => [...counts].filter(([, count]) => count > 1).map(([key]) => key);

/** Texts of the proof begin with who wrote which; what fills the disk comes after. */
const brief = (text: string): string => text.slice(0, 60);
