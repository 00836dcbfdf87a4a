// What is asked of the product after a kill and a restart. Each answer that is not as it must be is one sentence.
import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { whatsappStatusDelivery } from '../../ops/standins/sign-webhook.js';
import { operation } from '../kit/client.js';
import { UNCLEAR, type Trial } from './crash.expectations.js';
import type { CrashWorld, Person } from './crash.world.js';

const MESSAGES = 'query Messages($id: ID!) { conversation(id: $id) { messages(first: 50) { nodes { id seq direction text status } } } }';

export interface Outcome {
  person: Person;
  label: string;
  body: string;
  replyId: string;
  /** The kill came between claim and record of the reply, as the ledger says: also by chance, at a point of something else. */
  unclear: boolean;
}

interface Row {
  id: string;
  seq: number;
  direction: string;
  text: string;
  status: string;
}

class Faults {
  readonly sentences: string[] = [];

  equal(what: string, found: unknown, wanted: unknown): void {
    const [left, right] = [found, wanted].map((value) => JSON.stringify(value));
    if (left !== right) this.sentences.push(`${what}: ${left} instead of ${right}`);
  }
}

const messagesOf = async (world: CrashWorld, { conversationId }: Person): Promise<Row[]> => {
  const { conversation } = await world.ask<{ conversation: { messages: { nodes: Row[] } } }>(MESSAGES, { id: conversationId });
  return conversation.messages.nodes.toSorted((a, b) => a.seq - b.seq);
};

/** How often each action was recorded about one thing, and only those that succeeded. */
async function actionsOn(world: CrashWorld, resourceId: string): Promise<Record<string, number>> {
  const { auditEvents } = await world.ask<{ auditEvents: { nodes: { action: string; outcome: string }[] } }>(
    operation('audit-trail'), { first: 100, filter: { resourceId } });
  const counts: Record<string, number> = {};
  for (const { action, outcome } of auditEvents.nodes) {
    const name = outcome === 'SUCCESS' ? action : `${action} ${outcome}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Once quiet: everything exactly once, in order, recorded. `pause` is how long an unclear send is watched for a second attempt. */
export async function check(world: CrashWorld, trial: Trial, { person, label, body, replyId, unclear }: Outcome, pause: () => Promise<void>): Promise<string[]> {
  const faults = new Faults();
  const known = UNCLEAR[trial.point];
  if (known) faults.equal('killed between claim and record', unclear, true);
  const sent = (await world.taken(replyId)).length;
  const status = unclear ? 'UNCONFIRMED' : 'SENT';
  const rows = await messagesOf(world, person);
  faults.equal('seq', rows.map((row) => row.seq), [1, 2, 3, 4, 5]);
  faults.equal('customer wrote', rows.filter((row) => row.direction === 'INBOUND').map((row) => row.text), [`hello ${person.from}`, `${label} 1`, `${label} 2`]);
  faults.equal('staff wrote', rows.filter((row) => row.direction === 'OUTBOUND').map((row) => [row.text, row.status]), [['welcome', 'DELIVERED'], [`reply to ${label}`, status]]);
  faults.equal('the reply is the message the client was told', rows.find((row) => row.text === `reply to ${label}`)?.id, replyId);
  // Nobody promises that a message was sent before a kill in between, only that it was not sent twice.
  faults.equal('sent', sent, known?.sent ?? (unclear ? Math.min(sent, 1) : 1));

  const [stored] = await world.rows<{ deliveries: number; recorded: number }>(
    `select count(distinct d.id)::int as deliveries, count(a.id)::int as recorded from conversations.webhook_delivery d
     left join compliance.audit_event a on a.tenant_id = d.tenant_id and a.correlation_id = d.correlation_id and a.action = 'webhook.receive'
     where d.key = $1 and d.status = 'PROCESSED'`, [createHash('sha256').update(body).digest('hex')]);
  faults.equal('deliveries stored and recorded', stored, { deliveries: 1, recorded: 1 });
  for (const number of [1, 2]) {
    const id = rows.find((row) => row.text === `${label} ${number}`)?.id ?? '';
    faults.equal(`audit of message ${number}`, await actionsOn(world, id), { 'message.receive': 1 });
  }
  const welcome = rows.find((row) => row.text === 'welcome')?.id ?? '';
  faults.equal('audit of the welcome', sorted(await actionsOn(world, welcome)), { 'message.delivered': 1, 'message.send': 1, 'message.sent': 1 });
  const reply = await actionsOn(world, replyId);
  // A repeated request with the same key is an audit event of its own, which says that it changed nothing.
  const asked = await world.rows<{ n: number }>(`select count(*)::int as n from compliance.audit_event where resource_id = $1 and action = 'message.send' and after->'repeated' is null`, [replyId]);
  faults.equal('the reply was created', asked[0]?.n, 1);
  faults.equal('audit of the reply', sorted({ ...reply, 'message.send': 1 }), { 'message.send': 1, [`message.${status.toLowerCase()}`]: 1 });
  if (unclear) await checkUnclear(world, faults, person, replyId, sent, pause);
  return faults.sentences;
}

/** Watched for longer than any retry takes, nothing is sent again; the provider's echo, where it took the message, settles it. */
async function checkUnclear(world: CrashWorld, faults: Faults, person: Person, replyId: string, sent: number, pause: () => Promise<void>): Promise<void> {
  await pause();
  const taken = await world.taken(replyId);
  faults.equal('sent again by itself', taken.length, sent);
  const echo = taken[0];
  if (!echo) return;
  await world.deliver(whatsappStatusDelivery({
    phoneNumberId: DEMO_INBOX.phoneNumberId, id: echo.id, status: 'delivered', recipient: person.from, clientReference: replyId,
  }));
  await world.quiet();
  const row = (await messagesOf(world, person)).find(({ id }) => id === replyId);
  faults.equal('status after the echo', row?.status, 'DELIVERED');
  faults.equal('sent after the echo', (await world.taken(replyId)).length, sent);
}

const sorted = (counts: Record<string, number>): Record<string, number> => Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const PATIENCE_MS = 30_000;

/** At the end of all trials: the subscriber that outlived every kill saw each message added once, in the order of each conversation. */
export async function checkFeed(world: CrashWorld): Promise<string[]> {
  const faults = new Faults();
  const added = world.subscriber.news.flatMap((news) => (news.__typename === 'MessageAdded' ? [news.message] : []));
  faults.equal('gaps told to the subscriber', world.subscriber.news.filter((news) => news.__typename === 'FeedGap').length, 0);
  faults.equal('refusals told to the subscriber', world.subscriber.failure, null);
  for (const person of world.people.values()) {
    const here = added.filter((message) => message.conversation.id === person.conversationId);
    faults.equal(`messages of ${person.from} told to the subscriber`, here.map((message) => message.seq), [1, 2, 3, 4, 5]);
  }
  // What is looked for again and again may be at work just now; what nobody takes stays.
  let left: number | undefined;
  for (const until = Date.now() + PATIENCE_MS; left !== 0 && Date.now() < until; await sleep(500)) left = (await world.rows<{ left: number }>('select count(*)::int as left from bullmq.job'))[0]?.left;
  faults.equal('jobs left in the queues', left, 0);
  return faults.sentences;
}
