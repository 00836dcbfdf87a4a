// What was in the trail before it was a log enters the log, in the order of its ids, and says who recorded it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { newId } from '../../kernel/base/ids.js';
import { migrate } from '../../kernel/data/migrate.js';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { collectAudit } from '../audit/audit.collector.js';
import { compliance } from '../subgraph.js';

const { migrations } = compliance.definition;
const before = migrations.slice(0, migrations.findIndex(({ name }) => name === '20261129-01-log'));
let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await createTestDatabase([{ schema: 'compliance', migrations: before }]);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

it('carries every event over', async () => {
  expect(before.length).toBeGreaterThan(1);
  const tenant = newId();
  const ids = [newId(), newId(), newId()];
  const columns = 'id, action, type, severity, outcome, occurred_at, actor_kind, actor_id, resource_type, resource_id, reason, correlation_id, ip, user_agent, before, after, source';
  const event = `'order.record', 'DATA_WRITE', 'INFO', 'SUCCESS', '2026-11-01T08:00:00.001Z'::timestamptz, 'user', 'user_1', 'Order', 'ord_1', null, 'c1', '127.0.0.1', null, null, '{"a":1}'::jsonb, 'commerce'`;
  for (const id of ids.toReversed()) await admin.query(`insert into compliance.audit_event (tenant_id, ${columns}) select $1, $2, ${event}`, [tenant, id]);
  await admin.query(`insert into compliance.platform_audit_event (${columns}) select $1, ${event}`, [newId()]);
  const old = (await admin.query(`select ${columns} from compliance.audit_event order by id`)).rows;
  await migrate(database.urls.owner, [{ schema: 'compliance', migrations }], () => undefined);
  const system = new Pool({ connectionString: database.urls.system, max: 2 });
  try {
    expect(await collectAudit({ sources: [{ schema: 'compliance', pool: system }], target: system })).toEqual({ moved: 4, quarantined: [], damaged: [] });
  } finally {
    await system.end();
  }
  expect((await admin.query(`select ${columns} from compliance.audit_event order by position`)).rows).toEqual(old);
  expect((await admin.query('select position::int, source from compliance.platform_audit_event')).rows).toEqual([{ position: 0, source: 'commerce' }]);
});
