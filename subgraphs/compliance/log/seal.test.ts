// Sealing under what goes wrong: sealers that meet, a database that refuses, and events that the log could not commit to.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { newId } from '../../kernel/base/ids.js';
import { Metrics } from '../../kernel/base/metrics.js';
import { createLogger } from '../../kernel/base/logger.js';
import { PassThrough } from 'node:stream';
import { AuditMetrics } from '../../../workers/audit/audit.metrics.js';
import { startAuditCollector } from '../../../workers/audit/audit.loop.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { until } from '../../../test/kit/until.js';
import { collectAudit } from '../audit/audit.collector.js';
import { readStaged } from '../audit/audit.staged.js';
import { seal, type Unsealed } from './seal.js';
import { LogWorld } from './log.fixture.js';
import { treeHash } from './proof.fixture.js';
import { entryText, leafHash } from './entry.js';
import { askOf, rootAt } from './proof.js';
import { originOf } from './stream.js';
import { LogFacts } from './verify.facts.js';

let world: LogWorld;
const tenant = newId();
const rival = newId();

beforeAll(async () => { world = await LogWorld.open(); });
beforeEach(() => world.rows('truncate compliance.audit_event, compliance.log_stream, compliance.log_tile, compliance.audit_staging, compliance.audit_quarantine'));
afterAll(() => world.close());

const staged = (of: string, overrides: Record<string, unknown> = {}): { tenantId: string; id: string; event: string } => {
  const id = newId();
  return { tenantId: of, id, event: JSON.stringify({
    id, action: 'order.record', type: 'DATA_WRITE', severity: 'INFO', outcome: 'SUCCESS', occurredAt: new Date().toISOString(), actor: { kind: 'system', id: null },
    resource: null, reason: null, correlationId: 'c', ip: null, userAgent: null, before: null, after: null, ...overrides,
  }) };
};
const made = (of: string): Unsealed => {
  const reading = readStaged(staged(of), 'commerce');
  if (!reading.ok) throw new Error(reading.reason);
  return reading.event;
};
const stream = async (of: string): Promise<{ size: number; positions: number[]; whole: boolean }> => {
  const [{ size } = { size: 0 }] = await world.rows<{ size: number }>('select size::int as size from compliance.log_stream where tenant_id = $1', [of]);
  const { rows } = await new LogFacts(of, [], askOf(world.system)).batch(0, size + 10);
  const entries = [...rows.values()].flat();
  const leaves = entries.map((row) => leafHash(entryText(of, row, row)));
  const chained = entries.every(({ previous }, index) => (index === 0 ? previous === null : previous?.equals(leaves[index - 1]!) === true));
  return { size, positions: entries.map(({ position }) => position), whole: chained && (await rootAt(askOf(world.system), of, size)).equals(treeHash(leaves)) };
};

describe('sealers that meet', () => {
  it('seal every event once and fork no stream', async () => {
    const all = Array.from({ length: 16 }, (_none, index) => Array.from({ length: 20 }, (_one, at) => made((index + at) % 2 === 0 ? tenant : rival)));
    // Four sealers, each of which also repeats what another one seals.
    const pools = Array.from({ length: 4 }, () => new Pool({ connectionString: world.subgraph.database.urls.system, max: 1 }));
    const grown = await Promise.all(pools.map(async (pool, sealer) => {
      let count = 0;
      for (const [index, batch] of all.entries()) if (index % 4 === sealer || index % 4 === (sealer + 1) % 4) count += (await seal(pool, batch)).grown;
      await pool.end();
      return count;
    }));
    expect(grown.reduce((sum, one) => sum + one, 0)).toBe(320);
    for (const one of [tenant, rival]) {
      expect(await stream(one)).toEqual({ size: 160, positions: Array.from({ length: 160 }, (_none, index) => index), whole: true });
    }
  });

  it('cannot fork it without the lock either: the second place is refused', async () => {
    await seal(world.system, [made(tenant)]);
    await expect(world.rows(`insert into compliance.audit_event select (jsonb_populate_record(e, jsonb_build_object('id', '${newId()}'))).* from compliance.audit_event e`))
      .rejects.toMatchObject({ code: '23505', constraint: expect.stringContaining('position') });
  });
});

describe('a log whose stored tree is damaged', () => {
  const stage = async (of: string): Promise<void> => {
    const { tenantId, id, event } = staged(of);
    await world.rows('insert into compliance.audit_staging values ($1, $2, $3::jsonb)', [tenantId, id, event]);
  };
  const waiting = async (of: string): Promise<number> => (await world.rows('select from compliance.audit_staging where tenant_id = $1', [of])).length;
  const named = `The stored tree of ${originOf(tenant)} is damaged: The tile 0/0 does not hold the 2 hashes of a log of 2 entries.`;

  it('is not built upon, is named, and holds up no other log, however much waits for it', async () => {
    await seal(world.system, [made(tenant), made(tenant)]);
    const [before] = await world.rows<{ hashes: Buffer }>('select hashes from compliance.log_tile where tenant_id = $1', [tenant]);
    await world.rows('update compliance.log_tile set hashes = substr(hashes, 1, 32) where tenant_id = $1', [tenant]);
    expect(await seal(world.system, [made(tenant), made(rival)])).toEqual({ grown: 1, damaged: new Map([[tenant, named]]) });
    // More than a batch of its events stand before those of the other.
    for (let count = 0; count < 5; count += 1) await stage(tenant);
    await stage(rival);
    const collect = () => collectAudit({ sources: [{ schema: 'compliance', pool: world.system }], target: world.system, batch: 2 });
    expect(await collect()).toEqual({ moved: 1, quarantined: [], damaged: [named] });
    await stage(rival);
    expect(await collect()).toEqual({ moved: 1, quarantined: [], damaged: [named] });
    expect([await waiting(tenant), await waiting(rival), (await stream(rival)).size]).toEqual([5, 0, 3]);
    await world.rows('update compliance.log_tile set hashes = $2 where tenant_id = $1', [tenant, before!.hashes]);
    expect(await collect()).toEqual({ moved: 5, quarantined: [], damaged: [] });
    expect(await stream(tenant)).toMatchObject({ size: 7, whole: true });
  });
});

describe('an event that the log could not commit to', () => {
  it('goes into quarantine, and the rest is sealed', async () => {
    const rows = [staged(tenant), staged(tenant, { after: { amount: 0 } }), staged(tenant)];
    // A number that PostgreSQL stores and no double holds.
    rows[1]!.event = rows[1]!.event.replace('"amount":0', '"amount":1e400');
    for (const { tenantId, id, event } of rows) await world.rows('insert into compliance.audit_staging values ($1, $2, $3::jsonb)', [tenantId, id, event]);
    expect(await world.collect()).toMatchObject({ moved: 3, quarantined: [{ id: rows[1]!.id, reason: expect.stringContaining('no canonical form') }] });
    expect(await stream(tenant)).toMatchObject({ size: 2, whole: true });
  });

  it('cannot name another source than its own, except where the trail returns it', () => {
    const row = staged(tenant, { source: 'identity' });
    expect(readStaged(row, 'commerce')).toMatchObject({ ok: false, reason: expect.stringContaining('source') });
    expect(readStaged(row, 'compliance')).toMatchObject({ ok: true, event: { source: 'identity' } });
  });
});

describe('a database that refuses', () => {
  it('stops sealing loudly and loses nothing; sealing goes on by itself', async () => {
    const log = new PassThrough();
    let lines = '';
    log.on('data', (chunk: Buffer) => { lines += chunk.toString(); });
    const metrics = new Metrics();
    await world.rows(`create function compliance.full() returns trigger language plpgsql as $$ begin raise exception 'No space left on device' using errcode = '53100'; end $$`);
    await world.rows('create trigger full_disk before insert on compliance.log_tile for each statement execute function compliance.full()');
    const { event, id } = staged(tenant);
    await world.rows('insert into compliance.audit_staging values ($1, $2, $3::jsonb)', [tenant, id, event]);
    const collector = startAuditCollector({
      sources: [{ schema: 'compliance', pool: world.system }], target: world.system, logger: createLogger({ level: 'info', destination: log }), crash: noCrash, metrics: new AuditMetrics(metrics), sealed: () => undefined,
    });
    const failures = async (): Promise<number> => Number(/^switchboard_audit_failures_total (\d+)/m.exec(await metrics.registry.metrics())?.[1]);
    try {
      await until(async () => (await failures()) >= 2, 'two rounds have failed');
      expect(lines).toContain('"level":50');
      expect(lines).toContain('audit events could not be sealed and stay staged');
      expect(lines).toContain('No space left on device');
      expect(await world.rows('select from compliance.audit_staging')).toHaveLength(1);
      expect(await world.rows('select from compliance.audit_event')).toHaveLength(0);
      expect(await stream(tenant)).toMatchObject({ size: 0 });
      await world.rows('drop trigger full_disk on compliance.log_tile');
      await until(async () => (await world.rows('select from compliance.audit_staging'))
        .length === 0, 'the event is sealed');
      expect(await stream(tenant)).toEqual({ size: 1, positions: [0], whole: true });
    } finally {
      await collector.stop();
    }
  });
});
