// Conversations of a month: what customers begin is kept and marked, what staff would begin beyond the plan is refused; messages and jobs are metered.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { TestConversations, textBody } from '../../../test/kit/conversations.js';

const SEND = `mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id }
  userErrors { __typename code field ... on QuotaExceeded { quota limit used resetsAt plansThatAllow } } } }`;
const LIST = '{ conversations(first: 10) { nodes { id overQuota } } }';

let world: TestConversations;
beforeAll(async () => {
  world = await TestConversations.boot();
});
afterAll(() => world.close());

const granted = (version: number, conversations: number | null) =>
  ({ version, tier: 'STANDARD', features: [], anchor: '2026-01-31T00:00:00.000Z', ceilings: { CONVERSATIONS: conversations }, offers: { CONVERSATIONS: ['PROFESSIONAL'] } });
const counters = () => world.rows(`select used::int, over::int, ceiling::int from conversations.quota where tenant_id = $1 and name = 'CONVERSATIONS' order by starts_at`, [world.tenantId]);
async function send(conversationId: string) {
  const { data } = await world.ask(SEND, { input: { conversationId: encodeId('conv', conversationId), text: 'Hello', idempotencyKey: newId() } });
  return data?.['messageSend'] as { message: object | null; userErrors: unknown[] };
}
const overQuota = async (id: string) => {
  const { data } = await world.ask(LIST);
  return (data?.['conversations'] as { nodes: { id: string; overQuota: boolean }[] }).nodes.find((node) => node.id === encodeId('conv', id))?.overQuota;
};

it('counts a conversation once a month, marks what customers begin beyond the plan, refuses what staff would', async () => {
  await world.services.limits.apply(world.tenantId, granted(1, 2));
  const [one, two, three] = [await world.conversation('15550000001'), await world.conversation('15550000002'), await world.conversation('15550000003')];
  await world.text('wamid.again', 'Hello again', '15550000001');
  expect(await counters()).toEqual([{ used: 2, over: 1, ceiling: 2 }]);
  expect([await overQuota(one), await overQuota(two), await overQuota(three)]).toEqual([false, false, true]);
  // What a customer began can be answered.
  expect(await send(three)).toMatchObject({ message: {}, userErrors: [] });

  // A month later nothing is counted: two may be begun by staff, the third may not, and nothing of it is written.
  await world.rows(`update conversations.conversation set counted_until = now() - interval '1 hour' where tenant_id = $1`, [world.tenantId]);
  await world.rows(`update conversations.quota set used = 0, over = 0 where tenant_id = $1 and name = 'CONVERSATIONS'`, [world.tenantId]);
  for (const id of [one, two]) expect(await send(id)).toMatchObject({ message: {}, userErrors: [] });
  const before = [await world.count('message'), await world.count('outbound'), await world.count('send_request')];
  const [{ ends_at: ends } = {}] = await world.rows<{ ends_at: Date }>(`select ends_at from conversations.quota where tenant_id = $1 and name = 'CONVERSATIONS'`, [world.tenantId]);
  expect(await send(three)).toEqual({
    message: null,
    userErrors: [{
      __typename: 'QuotaExceeded', code: 'QUOTA_EXCEEDED', field: ['input', 'conversationId'], quota: 'CONVERSATIONS', limit: '2', used: '2',
      resetsAt: ends?.toISOString(), plansThatAllow: ['PROFESSIONAL'],
    }],
  });
  expect([await world.count('message'), await world.count('outbound'), await world.count('send_request')]).toEqual(before);
  expect(await counters()).toEqual([{ used: 2, over: 0, ceiling: 2 }]);

  // The customer writes: it is counted beyond the plan, and can be answered. A larger plan takes it in.
  await world.text('wamid.third', 'Are you there?', '15550000003');
  expect(await counters()).toEqual([{ used: 2, over: 1, ceiling: 2 }]);
  expect(await send(three)).toMatchObject({ message: {}, userErrors: [] });
  await world.services.limits.apply(world.tenantId, granted(2, 10));
  expect(await counters()).toEqual([{ used: 3, over: 0, ceiling: 10 }]);
});

it('lets exactly as many staff begin as there may be, of many who try at once', async () => {
  const ids = await Promise.all(Array.from({ length: 12 }, (_, index) => world.conversation(`1555100${index}`)));
  await world.services.limits.apply(world.tenantId, granted(3, 5));
  await world.rows(`update conversations.conversation set counted_until = null where tenant_id = $1`, [world.tenantId]);
  await world.rows(`update conversations.quota set used = 0, over = 0, ceiling = 5 where tenant_id = $1 and name = 'CONVERSATIONS'`, [world.tenantId]);
  const answers = await Promise.all(ids.map(send));
  expect([answers.filter(({ message }) => message).length, answers.filter(({ userErrors }) => userErrors.length > 0).length]).toEqual([5, 7]);
  expect(await counters()).toEqual([{ used: 5, over: 0, ceiling: 5 }]);
});

describe('messages and jobs', () => {
  const metered = async () => Object.fromEntries((await world.rows<{ name: string; used: number }>(
    `select name, used::int from conversations.quota where tenant_id = $1 and name <> 'CONVERSATIONS' and ends_at > now()`, [world.tenantId])).map(({ name, used }) => [name, used]));
  const there = async () => (await world.rows(`select (select count(*)::int from conversations.message where direction = 'INBOUND') as "MESSAGES_IN",
    (select count(*)::int from conversations.message where direction = 'OUTBOUND') as "MESSAGES_OUT",
    (select count(*)::int from conversations.webhook_delivery) + (select count(*)::int from conversations.outbound) as "JOBS"`))[0];

  it('are counted each once, in the month they came in, however often they are delivered and told', async () => {
    await world.services.limits.measure(world.tenantId);
    const before = await metered();
    const body = textBody({ id: 'wamid.twice', text: 'Hello', from: '15550000001', name: 'Ana' });
    await world.deliver(body);
    await world.deliver(body);
    for (const { tenant_id: tenant, id } of await world.rows<{ tenant_id: string; id: string }>('select tenant_id, id from conversations.webhook_delivery')) await world.services.ingest.ingest(tenant, id);
    await Promise.all([1, 2, 3].map(() => world.services.limits.measure(world.tenantId)));
    expect(await metered()).toEqual({ ...before, MESSAGES_IN: (before['MESSAGES_IN'] ?? 0) + 1, JOBS: (before['JOBS'] ?? 0) + 1 });
    // Of a month that is over, it goes to that one's counter.
    await world.rows(`insert into conversations.usage_tally (tenant_id, name, at, amount) values ($1, 'MESSAGES_IN', '2026-03-30T00:00:00Z', 4), ($1, 'MESSAGES_IN', '2026-03-31T00:00:00Z', 1)`, [world.tenantId]);
    await world.services.limits.measure(world.tenantId);
    expect(await world.rows(`select starts_at, used::int from conversations.quota where tenant_id = $1 and name = 'MESSAGES_IN' order by starts_at limit 2`, [world.tenantId]))
      .toEqual([{ starts_at: new Date('2026-02-28T00:00:00.000Z'), used: 4 }, { starts_at: new Date('2026-03-31T00:00:00.000Z'), used: 1 }]);
  });

  it('wait for no counter: who holds all of them holds up no message', async () => {
    const holder = await world.admin.connect();
    try {
      await holder.query('begin');
      expect((await holder.query(`select 1 from conversations.quota where tenant_id = $1 for update`, [world.tenantId])).rowCount).toBeGreaterThan(3);
      await world.text('wamid.unhindered', 'Are you open?', '15550000001');
      await holder.query('commit');
    } finally {
      holder.release();
    }
    await world.services.limits.measure(world.tenantId);
    expect(await metered()).toEqual(await there());
  });
});

it('counts conversations anew from the rows, and never fewer than were counted', async () => {
  const set = (used: number) => world.rows(`update conversations.quota set used = $2, over = 0, ceiling = 5 where tenant_id = $1 and name = 'CONVERSATIONS'`, [world.tenantId, used]);
  const system = new Pool({ connectionString: world.subject.database.urls.system, max: 1 });
  try {
    await set(2);
    expect(await world.services.limits.recount(world.tenantId, system)).toBe(1);
    const [counted] = await counters();
    expect(Number(counted?.['used']) + Number(counted?.['over'])).toBe(Number((await world.rows('select count(*) as n from conversations.conversation where tenant_id = $1 and counted_until > now()', [world.tenantId]))[0]?.['n']));
    await world.rows('update conversations.conversation set counted_until = null where tenant_id = $1', [world.tenantId]);
    expect([await world.services.limits.recount(world.tenantId, system), await counters()]).toEqual([0, [counted]]);
  } finally {
    await system.end();
  }
});
