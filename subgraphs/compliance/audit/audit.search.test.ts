// Looking for events among fifty thousand: what each filter finds, that an index finds it, and that words stay within their tenant.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Client } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { FULL, grantTenant } from '../../../test/kit/limits.js';
import { compliance, type ComplianceServices } from '../subgraph.js';
import { BASIC_TYPES, within } from './audit.coverage.js';
import { criteriaOf } from './audit.criteria.js';
import type { AuditFilter } from './audit.inputs.js';
import { auditPage } from './audit.list.js';

const ROWS = 50_000;
const tenant = newId();
const rival = newId();
const ann = person(tenant, ['audit:read']);
const bob = person(rival, ['audit:read']);
const LIST = `query ($first: Int, $after: String, $filter: AuditFilter) { auditEvents(first: $first, after: $after, filter: $filter) {
  nodes { id action severity reason correlationId } pageInfo { endCursor hasNextPage } } }`;

let subgraph: TestSubgraph<ComplianceServices>;
let behind: Client;

/** Event `n` of the many: most are ordinary, a few are not. */
const MANY = `insert into compliance.audit_event (tenant_id, id, action, type, severity, outcome, occurred_at, actor_kind, actor_id, resource_type,
    resource_id, reason, correlation_id, ip, user_agent, before, after, source, position, previous, details_hash, salt, sealed_at)
  select $1::uuid, uuidv7(), case when n % 5000 = 0 then 'order.refund' else 'message.send' end, 'DATA_WRITE',
    case when n % 1000 = 0 then 'CRITICAL' else 'INFO' end, case when n % 2000 = 0 then 'DENIED' else 'SUCCESS' end,
    timestamptz '2026-11-01 00:00:00Z' + n * interval '100 seconds', 'user', 'user_' || n % 300, case when n % 2500 = 0 then 'Order' else 'Message' end,
    'msg_' || n % 7000, null, 'request-' || n, '198.51.100.' || n % 250, 'Mozilla/5.0', null,
    case when n % 10000 = 7 then '{"note": "Café Zürich, table\\nfor Łukasz & Straße"}'::jsonb else '{"status": "QUEUED"}'::jsonb end, 'conversations',
    n - 1, case when n > 1 then decode(repeat('00', 32), 'hex') end, decode(repeat('00', 32), 'hex'), decode(repeat('00', 16), 'hex'), now()
  from generate_series(1, ${ROWS}) as n`;

beforeAll(async () => {
  subgraph = await bootSubgraph(compliance);
  behind = new Client({ connectionString: subgraph.database.adminUrl });
  await behind.connect();
  for (const one of [tenant, rival]) await grantTenant(behind, 'compliance', one, FULL);
  await behind.query(MANY, [tenant]);
  await behind.query(MANY.replace(`generate_series(1, ${ROWS})`, 'generate_series(7, 7)').replace('Café', 'Geheim Café'), [rival]);
  // Into the partitions of their months.
  await behind.query('select compliance.ensure_audit_partitions()');
  await behind.query('vacuum analyze compliance.audit_event');
}, 60_000);
afterAll(async () => {
  await behind.end();
  await subgraph.close();
});

interface Found { nodes: { id: string; correlationId: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
const ask = async (variables: Record<string, unknown>, actor: Actor = ann): Promise<Found> => {
  const result = await subgraph.ask(LIST, variables, actor);
  expect(result.errors).toBeUndefined();
  return result.data?.['auditEvents'] as Found;
};
const numbers = async (filter: AuditFilter, actor: Actor = ann): Promise<number[]> =>
  (await ask({ filter, first: 100 }, actor)).nodes.map(({ correlationId }) => Number(correlationId.split('-')[1]));
const every = (step: number, rest = 0): number[] =>
  Array.from({ length: ROWS }, (_, index) => ROWS - index).filter((n) => n % step === rest).slice(0, 100);

/** Rare ones, so that no walk along the newest could be the cheaper way. */
const FILTERS: [string, AuditFilter, number[]][] = [
  ['severities', { severities: ['CRITICAL', 'ERROR'] }, every(1_000)],
  ['outcome', { outcome: 'DENIED' }, every(2_000)],
  ['action', { action: 'order.refund' }, every(5_000)],
  ['the beginning of an action', { action: 'order.*' }, every(5_000)],
  ['resource type', { resourceType: 'Order' }, every(2_500)],
  ['resource', { resourceId: 'msg_123' }, every(7_000, 123)],
  ['actor', { actorId: 'user_7' }, every(300, 7)],
  ['correlation id', { correlationId: 'request-4711' }, [4_711]],
  ['type', { type: 'SECURITY' }, []],
  ['a time', { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-01T00:10:00Z') }, [5, 4, 3, 2, 1]],
  ['text', { text: 'zurich' }, every(10_000, 7)],
  ['several at once', { severities: ['CRITICAL'], outcome: 'DENIED', action: 'order.*', resourceType: 'Order' }, every(10_000)],
  ['text with all others', {
    text: 'refund', type: 'DATA_WRITE', severities: ['CRITICAL'], outcome: 'DENIED', action: 'order.*', resourceType: 'Order', actorId: 'user_200',
    from: new Date('2026-11-01T00:00:00Z'), to: new Date('2027-01-01T00:00:00Z'),
  }, every(10_000).filter((n) => n % 300 === 200)],
  ['text that is everywhere', { text: 'message' }, Array.from({ length: 101 }, (_, index) => ROWS - index).filter((n) => n % 5_000 !== 0).slice(0, 100)],
];

describe('auditEvents', () => {
  it.each(FILTERS)('finds by %s', async (_name, filter, expected) => {
    expect(await numbers(filter)).toEqual(expected);
  });

  it.each<[string, string, number[]]>([
    ['several words in any order', 'LUKASZ zur', every(10_000, 7)],
    ['a word after an escape in JSON', 'for', every(10_000, 7)],
    ['letters of the alphabet that accents do not explain', 'strasse', every(10_000, 7)],
    ['an address as it stands', '198.51.100.7 cafe', every(10_000, 7)],
    ['the words of a dotted action', 'send table', every(10_000, 7)],
    ['nothing when the address stands differently', '51.198.100.7 cafe', []],
    ['nothing when only the last word begins so', 'zur cafe', []],
    ['a short word as it is, not as a beginning', 'cafe zu', []],
    ['nothing for operators of the query language', "!zurich | message:* <-> 'x", []],
    ['nothing of the tenant\'s own mark', `tenant ${tenant}`, []],
  ])('finds %s', async (_name, text, expected) => {
    expect(await numbers({ text })).toEqual(expected);
  });

  it('pages through a text search without gap or repetition', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo }: Found = await ask({ first: 2, after, filter: { text: 'refund' } });
      seen.push(...nodes.map(({ correlationId }) => correlationId));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(every(5_000).map((n) => `request-${n}`));
  });

  it('finds words of its own tenant only', async () => {
    expect(await numbers({ text: 'geheim' }, bob)).toEqual([7]);
    expect(await numbers({ text: 'geheim' })).toEqual([]);
    const stolen = subgraph.running.database.inScope(tenantScope(tenant), (tx) => tx.getKysely().executeQuery({
      sql: `select * from compliance.audit_search('geheim', null, null, null, null, null, null, null, null, null, null, null, null, null, 10)`,
    } as never));
    expect((await stolen).rows).toEqual([]);
  });

  it('does not find what was erased', async () => {
    const erased = '2026-11-01T00:11:40.000Z';
    const before = await numbers({ text: 'zurich', to: new Date('2026-11-01T12:00:00Z') });
    const { rows: [row] } = await behind.query<{ id: string }>('select id from compliance.audit_event where tenant_id = $1 and occurred_at = $2', [tenant, erased]);
    await behind.query('select compliance.erase_audit_details($1, $2)', [tenant, row?.id]);
    expect([before, await numbers({ text: 'zurich', to: new Date('2026-11-01T12:00:00Z') })]).toEqual([[7], []]);
    // The action is no detail.
    expect(await numbers({ text: 'message', to: new Date('2026-11-01T00:11:50Z'), from: new Date(erased) })).toEqual([7]);
  });

  it.each<[string, Record<string, unknown>]>([['text', { text: '-- ' }], ['text', { text: 'x'.repeat(201) }], ['correlationId', { correlationId: 'a\0' }]])(
    'refuses %s without sense', async (field, filter) => {
      const result = await subgraph.ask(LIST, { filter }, ann);
      expect(result.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field: ['filter', field] });
    });
});

describe('the index of each filter', () => {
  /** Rows read by walking through a partition, and uses of an index of one, in this transaction. */
  const READ = `select coalesce(sum(pg_stat_get_xact_tuples_returned(c.oid)) filter (where c.relkind = 'r'), 0)::int as walked,
      coalesce(sum(pg_stat_get_xact_numscans(c.oid)) filter (where c.relkind = 'i'), 0)::int as searches
    from pg_class c where c.relnamespace = 'compliance'::regnamespace and c.relname like 'audit_event\\_%'`;

  it.each(FILTERS)('%s', async (_name, filter) => {
    const criteria = criteriaOf(filter, (message) => new Error(message));
    const read = await subgraph.running.database.inScope(tenantScope(tenant), async (tx) => {
      const page = await auditPage(tx, tenant, { criteria, order: 'NEWEST_FIRST', after: null, limit: 26 }).execute();
      const { rows: [counted] } = await sql<{ walked: number; searches: number }>`${sql.raw(READ)}`.execute(tx.getKysely());
      return { ...counted, rows: page.length };
    });
    expect(read).toEqual({ walked: 0, searches: expect.any(Number), rows: (await numbers(filter)).slice(0, 26).length });
    expect(read.searches).toBeGreaterThan(0);
  });

  it('serves basic audit, whose few events lie among all the others', async () => {
    const basic = { types: BASIC_TYPES, since: new Date('2026-01-01T00:00:00Z'), tiersThatAllow: [] };
    const read = await subgraph.running.database.inScope(tenantScope(tenant), async (tx) => {
      const page = (asked: AuditFilter) => auditPage(tx, tenant, { criteria: within(basic, criteriaOf(asked, (message) => new Error(message))), order: 'NEWEST_FIRST', after: null, limit: 26 }).execute();
      const rows = [await page({}), await page({ type: 'DATA_WRITE' }), await page({ type: 'SECURITY' })].flat();
      const { rows: [counted] } = await sql<{ walked: number; entries: number }>`select coalesce(sum(pg_stat_get_xact_tuples_returned(c.oid)) filter (where c.relkind = 'r'), 0)::int as walked,
        coalesce(sum(pg_stat_get_xact_tuples_returned(c.oid)) filter (where c.relkind = 'i'), 0)::int as entries
        from pg_class c where c.relnamespace = 'compliance'::regnamespace and c.relname like 'audit_event\\_%'`.execute(tx.getKysely());
      return { rows: rows.length, ...counted };
    });
    expect(read).toMatchObject({ rows: 0, walked: 0 });
    // A month that is nearly empty may be read whole by another index: that is as fast.
    expect(read.entries).toBeLessThan(ROWS / 10);
  });

  it('is missed by this test when it is not used', async () => {
    const walked = await subgraph.running.database.inScope(tenantScope(tenant), async (tx) => {
      await sql`select id from compliance.audit_event where source = 'nowhere'`.execute(tx.getKysely());
      return (await sql<{ walked: number }>`${sql.raw(READ)}`.execute(tx.getKysely())).rows[0]?.walked;
    });
    expect(walked).toBeGreaterThan(0);
  });
});
