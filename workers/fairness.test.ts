// Tenants share the workers: one with many messages waiting delays another's single message by a few jobs, not by all of its own.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { batchBody, TestConversations, textBody } from '../test/kit/conversations.js';
import { person } from '../test/kit/subgraph.js';
import { until } from '../test/kit/until.js';
import { sendJob, triggers } from '../subgraphs/conversations/jobs.js';
import { conversationsDoor } from '../subgraphs/conversations/public.js';
import { noCrash } from '../subgraphs/kernel/base/crash-points.js';
import { encodeId, newId } from '../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../subgraphs/kernel/base/logger.js';
import { Metrics } from '../subgraphs/kernel/base/metrics.js';
import { migrateQueues, Queues } from './queue.js';
import { processors, processedJobs } from './registry.js';
import { Relay } from './relay/relay.js';

const MANY = 60;
let house: TestConversations;
let system: Pool;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  await migrateQueues(house.subject.database.urls.system);
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 2 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
});

const SEND = 'mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id } userErrors { message } } }';

it('a single message goes before those of a tenant with many', async () => {
  const door = conversationsDoor(house.services);
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

  // Every hint is in the queue before anybody works.
  const queue = new Queues({ url: house.subject.database.urls.system, logger: silentLogger, metrics: new Metrics(), maxConnections: 3 + processedJobs.length });
  const relay = new Relay({ schema: 'conversations', url: house.subject.database.urls.system, triggers, queue, bus: house.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash });
  try {
    await until(async () => (await house.count('outbox')) === 0, 'the hints are relayed', 15_000);
    for (const processor of processors({ conversations: door }, () => system)) if (processor.job === sendJob) queue.process(processor);
    await until(async () => (await house.taken()).length === MANY + 1, 'all are sent', 30_000);
  } finally {
    await relay.stop();
    await queue.close();
  }
  const place = (await house.sent()).indexOf('the only one');
  process.stdout.write(`fairness: the only message of one tenant was number ${place + 1} of ${MANY + 1}, ${sendJob.concurrency} jobs at once\n`);
  expect(place).toBeLessThan(2 * sendJob.concurrency);
});

it('the sweeper lets tenants take turns', async () => {
  const [many, few] = [newId(), newId()];
  await house.admin.query(`set session_replication_role = 'replica'`);
  for (const [tenant, count] of [[many, 700], [few, 1]] as const) {
    await house.admin.query(`insert into conversations.outbound (tenant_id, message_id, conversation_id, inbox_id, seq, state, next_attempt_at, created_at)
      select $1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'INTENT', now() - make_interval(mins => 1 + n / 60), now() - interval '1 hour' from generate_series(1, $2) n`, [tenant, count]);
  }
  await house.admin.query('update conversations.outbound set next_attempt_at = now() - interval \'1 second\' where tenant_id = $1', [few]);
  const waiting = (await conversationsDoor(house.services).overdue(system)).find(({ job }) => job === sendJob)?.payloads as { tenantId: string; rank: number }[];
  expect(waiting).toHaveLength(500);
  expect(waiting.slice(0, 2).map(({ tenantId }) => tenantId).toSorted()).toEqual([many, few].toSorted());
  expect(waiting.at(-1)?.rank).toBe(498);
});
