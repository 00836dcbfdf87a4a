// What was there before: the trail enters the log, in the order of its ids, and says who recorded it; files of exports count as stored.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { newId } from '../../kernel/base/ids.js';
import { migrate } from '../../kernel/data/migrate.js';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { collectAudit } from '../audit/audit.collector.js';
import { compliance } from '../subgraph.js';
import { PLATFORM_STREAM } from './stream.js';

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
  const unmetered = migrations.slice(0, migrations.findIndex(({ name }) => name === '20261129-93-metering'));
  await migrate(database.urls.owner, [{ schema: 'compliance', migrations: unmetered }], () => undefined);
  for (const stream of [tenant, PLATFORM_STREAM]) {
    for (const [key, state] of [['kept', 'READY'], ['gone', 'EXPIRED']]) {
      await admin.query(`insert into compliance.audit_export (tenant_id, id, state, format, filter, requested_by, idempotency_key, request_hash, requested_at, due_at, sealed, bytes, sha256, expires_at, file_key, url_secret)
        values ($1, $2, $3, 'CSV', '{}', 'user_1', $4, '', now(), case $3 when 'READY' then now() end, 0, 4711, repeat('0', 64), now(), case $3 when 'READY' then $4 end, case $3 when 'READY' then ''::bytea end)`, [stream, newId(), state, key]);
    }
  }
  await migrate(database.urls.owner, [{ schema: 'compliance', migrations }], () => undefined);
  expect((await admin.query('select tenant_id, key, bytes::int from compliance.stored_file')).rows).toEqual([{ tenant_id: tenant, key: 'kept', bytes: 4_711 }]);
  expect((await admin.query('select 1 from compliance.usage_tally')).rows).toEqual([]);
  const system = new Pool({ connectionString: database.urls.system, max: 2 });
  try {
    expect(await collectAudit({ sources: [{ schema: 'compliance', pool: system }], target: system })).toEqual({ moved: 4, quarantined: [], damaged: [] });
  } finally {
    await system.end();
  }
  expect((await admin.query(`select ${columns} from compliance.audit_event order by position`)).rows).toEqual(old);
  expect((await admin.query('select position::int, source from compliance.platform_audit_event')).rows).toEqual([{ position: 0, source: 'commerce' }]);
});
