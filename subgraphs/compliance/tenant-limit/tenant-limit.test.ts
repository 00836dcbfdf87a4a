// What a tenant keeps is counted while it is kept and limited where staff begin it; what it may read of its trail follows its tier, and the proofs do not.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { person } from '../../../test/kit/subgraph.js';
import { grantTenant } from '../../../test/kit/limits.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { AuditDraft } from '../../kernel/messaging/audit.js';
import { FolderStorage } from '../../kernel/storage/folder.storage.js';
import { exported, openExports, readyExport, requestExport, runExports, type ExportWorld } from '../export/export.fixture.js';
import { ExportRun, KEPT_MS } from '../export/export.run.js';
import type { LogWorld } from '../log/log.fixture.js';

const PAID = ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'];
const EVENTS = `query ($filter: AuditFilter) { auditEvents(first: 50, filter: $filter) { nodes { id action } limitedTo { types since tiersThatAllow } } }`;
const REFUSED = `mutation ($input: AuditExportRequestInput!) { auditExportRequest(input: $input) { auditExport { id }
  userErrors { __typename code field ... on QuotaExceeded { quota limit used resetsAt plansThatAllow } ... on FeatureNotInTier { feature tiersThatAllow } } } }`;
const DAY_MS = 86_400_000;

let exports: ExportWorld;
let world: LogWorld;
let now = new Date();
beforeAll(async () => {
  exports = await openExports(() => now);
  world = exports.world;
});
afterAll(() => exports.close());

const limits = () => world.subgraph.running.services.limits;
const granted = (version: number, features: string[], bytes: number | null) =>
  ({ version, tier: 'FREE', features, anchor: '2026-11-01T00:00:00.000Z', ceilings: { STORAGE_BYTES: bytes }, offers: { STORAGE_BYTES: PAID, FULL_AUDIT: PAID } });
const refusedOf = async (actor: Actor, input: object = {}) => {
  const { data } = await world.subgraph.ask(REFUSED, { input: { format: 'CSV', idempotencyKey: newId(), ...input } }, actor);
  return data?.['auditExportRequest'] as { auditExport: object | null; userErrors: object[] };
};

describe('storage', () => {
  const tenant = newId();
  const ann = person(tenant, ['audit:export']);
  /** What was said last of it. */
  const told = async () => {
    await limits().measure(tenant);
    const said = await world.rows<{ payload: { measures: { name: string; used: number; over: number }[] } }>(
      `select payload from compliance.outbox where tenant_id = $1 and type = 'StorageMeasured' order by id desc limit 1`, [tenant]);
    const { used, over } = said[0]?.payload.measures.find(({ name }) => name === 'STORAGE_BYTES') ?? { used: -1, over: -1 };
    return { used, over };
  };
  const rows = async () => (await world.rows(`select id from compliance.audit_export where tenant_id = $1`, [tenant])).length;

  it('counts a file while it may be downloaded, refuses the next one when nothing is left, and has room again when it expires', async () => {
    await grantTenant(world.admin, 'compliance', tenant, { features: ['FULL_AUDIT'] });
    await limits().apply(tenant, granted(1, ['FULL_AUDIT'], 1_000));
    await world.seal(tenant, 20);
    const { bytes } = await readyExport(world, ann);
    const size = Number(bytes);
    expect(size).toBeGreaterThan(1_000);
    // What was begun is finished; and the refusal knows of it before anybody has counted.
    const full = [{ __typename: 'QuotaExceeded', code: 'QUOTA_EXCEEDED', field: null, quota: 'STORAGE_BYTES', limit: '1000', used: String(size), resetsAt: null, plansThatAllow: PAID }];
    const before = await rows();
    expect(await refusedOf(ann)).toEqual({ auditExport: null, userErrors: full });
    expect([await told(), await refusedOf(ann), await rows()]).toEqual([{ used: 1_000, over: size - 1_000 }, { auditExport: null, userErrors: full }, before]);
    // Said again, it is the same: whoever hears it twice counts it once.
    expect(await told()).toEqual({ used: 1_000, over: size - 1_000 });

    await limits().apply(tenant, granted(2, ['FULL_AUDIT'], 1_000_000));
    expect([await told(), (await refusedOf(ann)).userErrors]).toEqual([{ used: size, over: 0 }, []]);
    await world.rows(`update compliance.audit_export set due_at = now(), expires_at = now() where tenant_id = $1 and state = 'READY'`, [tenant]);
    now = new Date(Date.now() + KEPT_MS);
    await runExports(world);
    now = new Date();
    const kept = await world.rows<{ bytes: string }>(`select bytes from compliance.audit_export where tenant_id = $1 and state = 'READY'`, [tenant]);
    expect(await told()).toEqual({ used: kept.reduce((sum, one) => sum + Number(one.bytes), 0), over: 0 });
  });

  it('does not count what a writer who died has left, and counts what is written instead', async () => {
    const before = await told();
    await world.rows(`update compliance.audit_export set state = 'FAILED', failure = 'INTERNAL', due_at = null where tenant_id = $1 and state in ('QUEUED', 'RUNNING')`, [tenant]);
    const { auditExport } = await requestExport(world, ann, { idempotencyKey: newId() });
    const [{ id } = { id: '' }] = await world.rows<{ id: string }>(`select id from compliance.audit_export where tenant_id = $1 and state = 'QUEUED'`, [tenant]);
    expect(auditExport?.id).toBe(encodeId('aexp', id));
    await world.door.signCheckpoints(world.system);
    const dies = new ExportRun(world.subgraph.running.services.deps, new FolderStorage(join(exports.dataDir, 'files')), (point) => { throw new Error(`killed at ${point}`); });
    await expect(dies.run(tenant, id)).rejects.toThrow('killed at export:written');
    expect(await told()).toEqual(before);
    now = new Date(Date.now() + 31_000);
    await world.door.export({ stream: tenant, exportId: id });
    now = new Date();
    const [{ bytes } = { bytes: '0' }] = await world.rows<{ bytes: string }>('select bytes from compliance.audit_export where id = $1', [id]);
    expect(await told()).toEqual({ used: before.used + Number(bytes), over: 0 });
  });

  it('is counted anew from the files there are, also while something waits to be counted', async () => {
    const right = await told();
    await world.rows(`update compliance.quota set used = used + 77 where tenant_id = $1 and name = 'STORAGE_BYTES'`, [tenant]);
    await world.rows(`insert into compliance.stored_file values ($1, 'audit-exports/other', 5, now())`, [tenant]);
    expect([await world.door.recount({ tenantId: tenant }, world.system), await world.door.recount({ tenantId: tenant }, world.system)]).toEqual([1, 0]);
    expect(await told()).toEqual({ used: right.used + 5, over: 0 });
    expect((await world.rows(`select 1 from compliance.quota where tenant_id = $1 and recounted_at < now() - interval '1 minute'`, [tenant])).length).toBe(0);
  });

  it('is each tenant\'s own, and jobs are told besides', async () => {
    const rival = newId();
    await limits().apply(rival, granted(1, [], 10));
    expect((await refusedOf(person(rival, ['audit:export']))).userErrors).toEqual([]);
    const [jobs] = await world.rows<{ used: number; asked: number }>(`select used::int, (select count(*)::int from compliance.audit_export e where e.tenant_id = q.tenant_id) as asked
      from compliance.quota q where tenant_id = $1 and name = 'JOBS'`, [tenant]);
    expect(jobs?.used).toBe(jobs?.asked);
  });
});

describe('basic audit', () => {
  const free = newId();
  const ann = person(free, ['audit:read', 'audit:export']);
  const events = async (filter: object = {}) => {
    const { data, errors } = await world.subgraph.ask(EVENTS, { filter }, ann);
    expect(errors).toBeUndefined();
    const { nodes, limitedTo } = data?.['auditEvents'] as { nodes: { id: string; action: string }[]; limitedTo: object | null };
    return { actions: nodes.map(({ action }) => action).filter((action) => !action.startsWith('audit.') && !action.startsWith('tenant_limit.')), limitedTo };
  };
  const proof = async (id: string) => (await world.subgraph.ask('query ($id: ID!) { auditProof(eventId: $id) { position } }', { id }, ann)).data?.['auditProof'];
  const ids: string[] = [];

  beforeAll(async () => {
    await grantTenant(world.admin, 'compliance', free, {});
    const resource = { resource: { type: 'Session', id: null } };
    const happened = async (draft: Partial<AuditDraft>, days: number) => ids.push(...await world.seal(free, 1, new Date(Date.now() - days * DAY_MS), { ...resource, after: undefined, ...draft }));
    await happened({ action: 'auth.login', type: 'AUTHENTICATION' }, 31);
    await happened({ action: 'role.grant', type: 'AUTHORIZATION' }, 2);
    await happened({ action: 'order.create', type: 'DATA_WRITE' }, 1);
    await happened({ action: 'auth.attack', type: 'SECURITY' }, 0);
    await world.door.signCheckpoints(world.system);
  });

  it('shows sign-ins, rights and security of thirty days, says so, and finds words in those alone', async () => {
    const { actions, limitedTo } = await events();
    expect([actions, limitedTo]).toEqual([['auth.attack', 'role.grant'], { types: ['AUTHENTICATION', 'AUTHORIZATION', 'SECURITY'], since: expect.any(String), tiersThatAllow: PAID }]);
    expect((await events({ type: 'DATA_WRITE' })).actions).toEqual([]);
    expect((await events({ from: '2020-01-01T00:00:00Z', type: 'AUTHENTICATION' })).actions).toEqual([]);
    expect([(await events({ text: 'auth' })).actions, (await events({ text: 'create' })).actions, (await events({ text: 'grant', type: 'API' })).actions]).toEqual([['auth.attack'], [], []]);
    const history = await world.subgraph.ask(`{ auditHistory(resource: { type: "Session", id: "x" }) { nodes { id } limitedTo { since } } }`, {}, ann);
    expect(history.data).toMatchObject({ auditHistory: { nodes: [], limitedTo: {} } });
    const [old, right, write] = ids.map((id) => encodeId('aud', id));
    expect([await proof(old!), await proof(right!), await proof(write!)]).toEqual([null, { position: '1' }, null]);
  });

  it('exports the same, each with its proof, and refuses to be asked for more; nothing is written then', async () => {
    const before = (await world.rows('select id from compliance.audit_export')).length;
    const refused = (field: string) => ({ auditExport: null, userErrors: [{ __typename: 'FeatureNotInTier', code: 'FEATURE_NOT_IN_TIER', field: ['input', 'filter', field], feature: 'FULL_AUDIT', tiersThatAllow: PAID }] });
    expect(await refusedOf(ann, { filter: { type: 'DATA_WRITE' } })).toEqual(refused('type'));
    expect(await refusedOf(ann, { filter: { to: '2020-01-01T00:00:00Z' } })).toEqual(refused('to'));
    expect((await world.rows('select id from compliance.audit_export')).length).toBe(before);
    const [header, ...lines] = (await exported(world, ann)).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(header).toMatchObject({ proofs: 'paths', filter: { types: ['AUTHENTICATION', 'AUTHORIZATION', 'SECURITY'], from: expect.any(String) } });
    expect(lines.slice(0, -1).map(({ entry }) => (entry as { action: string }).action)).toEqual(expect.arrayContaining(['role.grant', 'auth.attack']));
    expect(lines.slice(0, -1).map(({ entry }) => (entry as { type: string }).type)).not.toContain('DATA_WRITE');
  });

  it('is full with the word that grants it, the past included, and basic again with the word that takes it', async () => {
    await limits().apply(free, granted(1, ['FULL_AUDIT'], null));
    expect(await events()).toEqual({ actions: ['auth.attack', 'order.create', 'role.grant', 'auth.login'], limitedTo: null });
    expect(await proof(encodeId('aud', ids[0]!))).toEqual({ position: '0' });
    const [header] = (await exported(world, ann)).split('\n').map((line) => line && JSON.parse(line) as Record<string, unknown>);
    expect(header).toMatchObject({ proofs: 'tree', filter: {} });
    await limits().apply(free, granted(2, [], null));
    expect((await events()).actions).toEqual(['auth.attack', 'role.grant']);
  });
});
