// Exports over the subgraph's port: asked for once, proved, and downloaded by whoever was given a link. Their writing is in export.worker.test.ts.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { person } from '../../../test/kit/subgraph.js';
import type { LogWorld } from '../log/log.fixture.js';
import { PLATFORM_STREAM } from '../log/stream.js';
import { bodyOf, exportOf, exported, follow, openExports, readyExport, requestExport, runExports, type ExportWorld, type Exported } from './export.fixture.js';
import { LINK_SECONDS } from './export.link.js';
import { KEPT_MS } from './export.run.js';

const tenant = newId();
const rival = newId();
const ann = person(tenant, ['audit:export']);
const bob = person(rival, ['audit:export']);
const root: Actor = { ...person(tenant, ['audit:export', 'system:admin']), tenant: null };

let exports: ExportWorld;
let world: LogWorld;
let now = new Date();

const ready = (input: Record<string, unknown> = {}): Promise<Exported> => readyExport(world, ann, input);

beforeAll(async () => {
  exports = await openExports(() => now);
  world = exports.world;
  await world.seal(tenant, 1_203, new Date('2026-11-03T10:00:00Z'));
  await world.seal(rival, 2);
  await world.seal(null, 3);
  await world.door.signCheckpoints(world.system);
});
afterAll(() => exports.close());

describe('an export', () => {
  it('is asked for, written and downloaded, and every step is in the trail', async () => {
    const { auditExport, userErrors } = await requestExport(world, ann, {});
    expect([userErrors, auditExport]).toEqual([[], {
      id: expect.stringMatching(/^aexp_/), state: 'QUEUED', format: 'JSON_LINES', progress: 0, rows: '0', bytes: null, sha256: null, url: null,
      requestedAt: expect.any(String), expiresAt: null, failure: null,
    }]);
    await runExports(world);
    const done = (await exportOf(world, ann, auditExport!.id))!;
    expect(done).toMatchObject({ state: 'READY', progress: 1, rows: '1203', expiresAt: new Date(now.getTime() + KEPT_MS).toISOString() });
    const response = await follow(world, done.url!);
    const content = await bodyOf(response);
    const digest = createHash('sha256').update(content).digest();
    expect([response.status, done.sha256, done.bytes]).toEqual([200, digest.toString('hex'), String(Buffer.byteLength(content))]);
    expect(response.headers).toEqual({
      'content-type': 'application/x-ndjson; charset=utf-8', 'content-disposition': expect.stringMatching(/^attachment; filename="audit-[\d-]+-[0-9a-f]{12}\.jsonl"$/),
      'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'repr-digest': `sha-256=:${digest.toString('base64')}:`,
    });
    const lines = content.split('\n');
    expect([lines.length, JSON.parse(lines[0]!), JSON.parse(lines.at(-2)!)]).toEqual([
      1_206, expect.objectContaining({ format: 'switchboard-audit-export/1', tenant: encodeId('tnt', tenant), proofs: 'tree' }), { end: true, entries: 1_203 },
    ]);
    const trail = (await world.rows<{ event: Record<string, unknown> }>(`select event from compliance.audit_staging where tenant_id = $1 order by id`, [tenant])).map(({ event }) => event);
    const resource = { type: 'AuditExport', id: done.id };
    expect(trail).toMatchObject([
      { action: 'audit.export', outcome: 'SUCCESS', resource, after: { format: 'JSON_LINES', filter: {} } },
      { action: 'audit.export_ready', actor: { kind: 'system' }, resource, after: { rows: 1_203, sha256: done.sha256 } },
      { action: 'query.auditExport', outcome: 'SUCCESS', actor: { kind: 'user' }, resource: { type: 'AuditExport', id: null } },
      { action: 'audit.export_download', actor: { kind: 'user', id: encodeId('user', ann.sub!) }, ip: '192.0.2.7', userAgent: 'curl', resource },
    ]);
  });

  it('with a filter brings each entry the path that proves it', async () => {
    const content = await exported(world, ann, { filter: { action: 'order.*', text: '1001' } });
    const [header, entry, end] = content.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(header).toMatchObject({ proofs: 'paths', filter: { actionPrefix: 'order.', text: '1001' } });
    expect(entry).toMatchObject({ position: 1_001, details: { after: { index: 1_001 } }, proof: expect.any(Array) });
    expect(end).toEqual({ end: true, entries: 1 });
  });

  it('of the platform holds what happened outside every tenant', async () => {
    const content = await exported(world, root);
    expect(JSON.parse(content.split('\n')[0]!)).toMatchObject({ tenant: null, origin: 'switchboard/audit/platform' });
    expect(content).not.toContain(encodeId('tnt', tenant));
    expect((await world.rows(`select id from compliance.audit_export where tenant_id = $1`, [PLATFORM_STREAM])).length).toBe(1);
  });

  it('waits for the checkpoint that covers what was sealed before it', async () => {
    now = new Date();
    await world.seal(tenant, 1);
    now = new Date();
    const { auditExport } = await requestExport(world, ann, { idempotencyKey: 'waits' });
    // When a checkpoint was signed says nothing of what it covers.
    await world.rows(`update compliance.audit_export set requested_at = (select max(signed_at) from compliance.log_checkpoint where tenant_id = $1) where state = 'QUEUED'`, [tenant]);
    await runExports(world);
    expect(await exportOf(world, ann, auditExport!.id)).toMatchObject({ state: 'QUEUED' });
    await world.door.signCheckpoints(world.system);
    await world.rows(`update compliance.audit_export set due_at = now() - interval '1 second' where state = 'QUEUED'`);
    now = new Date();
    await runExports(world);
    expect(await exportOf(world, ann, auditExport!.id)).toMatchObject({ state: 'READY' });
  });
});

describe('a request', () => {
  it('that is repeated is the same export, and with another input is refused', async () => {
    const key = { idempotencyKey: 'again' };
    const [one, two] = await Promise.all([requestExport(world, ann, key), requestExport(world, ann, key)]);
    expect(one.auditExport?.id).toBe(two.auditExport?.id);
    const other = await requestExport(world, ann, { ...key, format: 'CSV' });
    expect(other).toMatchObject({ auditExport: null, userErrors: [{ code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] }] });
    await world.door.signCheckpoints(world.system);
    await runExports(world);
  });

  it('beyond three at once is refused, however they come', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((idempotencyKey) => requestExport(world, bob, { idempotencyKey })));
    expect(answers.filter(({ auditExport }) => auditExport).length).toBe(3);
    expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual(Array.from({ length: 2 }, () => expect.objectContaining({ __typename: 'AuditExportLimitReached', code: 'LIMIT_REACHED' })));
    await world.rows(`delete from compliance.audit_export where tenant_id = $1`, [rival]);
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['a filter without sense', { filter: { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' } }, ['input', 'filter', 'from']],
    ['text without a word', { filter: { text: '!' } }, ['input', 'filter', 'text']],
    ['a key with spaces', { idempotencyKey: 'a b' }, ['input', 'idempotencyKey']],
  ])('with %s is refused', async (_what, input, field) => {
    const before = (await world.rows('select id from compliance.audit_export')).length;
    expect(await requestExport(world, ann, input)).toMatchObject({ auditExport: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field }] });
    expect((await world.rows('select id from compliance.audit_export')).length).toBe(before);
  });

  it('needs audit:export, which audit:read is not', async () => {
    const reader = person(tenant, ['audit:read']);
    await expect(requestExport(world, reader, {})).rejects.toThrow('audit:export');
    await expect(exportOf(world, reader, encodeId('aexp', newId()))).rejects.toThrow('audit:export');
  });
});

describe('a link', () => {
  it('is good for a quarter of an hour, for its export, and as it was signed', async () => {
    const { url } = await ready();
    const token = url!.split('/').at(-1)!;
    const changed = (at: number): string => token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
    for (const forged of [changed(3), changed(30), changed(50), changed(70), changed(100), `${token}A`, token.slice(0, -1), '', 'x']) {
      expect([forged, (await follow(world, forged)).status]).toEqual([forged, 404]);
    }
    // Signed with another export's secret.
    const other = (await ready()).url!.split('/').at(-1)!;
    const mixed = Buffer.concat([Buffer.from(token, 'base64url').subarray(0, 55), Buffer.from(other, 'base64url').subarray(55)]).toString('base64url');
    expect((await follow(world, mixed)).status).toBe(404);
    const made = now;
    now = new Date(made.getTime() + LINK_SECONDS * 1_000 - 2_000);
    expect(await bodyOf(await follow(world, token))).toContain('"end":true');
    now = new Date(made.getTime() + LINK_SECONDS * 1_000 + 2_000);
    expect(await follow(world, token)).toMatchObject({ status: 410, body: 'This link has expired: ask for a new one.' });
    now = new Date();
  });

  it('to an export of another tenant cannot be had', async () => {
    const { id } = await ready();
    expect(await exportOf(world, bob, id)).toBeNull();
    const list = await world.subgraph.ask('{ auditExports { nodes { id url } } }', {}, bob);
    expect(list.data).toEqual({ auditExports: { nodes: [] } });
  });
});

describe('the list', () => {
  it('pages through all of a tenant, newest first', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const result = await world.subgraph.ask('query ($after: String) { auditExports(first: 3, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }', { after }, ann);
      const { nodes, pageInfo } = result.data?.['auditExports'] as { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
      seen.push(...nodes.map(({ id }) => id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual((await world.rows<{ id: string }>('select id from compliance.audit_export where tenant_id = $1 order by id desc', [tenant])).map(({ id }) => encodeId('aexp', id)));
    expect(seen.length).toBeGreaterThan(4);
  });
});
