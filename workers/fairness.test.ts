// What waits is taken straight from the tables, tenants in turns: one with much waiting delays another's single message by a few, not by all of its own.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { batchBody, TestConversations, textBody } from '../test/kit/conversations.js';
import { person } from '../test/kit/subgraph.js';
import { until } from '../test/kit/until.js';
import { sendJob } from '../subgraphs/conversations/jobs.js';
import { conversationsDoor } from '../subgraphs/conversations/public.js';
import { encodeId, newId } from '../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../subgraphs/kernel/base/logger.js';
import { Metrics } from '../subgraphs/kernel/base/metrics.js';
import { readingLanes, sendingLanes, type LanesContext } from './lanes/conversations.lanes.js';
import { Lanes } from './lanes/lanes.js';

const MANY = 60;
let house: TestConversations;
let system: Pool;
let context: LanesContext;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 2 });
  context = { door: conversationsDoor(house.services), system, bus: house.subject.bus, logger: silentLogger, metrics: new Metrics() };
});
afterAll(async () => {
  await system?.end();
  await house?.close();
});

const SEND = 'mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id } userErrors { message } } }';

it('a single message goes before those of a tenant with many', async () => {
  const rivalTenant = newId();
  await house.createInbox(rivalTenant, 'rival');
  await house.deliver(batchBody(Array.from({ length: MANY }, (_, index) => ({ id: `wamid.many.${index}`, text: 'Hello', from: `15558${String(index).padStart(3, '0')}`, name: 'Ana' }))));
  const threads = await house.rows<{ id: string }>('select id from conversations.conversation where tenant_id = $1 order by display_number', [house.tenantId]);
  for (const { id } of threads) await house.queue(id, 'one of many');
  await house.deliver(textBody({ id: 'wamid.rival', text: 'Hello', from: '15559', name: 'Bo' }), { params: { channel: 'whatsapp', inboxKey: 'rival' } });
  const [rival] = await house.rows<{ id: string }>('select id from conversations.conversation where tenant_id = $1', [rivalTenant]);
  const { data } = await house.ask(SEND, { input: { conversationId: encodeId('conv', rival?.id ?? ''), text: 'the only one', idempotencyKey: newId() } }, person(rivalTenant, ['conversation:read', 'conversation:create']));
  expect(data?.['messageSend']).toMatchObject({ userErrors: [] });
  expect(threads).toHaveLength(MANY);

  // Everything waits before anybody works.
  const lanes = sendingLanes(context);
  try {
    await until(async () => (await house.taken()).length === MANY + 1, 'all are sent', 30_000);
  } finally {
    await lanes.stop();
  }
  const place = (await house.sent()).indexOf('the only one');
  process.stdout.write(`fairness: the only message of one tenant was number ${place + 1} of ${MANY + 1}, ${sendJob.concurrency} lanes\n`);
  expect(place).toBeLessThan(2 * sendJob.concurrency);
});

it('the sweeper lets tenants take turns', async () => {
  const [many, few] = [newId(), newId()];
  await house.admin.query(`set session_replication_role = 'replica'`);
  for (const [tenant, count] of [[many, 700], [few, 1]] as const) {
    await house.admin.query(`insert into conversations.outbound (tenant_id, message_id, conversation_id, inbox_id, seq, state, next_attempt_at, created_at)
      select $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'RETRY', now() - make_interval(mins => 1 + n / 60), now() - interval '1 hour' from generate_series(1, $2) n`, [tenant, count]);
  }
  await house.admin.query('update conversations.outbound set next_attempt_at = now() - interval \'1 second\' where tenant_id = $1', [few]);
  const waiting = (await context.door.unsent(system)).concat((await conversationsDoor(house.services).overdue(system)).find(({ job }) => job === sendJob)?.payloads as never);
  expect(waiting).toHaveLength(500);
  expect(waiting.slice(0, 2).map(({ tenantId }) => tenantId).toSorted()).toEqual([many, few].toSorted());
  expect(waiting.at(-1)?.rank).toBe(498);
  await house.admin.query('delete from conversations.outbound where tenant_id = any($1)', [[many, few]]);
  await house.admin.query(`set session_replication_role = 'origin'`);
});

it('many inboxes of one tenant keep another waiting for a few of them, also when it comes later', async () => {
  const rival = { tenantId: newId(), inboxId: newId() };
  const [busy, left, order] = [newId(), new Map<string, number>([[rival.inboxId, 1]]), [] as string[]];
  for (let n = 0; n < 12; n += 1) left.set(newId(), 5);
  const lanes = new Lanes({
    ...context, name: 'test', schema: 'conversations', job: 'test.read', lanes: 4, keyOf: ({ inboxId }) => inboxId,
    find: async () => [...left].flatMap(([inboxId, count]) => (count === 0 || (inboxId === rival.inboxId && order.length < 8) ? [] : [{ tenantId: inboxId === rival.inboxId ? rival.tenantId : busy, inboxId }])),
    run: async ({ tenantId, inboxId }: typeof rival) => {
      order.push(tenantId);
      left.set(inboxId, (left.get(inboxId) ?? 0) - 1);
      await new Promise((resolve) => { setTimeout(resolve, 5); });
      return 1;
    },
  });
  await until(async () => [...left.values()].every((count) => count === 0), 'all are read');
  await lanes.stop();
  expect(order).toHaveLength(61);
  // What was found before it came, and one of each lane.
  expect(order.indexOf(rival.tenantId)).toBeLessThanOrEqual(8 + 12 + 4);
});

it('what was stored is read, whoever stored it, each tenant as itself, also when one run fails', async () => {
  const tenantId = newId();
  await house.createInbox(tenantId, 'other');
  const before = await house.count('message');
  let failures = 0;
  const lanes = readingLanes({ ...context, door: { ...context.door, readInbox: (inbox) => (failures++ === 0 ? Promise.reject(new Error('once')) : context.door.readInbox(inbox)) } });
  try {
    for (const inboxKey of ['test-inbox', 'other']) await house.receive(textBody({ id: `wamid.of.${inboxKey}`, text: 'Hello', from: '15550009999', name: 'Ana' }), { params: { channel: 'whatsapp', inboxKey } });
    await until(async () => (await house.waiting()).length === 0, 'both are read');
  } finally {
    await lanes.stop();
  }
  expect(await house.count('message')).toBe(before + 2);
  expect(await house.rows(`select tenant_id, external_id from conversations.message where external_id like 'wamid.of.%' order by external_id`))
    .toEqual([{ tenant_id: tenantId, external_id: 'wamid.of.other' }, { tenant_id: house.tenantId, external_id: 'wamid.of.test-inbox' }]);
});
