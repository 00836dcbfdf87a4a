// Backups of one tenant: as often as its tier has them, one for each hour, day or week however many workers look and however often they start; and when the platform's administrators ask.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import { BackupFailure, complianceDoor, type BackupPort } from '../public.js';
import { compliance, type ComplianceServices } from '../subgraph.js';
import { scheduleTenants } from './tenant.schedule.js';

const CREATE = 'mutation ($input: TenantBackupCreateInput!) { tenantBackupCreate(input: $input) { run { kind state tenantId slot label } userErrors { __typename field } } }';
const RUNS = 'query { backupRuns(first: 100) { nodes { kind state tenantId slot label backupId failure } } }';
const root: Actor = { ...person(newId(), ['system:admin']), tenant: null };
const owner = person(newId(), ['audit:read', 'org:export']);
const MADE = { backupId: newId(), manifestSha256: 'ab'.repeat(32), content: 30, stored: 10 };
const tenants = { ENTERPRISE: newId(), PROFESSIONAL: newId(), STANDARD: newId(), FREE: newId() };

interface Run { kind: string; state: string; tenantId: string | null; slot: string | null; label: string; failure: string | null }

let now: Date;
let subject: TestSubgraph<ComplianceServices>;
let system: Pool;
let admin: Client;
let taken: string[];
beforeAll(async () => {
  now = new Date('2026-12-02T01:00:00Z');
  subject = await bootSubgraph(compliance, {
    clock: { now: () => now }, config: { backups: { first: { folder: '/nowhere' }, second: undefined, keepCount: 1, keepDays: 1, tenants: { keepCount: 1, keepDays: 1 } } },
  });
  system = new Pool({ connectionString: subject.database.urls.system, max: 8 });
  admin = new Client({ connectionString: subject.database.adminUrl });
  await admin.connect();
  for (const [tier, id] of Object.entries(tenants)) {
    await admin.query(`insert into compliance.tenant_limit (tenant_id, version, tier, features, anchor, ceilings, offers) values ($1, 1, $2, '{}', now(), '{}', '{}')`, [id, tier]);
  }
});
beforeEach(async () => {
  now = new Date('2026-12-02T01:00:00Z');
  taken = [];
  await admin.query('truncate compliance.backup_run, compliance.platform_audit_staging');
});
afterAll(async () => {
  await admin?.end();
  await system?.end();
  await subject?.close();
});

const door = (steps: Partial<BackupPort> = {}) => complianceDoor(subject.running.services, [], null, {
  create: async () => MADE, verify: async () => ({ backupId: MADE.backupId, level: 'L3', latest: null, findings: [] }), prune: async () => [],
  tenant: async (tenantId, label) => { taken.push(`${label} ${Object.entries(tenants).find(([, id]) => id === tenantId)?.[0] ?? '?'}`); return MADE; }, ...steps,
});
const due = async (): Promise<{ runId: string }[]> => (await door().overdue(system)).find(({ job }) => job.name === 'compliance.backup')!.payloads as { runId: string }[];
const doAll = async (steps?: Partial<BackupPort>): Promise<void> => { for (const payload of await due()) await door(steps).backup(payload); };
const runs = async (): Promise<Run[]> => ((await subject.ask(RUNS, {}, root)).data?.['backupRuns'] as { nodes: Run[] }).nodes.filter(({ kind }) => kind === 'TENANT');

it('takes one for each slot of each tier, however many look at once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => scheduleTenants(system, now)));
  const waiting = await due();
  await Promise.all(Array.from({ length: 4 }, () => Promise.all(waiting.map((payload) => door().backup(payload)))));
  expect(taken.toSorted()).toEqual(['daily PROFESSIONAL', 'hourly ENTERPRISE', 'weekly STANDARD']);
  expect((await runs()).map(({ slot, label, state, tenantId }) => [slot, label, state, tenantId]).toSorted()).toEqual([
    ['2026-12-02', 'daily', 'DONE', encodeId('tnt', tenants.PROFESSIONAL)], ['2026-12-02T01', 'hourly', 'DONE', encodeId('tnt', tenants.ENTERPRISE)], ['2026-W49', 'weekly', 'DONE', encodeId('tnt', tenants.STANDARD)],
  ]);
  const at = async (time: string): Promise<string[]> => {
    [now, taken] = [new Date(time), []];
    await doAll();
    return taken.toSorted();
  };
  expect([await at('2026-12-02T01:59:50Z'), await at('2026-12-02T02:00:00Z'), await at('2026-12-03T02:30:00Z'), await at('2026-12-07T00:00:00Z')])
    .toEqual([[], ['hourly ENTERPRISE'], ['daily PROFESSIONAL', 'hourly ENTERPRISE'], ['daily PROFESSIONAL', 'hourly ENTERPRISE', 'weekly STANDARD']]);
});

it('goes on with one whose process died, under the same run, and tries what failed again after an hour', async () => {
  const asked: string[] = [];
  const [first] = await due();
  let die = (): void => undefined;
  const dead = new Promise<never>((_, reject) => { die = () => reject(new Error('dead')); });
  const lost = door({ tenant: async (_tenant, _label, runId) => { asked.push(runId); return dead; } }).backup(first!);
  await until(async () => (await due()).length === 2, 'it is somebody\'s');
  now = new Date('2026-12-02T01:01:01Z');
  await door({ tenant: async (_tenant, _label, runId) => { asked.push(runId); return MADE; } }).backup(first!);
  die();
  await lost;
  expect([new Set(asked).size, asked.length, (await runs()).filter(({ state }) => state === 'DONE').length]).toEqual([1, 2, 1]);
  await doAll({ tenant: async () => { throw new BackupFailure('The store is away.'); } });
  expect((await runs()).filter(({ state, failure }) => state === 'FAILED' && failure === 'The store is away.').length).toBe(2);
  expect((await due()).length).toBe(0);
  now = new Date('2026-12-02T02:02:00Z');
  await doAll();
  expect(taken.filter((one) => !one.startsWith('hourly'))).toHaveLength((await runs()).filter(({ state, label }) => state === 'FAILED' && label !== 'hourly').length);
});

it('is taken when an administrator of the platform asks, one of a tenant at a time, beside one of everything', async () => {
  const ask = async (tenantId: string, by = root) => (await subject.ask(CREATE, { input: { tenantId } }, by));
  const free = encodeId('tnt', tenants.FREE);
  expect((await ask(free)).data).toEqual({ tenantBackupCreate: { run: { kind: 'TENANT', state: 'RUNNING', tenantId: free, slot: null, label: 'manual' }, userErrors: [] } });
  expect((await ask(free)).data).toMatchObject({ tenantBackupCreate: { run: null, userErrors: [{ __typename: 'BackupRunning' }] } });
  expect((await ask(encodeId('tnt', newId()))).data).toMatchObject({ tenantBackupCreate: { run: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'tenantId'] }] } });
  expect((await ask('tnt_x')).data).toMatchObject({ tenantBackupCreate: { run: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'tenantId'] }] } });
  expect((await ask(free, owner)).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
  await doAll();
  expect(taken).toContain('manual FREE');
  const told = (await admin.query<{ event: Record<string, unknown> }>(`select event from compliance.platform_audit_staging where event->>'action' = 'backup.create' and event->'after'->>'tenant' = $1`, [tenants.FREE])).rows;
  expect(told.map(({ event }) => event['after'])).toEqual([{ backup: MADE.backupId, manifestSha256: MADE.manifestSha256, content: 30, stored: 10, tenant: tenants.FREE }]);
});

it('is found among all runs by what it is, how it ended and of whom', async () => {
  const listed = async (filter: object, by = root) => (await subject.ask(`query ($filter: BackupRunFilter) { backupRuns(first: 100, filter: $filter) { nodes { kind state tenantId } } }`, { filter }, by));
  await subject.ask('mutation { backupCreate(input: {}) { run { id } } }', {}, root);
  await doAll();
  await subject.ask(CREATE, { input: { tenantId: encodeId('tnt', tenants.FREE) } }, root);
  await doAll({ tenant: async () => { throw new BackupFailure('The store is away.'); } });
  const found = async (filter: object) => ((await listed(filter)).data?.['backupRuns'] as { nodes: Pick<Run, 'kind' | 'state' | 'tenantId'>[] }).nodes;
  const all = await found({});
  const [free, failed] = [encodeId('tnt', tenants.FREE), all.filter(({ state }) => state === 'FAILED')];
  expect([new Set(all.map(({ kind }) => kind)).size > 1, failed.length > 0]).toEqual([true, true]);
  expect(await found({ kind: 'TENANT' })).toEqual(all.filter(({ kind }) => kind === 'TENANT'));
  expect(await found({ state: 'FAILED' })).toEqual(failed);
  expect(await found({ tenantId: free })).toEqual(all.filter(({ tenantId }) => tenantId === free));
  expect(await found({ kind: 'CREATE', tenantId: free })).toEqual([]);
  expect((await listed({ tenantId: 'tnt_x' })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
});
