// What a tenant does not keep goes under kill -9 at every named point of a purge: the same rows are left, and each batch that went is told once.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DEMO_CONTACT, DEMO_INBOX, demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { retentionCrashTable } from '../../subgraphs/kernel/messaging/retention.crash.js';
import { deliver } from '../kit/client.js';
import { RestartedProduct } from '../kit/restarted.js';
import { until } from '../kit/until.js';

const AURORA = demoTenancyFacts.tenants[0]?.id ?? '';
/** Messages of eleven years ago, of three batches. */
const OLD = 1_200;
const AGE = `interval '11 years'`;
/** A job of who was killed is found by the next process. */
const PATIENCE_MS = 120_000;

let product: RestartedProduct;
beforeAll(() => { product = new RestartedProduct('retention', PATIENCE_MS); });
afterAll(() => product?.end());

const rows = <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> => product.rows<Row>(text, values);
const messages = () => rows<{ id: string; old: boolean }>(`select id::text, created_at < now() - interval '1 year' as old from conversations.message order by id`);
const left = async (): Promise<number> => (await messages()).filter(({ old }) => old).length;
/** What the trail has, and what is still on its way there. */
const told = async (): Promise<unknown[]> => (await rows<{ rows: number }>(`select (after->>'rows')::int as rows from compliance.audit_event where tenant_id = $1 and action = 'retention.purge' and after->>'dataClass' = 'MESSAGES'
  union all select (event->'after'->>'rows')::int from conversations.audit_staging where tenant_id = $1 and event->>'action' = 'retention.purge' and event->'after'->>'dataClass' = 'MESSAGES' order by 1 desc`, [AURORA])).map((one) => one.rows);

it('is killed at every point, and ends with the same rows and one event a batch', async () => {
  const first = await product.start();
  expect(await deliver(first.url, whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from: DEMO_CONTACT.whatsappId, name: DEMO_CONTACT.name, id: 'wamid.kept', text: 'Hello' }))).toBe(200);
  await until(async () => (await messages()).length > 0, 'the message is there', PATIENCE_MS);
  const kept = await messages();
  await rows(`insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, sent_at, created_at)
    select m.tenant_id, overlay(overlay(m.id::text placing lpad(to_hex(n), 12, '0') from 25) placing regexp_replace(lpad(to_hex((extract(epoch from now() - ${AGE}) * 1000)::bigint), 12, '0'), '^(.{8})', '\\1-') from 1)::uuid,
      m.conversation_id, m.inbox_id, m.seq + n, m.direction, m.type, m.text, m.status, m.author_kind, m.author_id, now() - ${AGE}, now() - ${AGE}
    from (select * from conversations.message where tenant_id = $1 order by id limit 1) m, generate_series(1, $2::int) n`, [AURORA, OLD]);
  expect(await left()).toBe(OLD);
  await product.stop();

  const after = { 'retention:deleted': OLD, 'retention:batch': OLD - 500 } as const;
  for (const { point } of retentionCrashTable) {
    const doomed = await product.start(point);
    await rows('update tenancy.tenant set retention_due_at = now() where tenant_id = $1', [AURORA]);
    await product.diesAt(point, doomed);
    expect([point, await left()]).toEqual([point, after[point]]);
  }
  await product.start();
  // A job that has died with its process again and again is given up; the order of the next day goes on with what is there.
  await rows('update tenancy.tenant set retention_due_at = now() where tenant_id = $1', [AURORA]);
  await until(async () => (await left()) === 0, 'nothing old is left', PATIENCE_MS);
  await until(async () => (await rows('select from conversations.audit_staging')).length === 0, 'the trail has it all', PATIENCE_MS);
  expect([await told(), await messages()]).toEqual([[500, 500, 200], kept]);
  expect(await rows('select from tenancy.tenant where retention_due_at > now() and tenant_id = $1', [AURORA])).toHaveLength(1);
}, 600_000);
