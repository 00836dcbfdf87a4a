// What a tenant does not keep any longer goes, and nothing else: seen through the API before and after, told to the trail, and repeated without effect.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Metrics } from '../../kernel/base/metrics.js';
import type { SubgraphResult } from '../../kernel/base/subgraph-port.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { RetentionOrder } from '../../kernel/messaging/retention.js';
import { sql } from 'kysely';
import { person } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import { Relay } from '../../../workers/relay/relay.js';
import { TestConversations } from '../../../test/kit/conversations.js';

const DAY_MS = 86_400_000;
const TABLES = ['message', 'outbound', 'send_request', 'delivery_status', 'message_amendment', 'watermark', 'contact_watermark', 'conversation', 'conversation_read', 'contact', 'contact_identity', 'webhook_delivery'];
const PREVIEW = '{ retentionPreview(messageDays: 30, contactDays: 30, webhookDeliveryDays: 14) { dataClass rows more } }';

let house: TestConversations;
beforeAll(async () => { house = await TestConversations.boot({ sending: true }); });
afterAll(async () => { await house?.close(); });

const counts = async (): Promise<Record<string, number>> => Object.fromEntries(await Promise.all(TABLES.map(async (table) => [table, await house.count(table)])));
const preview = async (tenantId = house.tenantId) => (await house.subject.ask(PREVIEW, {}, person(tenantId, ['settings:read']))).data?.['retentionPreview'];
/** What was made before this moment is too old for every class, unless `before` says otherwise. */
const order = (before: Record<string, Date>, more: Partial<RetentionOrder> = {}): RetentionOrder => ({
  tenantId: house.tenantId, orderedAt: house.clock.now().toISOString(), ...more, before: Object.fromEntries(Object.entries(before).map(([name, at]) => [name, at.toISOString()])),
});
const all = (at: Date) => ({ MESSAGES: at, CONTACTS: at, WEBHOOK_DELIVERIES: at });
const conversation = async (id: string) => (await house.subject.ask(
  `{ conversation(id: "${encodeId('conv', id)}") { lastMessage { seq } messages { nodes { seq text } } } }`, {}, house.agent)).data?.['conversation'];
const audits = async () => (await house.rows<{ after: { dataClass: string; rows: number } }>(
  `select event->'after' as after from conversations.audit_staging where event->>'action' = 'retention.purge' order by id`)).map(({ after }) => [after.dataClass, after.rows]);

describe('a purge', () => {
  let [old, waiting, kept] = ['', '', ''];
  beforeAll(async () => {
    [old, waiting, kept] = [await house.conversation('15550001111'), await house.conversation('15550002222'), await house.conversation('15550003333')];
    await house.queue(old, 'Sent long ago');
    await house.drain(old);
    // What was said about messages, and how far they were read, goes with them.
    await house.rows(`insert into conversations.message_amendment select tenant_id, inbox_id, external_id, 'REACTION', 'CONTACT', now(), '1', null, '👍' from conversations.message where external_id is not null`);
    await house.rows(`insert into conversations.message_amendment select tenant_id, id, 'never seen', 'EDIT', 'CONTACT', now(), '1', '{"text":"lost"}', null from conversations.inbox where id = $1`, [house.inboxId]);
    await house.rows(`insert into conversations.outbound (tenant_id, message_id, conversation_id, inbox_id, seq, state, next_attempt_at, created_at, amends, change)
      select tenant_id, $2, conversation_id, inbox_id, seq, 'ACCEPTED', now(), now(), id, 'DELETION' from conversations.message where conversation_id = $1 and direction = 'OUTBOUND'`, [old, newId()]);
    await house.rows(`insert into conversations.watermark select tenant_id, id, 'READ', now(), 1 from conversations.conversation`);
    await house.rows(`insert into conversations.contact_watermark select tenant_id, inbox_id, external_id, 'READ', now() from conversations.contact_identity union all select tenant_id, id, 'nobody', 'READ', now() from conversations.inbox where id = $1`, [house.inboxId]);
    // Nobody has sent it yet.
    await house.queue(waiting, 'Still to be sent');
  });

  it('is shown beforehand, to who may read settings, and does nothing to other tenants or by an order that is too old', async () => {
    const before = await counts();
    expect(await preview()).toEqual([{ dataClass: 'MESSAGES', rows: 0, more: false }, { dataClass: 'CONTACTS', rows: 0, more: false }, { dataClass: 'WEBHOOK_DELIVERIES', rows: 0, more: false }]);
    house.clock.advance(31 * DAY_MS);
    // Four came in or went out; contacts all have a conversation.
    expect(await preview()).toEqual([{ dataClass: 'MESSAGES', rows: 4, more: false }, { dataClass: 'CONTACTS', rows: 0, more: false }, { dataClass: 'WEBHOOK_DELIVERIES', rows: 3, more: false }]);
    expect(await preview(newId())).toMatchObject([{ rows: 0 }, { rows: 0 }, { rows: 0 }]);
    const { errors } = await house.subject.ask(PREVIEW, {}, house.agent);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'settings:read' } }]);
    const wrong = await house.subject.ask('{ retentionPreview(contactDays: 0) { rows } }', {}, person(house.tenantId, ['settings:read']));
    expect(wrong.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['contactDays'] } }]);
    const { retention } = house.services;
    const now = house.clock.now();
    expect(await retention.purge(order(all(now), { tenantId: newId() }))).toBe(0);
    expect(await retention.purge(order(all(now), { orderedAt: new Date(now.getTime() - 15 * 60_000).toISOString() }))).toBe(0);
    expect(await retention.purge(order(all(new Date(Date.now() - DAY_MS))))).toBe(0);
    expect(await counts()).toEqual(before);
  });

  it('takes messages, then conversations and contacts that are left with nothing, and leaves the others consistent', async () => {
    await house.rows(`update conversations.conversation set last_activity_at = $2 where id = $1`, [kept, house.clock.now()]);
    const at = new Date(Date.now() + 1_000);
    const { retention } = house.services;
    expect(await retention.purge(order({ ...all(at), WEBHOOK_DELIVERIES: new Date(0) }))).toBe(6);
    expect(await audits()).toEqual([['MESSAGES', 4], ['CONVERSATIONS', 1], ['CONTACTS', 1]]);
    expect(await Promise.all([old, waiting, kept].map(conversation))).toEqual([
      null,
      { lastMessage: { seq: 2 }, messages: { nodes: [{ seq: 2, text: 'Still to be sent' }] } },
      { lastMessage: null, messages: { nodes: [] } },
    ]);
    expect(await counts()).toMatchObject({ message: 1, outbound: 1, send_request: 1, delivery_status: 0, watermark: 2, conversation: 2, contact: 2, contact_identity: 2, webhook_delivery: 3 });
    expect(await retention.purge(order({ ...all(at), WEBHOOK_DELIVERIES: new Date(0) }))).toBe(0);
    expect([await house.count('message_amendment'), await house.count('contact_watermark')]).toEqual([0, 2]);
    expect(await audits()).toHaveLength(3);
    expect(await retention.purge(order({ WEBHOOK_DELIVERIES: at }))).toBe(3);
    // Numbers go on, and who was forgotten begins anew.
    await house.text('wamid.again', 'Hello again', '15550003333');
    expect(await conversation(kept)).toEqual({ lastMessage: { seq: 2 }, messages: { nodes: [{ seq: 2, text: 'Hello again' }] } });
    expect(await house.conversation('15550001111')).not.toBe(old);
    await house.drain(waiting);
    expect(await conversation(waiting)).toMatchObject({ lastMessage: { seq: 2 } });
  });

  it('goes on through more than one batch', async () => {
    const id = await house.conversation('15550004444');
    await house.rows(`insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, sent_at, created_at)
      select m.tenant_id, overlay(m.id::text placing lpad(to_hex(n), 12, '0') from 25)::uuid, m.conversation_id, m.inbox_id, m.seq + n, m.direction, m.type, m.text, m.status, m.author_kind, m.author_id,
        m.sent_at, m.created_at from conversations.message m, generate_series(1, 600) n where m.conversation_id = $1`, [id]);
    const before = (await audits()).length;
    await house.services.retention.purge(order({ MESSAGES: new Date(Date.now() + 1_000) }));
    expect((await audits()).slice(before).filter(([name]) => name === 'MESSAGES').map(([, rows]) => rows)).toEqual([500, expect.any(Number)]);
    expect(await house.rows('select seq from conversations.message where conversation_id = $1', [id])).toEqual([]);
  });
});

describe('a feed over what is gone', () => {
  const FEED = `subscription ($conversationId: ID, $inboxId: ID, $after: String) { messageFeed(conversationId: $conversationId, inboxId: $inboxId, after: $after) {
    __typename cursor ... on MessageAdded { message { text } } ... on MessageUpdated { message { text } } ... on FeedGap { reason } } }`;
  type News = { __typename: string; cursor: string; message?: { text: string } | null };
  let relay: Relay;
  beforeAll(() => {
    relay = new Relay({
      schema: 'conversations', url: house.subject.database.urls.system, triggers: [], queue: { enqueue: async () => { throw new Error('no job'); } },
      bus: house.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
    });
  });
  afterAll(async () => { await relay?.stop(); });
  const relayed = () => until(async () => await house.count('outbox') === 0, 'the outbox is empty');
  const subscribe = (variables: Record<string, unknown>) => house.subject.subscribe(FEED, variables, house.agent);
  /** What comes at once. @throws when it is refused */
  const replay = async (variables: Record<string, unknown>, many: number): Promise<News[]> => {
    const stream = await subscribe(variables);
    if (!(Symbol.asyncIterator in stream)) throw new Error(`Refused: ${JSON.stringify(stream)}`);
    const news: News[] = [];
    while (news.length < many) {
      const { value } = await stream.next() as { value: SubgraphResult };
      expect(value.errors).toBeUndefined();
      news.push((value.data as { messageFeed: News }).messageFeed);
    }
    await stream.return?.();
    return news;
  };

  it('goes on after an old cursor: what is gone comes without its message and in its place, what is there comes whole', async () => {
    await relayed();
    const begun = await subscribe({ inboxId: encodeId('inb', house.inboxId) });
    if (!(Symbol.asyncIterator in begun)) throw new Error('Refused.');
    const [gone, stays] = [await house.conversation('15550006661'), await house.conversation('15550006662')];
    const { value } = await begun.next() as { value: SubgraphResult };
    const first = (value.data as { messageFeed: News }).messageFeed;
    expect(first).toMatchObject({ __typename: 'MessageAdded', message: { text: 'Hello' } });
    await begun.return?.();
    await house.text('wamid.feed.2', 'Second', '15550006661');
    await relayed();
    await house.rows(`update conversations.conversation set last_activity_at = case when id = $1 then to_timestamp(0) else $2 end where id in ($1, $3)`, [gone, house.clock.now(), stays]);
    await house.services.retention.purge(order({ MESSAGES: new Date(Date.now() + 1_000) }));
    await house.text('wamid.feed.3', 'New', '15550006662');
    await relayed();

    const news = await replay({ inboxId: encodeId('inb', house.inboxId), after: first.cursor }, 3);
    expect(news.map(({ __typename, message }) => [__typename, message])).toEqual([['MessageAdded', null], ['MessageAdded', null], ['MessageAdded', { text: 'New' }]]);
    // No cursor twice, and each is a place to go on from.
    expect(new Set([first, ...news].map(({ cursor }) => cursor)).size).toBe(4);
    expect(await replay({ inboxId: encodeId('inb', house.inboxId), after: news[1]?.cursor }, 1)).toEqual([news[2]]);
    // A conversation that went with its messages is not there for its feed either.
    expect(await subscribe({ conversationId: encodeId('conv', gone), after: first.cursor })).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });
});

it('is the only one that deletes: a request deletes nothing, whatever statement it sends', async () => {
  await house.text('wamid.stays', 'Hello', '15550005555');
  const before = await counts();
  const gone = await house.services.deps.database.inScope({ ...tenantScope(house.tenantId, newId()), permissions: ['settings:update', 'user:manage'] }, async (tx) => {
    const { rows } = await sql`delete from conversations.webhook_delivery returning id`.execute(tx.getKysely());
    return rows.length;
  });
  expect([gone, await counts()]).toEqual([0, before]);
});
