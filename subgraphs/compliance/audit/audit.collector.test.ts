// The collector on real databases: every staged event arrives once, whoever is killed, repeated or doubled.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { systemActor } from '../../kernel/base/actor.js';
import { systemClock } from '../../kernel/base/clock.js';
import { decodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Database } from '../../kernel/data/database.js';
import { kernelTables } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';
import { tenantScope, platformScope, type Scope } from '../../kernel/data/scope.js';
import { PostgresBus } from '../../kernel/messaging/bus.postgres.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { compliance } from '../subgraph.js';
import { collectAudit, type AuditSource } from './audit.collector.js';

// Any second subgraph: the kernel's tables are all that the collector knows of it.
const OTHER = 'commerce';
const sets = [
  { schema: 'compliance', migrations: compliance.definition.migrations },
  { schema: OTHER, migrations: [sqlMigration('20261121-01-first', kernelTables(OTHER))] },
];
const tenant = newId();

let database: TestDatabase;
let admin: Client;
let pools: Pool[];
let sources: AuditSource[];
let bus: PostgresBus;
let app: Database;
let unit: UnitOfWorkDeps;

const systemPool = (): Pool => {
  const pool = new Pool({ connectionString: database.urls.system, max: 2 });
  pool.on('error', () => undefined);
  pools.push(pool);
  return pool;
};
const sourcesOf = (pool: Pool): AuditSource[] => [{ schema: 'compliance', pool }, { schema: OTHER, pool }];
const stage = (scope: Scope, count: number, schema = OTHER): Promise<void> =>
  runUnit({ ...unit, schema }, scope, { actor: systemActor(scope.tenant), correlationId: 'test' }, async (work) => {
    for (let index = 0; index < count; index += 1) {
      work.audit({ action: 'order.record', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Order', id: newId() }, after: { index } });
    }
  });
const stageRaw = (id: string, event: unknown): Promise<unknown> =>
  admin.query(`insert into ${OTHER}.audit_staging (tenant_id, id, event) values ($1, $2, $3::jsonb)`, [tenant, id, JSON.stringify(event)]);
const count = async (table: string): Promise<number> => (await admin.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]!.n;
const staged = (): Promise<number> => count(`${OTHER}.audit_staging`);
const kept = (): Promise<number> => count('compliance.audit_event');

beforeAll(async () => {
  database = await createTestDatabase(sets);
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  pools = [];
  sources = sourcesOf(systemPool());
  const url = database.urls.app[OTHER]!;
  bus = await PostgresBus.open(url, silentLogger);
  app = await Database.open({ url, name: OTHER, entities: [], maxConnections: 2, logger: silentLogger });
  unit = { schema: OTHER, database: app, bus, clock: systemClock, ids: { Order: 'ord' }, classes: { Order: { index: 'plain' } } };
});
beforeEach(async () => {
  await admin.query('truncate compliance.audit_event, compliance.platform_audit_event, compliance.audit_quarantine, compliance.log_stream, compliance.log_tile');
  await admin.query(`truncate ${OTHER}.audit_staging, ${OTHER}.platform_audit_staging`);
});
afterAll(async () => {
  await app.close();
  await bus.close();
  await Promise.all(pools.map((pool) => pool.end()));
  await admin.end();
  await database.drop();
});

describe('collectAudit', () => {
  it('moves tenant and platform events as they were staged, in several batches', async () => {
    await stage(tenantScope(tenant), 5);
    await stage(platformScope, 2);
    const { rows: before } = await admin.query<{ id: string; event: { resource: { id: string } } }>(
      `select id, event from ${OTHER}.audit_staging order by id`,
    );
    expect(await collectAudit({ sources, target: sources[0]!.pool, batch: 2 })).toEqual({ moved: 7, quarantined: [], damaged: [] });
    expect(await staged()).toBe(0);
    expect(await count('compliance.platform_audit_event')).toBe(2);
    const rows = (await admin.query('select * from compliance.audit_event order by id')).rows;
    expect(rows.map((row) => row.id)).toEqual(before.map((row) => row.id));
    expect(rows[0]).toMatchObject({
      tenant_id: tenant, action: 'order.record', type: 'DATA_WRITE', severity: 'INFO', outcome: 'SUCCESS', actor_kind: 'system', actor_id: null,
      resource_type: 'Order', resource_id: before[0]!.event.resource.id, correlation_id: 'test', before: null, after: { index: 0 }, source: OTHER,
    });
    expect(decodeId('ord', rows[0].resource_id)).not.toBeNull();
    expect(await collectAudit({ sources, target: sources[0]!.pool })).toEqual({ moved: 0, quarantined: [], damaged: [] });
  });

  it('converges when it dies between the copy and the delete', async () => {
    await stage(tenantScope(tenant), 30);
    const dies = collectAudit({
      sources, target: sources[0]!.pool, batch: 20, crashPoint: (point) => { throw new Error(`killed at ${point}`); },
    });
    await expect(dies).rejects.toThrow(`Audit events of ${OTHER} were not collected and stay staged.`);
    expect([await staged(), await kept()]).toEqual([30, 20]);
    expect((await collectAudit({ sources, target: sources[0]!.pool, batch: 20 })).moved).toBe(30);
    expect([await staged(), await kept()]).toEqual([0, 30]);
  });

  it('loses and doubles nothing when several run while events arrive', async () => {
    const collectors = [sourcesOf(systemPool()), sourcesOf(systemPool()), sourcesOf(systemPool())];
    for (let round = 0; round < 4; round += 1) await stage(tenantScope(tenant), 150);
    const arriving = stage(tenantScope(tenant), 100);
    const results = await Promise.all(collectors.map((own) => collectAudit({ sources: own, target: own[0]!.pool, batch: 40 })));
    await arriving;
    const rest = await collectAudit({ sources, target: sources[0]!.pool });
    expect(results.reduce((sum, { moved }) => sum + moved, rest.moved)).toBe(700);
    expect([await staged(), await kept()]).toEqual([0, 700]);
  });

  it('seals an event once that is staged again after its staging was emptied', async () => {
    const once = { id: newId(), occurredAt: new Date('2026-11-21T09:01:00.000Z') };
    const again = () => runUnit({ ...unit, schema: OTHER }, tenantScope(tenant), { actor: systemActor(tenant), correlationId: 'test' }, async (work) =>
      work.audit({ once, action: 'api.requests', type: 'API', outcome: 'SUCCESS' }));
    for (let round = 0; round < 2; round += 1) {
      await again();
      expect((await collectAudit({ sources, target: sources[0]!.pool })).moved).toBe(1);
      expect([await staged(), await kept()]).toEqual([0, 1]);
    }
  });

  it('leaves a source to the collector that holds it', async () => {
    await stage(tenantScope(tenant), 3);
    const holder = await sources[0]!.pool.connect();
    await holder.query('begin');
    await holder.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`switchboard audit collector of ${OTHER}`]);
    const other = systemPool();
    expect((await collectAudit({ sources: sourcesOf(other), target: other })).moved).toBe(0);
    await holder.query('rollback');
    holder.release();
    expect((await collectAudit({ sources: sourcesOf(other), target: other })).moved).toBe(3);
  });

  it('puts what is no audit event into quarantine, with the reason, and moves the rest', async () => {
    await stage(tenantScope(tenant), 1);
    const good = (await admin.query<{ event: Record<string, unknown> }>(`select event from ${OTHER}.audit_staging`)).rows[0]!.event;
    const bad: [unknown, RegExp][] = [
      ['text', /^event: /], [null, /^event: /], [{ ...good, type: 'RUMOUR' }, /^type: /],
      [{ ...good, occurredAt: '0000-01-01T00:00:00.000Z' }, /occurredAt/],
      [{ ...good, action: 'x'.repeat(201) }, /action/], [{ ...good, correlationId: 'x'.repeat(201) }, /correlationId/], [{ ...good, extra: 1 }, /extra/], [good, /^id: is not that of its row/],
    ];
    for (const [event] of bad) await stageRaw(newId(), event);
    await stage(tenantScope(tenant), 1);
    const result = await collectAudit({ sources, target: sources[0]!.pool, batch: 3 });
    expect(result.moved).toBe(bad.length + 2);
    expect(result.quarantined).toHaveLength(bad.length);
    result.quarantined.forEach(({ schema, reason }, index) => {
      expect(schema).toBe(OTHER);
      expect(reason).toMatch(bad[index]![1]);
    });
    expect([await staged(), await kept()]).toEqual([0, 2]);
    const quarantine = (await admin.query('select * from compliance.audit_quarantine order by number')).rows;
    expect(quarantine.map((row) => row.event)).toEqual(bad.map(([event]) => event));
    expect(quarantine[0]).toMatchObject({ source: OTHER, staged_tenant: tenant, reason: result.quarantined[0]!.reason });
  });

  it('collects the other sources when one cannot be reached', async () => {
    await stage(tenantScope(tenant), 2);
    const away = new Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
    pools.push(away);
    const collecting = collectAudit({ sources: [{ schema: 'identity', pool: away }, ...sources], target: sources[0]!.pool });
    await expect(collecting).rejects.toThrow('Audit events of identity were not collected and stay staged.');
    expect([await staged(), await kept()]).toEqual([0, 2]);
  });
});

describe('the trail', () => {
  it.each([['app', 'audit_event'], ['app', 'platform_audit_event'], ['system', 'audit_event'], ['system', 'platform_audit_event']])(
    'can be read, not altered, by the %s role: %s', async (role, table) => {
      await stage(tenantScope(tenant), 1);
      await stage(platformScope, 1);
      await collectAudit({ sources, target: sources[0]!.pool });
      const client = new Client({ connectionString: role === 'app' ? database.urls.app['compliance']! : database.urls.system });
      await client.connect();
      try {
        await client.query(`select set_config('app.tenant_id', $1, false)`, [tenant]);
        expect((await client.query(`select action from compliance.${table}`)).rows).toEqual([{ action: 'order.record' }]);
        for (const change of [`update compliance.${table} set action = 'x'`, `delete from compliance.${table}`, `truncate compliance.${table}`]) {
          await expect(client.query(change)).rejects.toMatchObject({ code: '42501' });
        }
        if (role === 'app') {
          const adding = client.query(`insert into compliance.${table} select * from compliance.${table}`);
          await expect(adding).rejects.toMatchObject({ code: '42501' });
          await expect(client.query('select 1 from compliance.audit_quarantine')).rejects.toMatchObject({ code: '42501' });
        }
        expect((await admin.query(`select action from compliance.${table}`)).rows).toEqual([{ action: 'order.record' }]);
      } finally {
        await client.end();
      }
    });
});
