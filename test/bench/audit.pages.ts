// Filtered pages of an audit trail with many entries, an export of a log, and how fast the verifier goes over it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { exported } from '../../subgraphs/compliance/export/export.fixture.js';
import { LogWorld } from '../../subgraphs/compliance/log/log.fixture.js';
import { FULL, grantTenant } from '../kit/limits.js';
import { person } from '../kit/subgraph.js';
import { summary, type Summary } from './machine.facts.js';

export interface PagesOptions {
  /** In the trail that is searched. */
  pageEntries: number;
  /** Asked of each filter. */
  pages: number;
  /** In the log that is exported and verified. */
  exported: number;
}
export const PAGES_DEFAULTS: PagesOptions = { pageEntries: 1_000_000, pages: 100, exported: 100_000 };

export interface PagesReport {
  /** Milliseconds of one page of 25 over GraphQL, recorded as a read, by filter. */
  pageMs: Record<string, Summary>;
  exportedPerSecond: { jsonLines: number; csvWithPaths: number };
  verifierPerSecond: { jsonLines: number; csvWithPaths: number };
  wrong: number;
}

const PAGE = 'query ($filter: AuditFilter, $after: String) { auditEvents(filter: $filter, after: $after) { nodes { id action before after } pageInfo { endCursor hasNextPage } } }';
const ACTIONS = ['message.send', 'message.ingest', 'conversation.mark_read', 'order.create', 'session.refresh', 'audit.read', 'role.grant', 'api_key.create'];

/** Four months of one tenant. Hashes are of no consequence here. */
const FILL = `insert into compliance.audit_event (tenant_id, id, action, type, severity, outcome, occurred_at, actor_kind, actor_id, resource_type, resource_id,
    reason, correlation_id, ip, user_agent, before, after, source, position, previous, details_hash, salt, sealed_at)
  select $1::uuid, uuidv7(), ($4::text[])[1 + least(7, floor(-ln(random() + 1e-9) * 1.6))::int], case when n % 3 = 0 then 'DATA_READ' else 'DATA_WRITE' end,
    case when n % 20000 = 0 then 'CRITICAL' when n % 97 = 0 then 'WARNING' else 'INFO' end, case when n % 211 = 0 then 'DENIED' else 'SUCCESS' end,
    timestamptz '2026-09-01 00:00:00Z' + n * (interval '120 days' / $5::int), 'user', 'user_' || n % 500, case when n % 11 = 0 then 'Order' else 'Message' end,
    'msg_' || n % 200000, case when n % 211 = 0 then 'FORBIDDEN' end, 'request-' || n / 3, '198.51.100.' || n % 250, 'Mozilla/5.0 (X11; Linux x86_64)', null,
    jsonb_build_object('status', 'QUEUED', 'customer', 'Müller ' || n % 5000, 'note', md5((n % 40000)::text)), 'conversations',
    n - 1, case when n > 1 then decode(repeat('00', 32), 'hex') end, decode(repeat('00', 32), 'hex'), decode(repeat('00', 16), 'hex'), now()
  from generate_series($2::int, $3::int) n`;
const CHUNK = 50_000;

const FILTERS: [string, (n: number) => Record<string, unknown>][] = [
  ['none', () => ({})],
  ['one message', (n) => ({ resourceId: `msg_${(n * 7_919) % 200_000}` })],
  ['one actor', (n) => ({ actorId: `user_${n % 500}` })],
  ['one request', (n) => ({ correlationId: `request-${n * 97}` })],
  ['beginning of an action', (n) => ({ action: ['api_key.*', 'role.*', 'message.*'][n % 3] })],
  ['severity', (n) => ({ severities: [['CRITICAL'], ['WARNING', 'ERROR'], ['INFO']][n % 3] })],
  ['refusals of one actor', (n) => ({ outcome: 'DENIED', actorId: `user_${n % 500}` })],
  ['critical writes about orders in a month', () => ({ severities: ['CRITICAL'], type: 'DATA_WRITE', resourceType: 'Order', from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' })],
  ['words, rare', (n) => ({ text: `muller ${n % 5_000}` })],
  ['words, everywhere', () => ({ text: 'queued mozilla' })],
  ['words, in one in twenty', () => ({ text: 'role grant' })],
  ['words and refusals', (n) => ({ text: `forbidden muller ${n % 100}`, outcome: 'DENIED' })],
];

export async function measurePages({ pageEntries, pages, exported: size }: PagesOptions, say: (line: string) => void): Promise<PagesReport> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-export-'));
  const world = await LogWorld.open({ config: { dataDir: folder } });
  try {
    const pageMs = await measureFilters(world, pageEntries, pages, say);
    say(`exporting and verifying ${size} entries`);
    return { ...await measureExports(world, folder, size), pageMs };
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureFilters(world: LogWorld, entries: number, pages: number, say: (line: string) => void): Promise<PagesReport['pageMs']> {
  const tenant = newId();
  const actor = person(tenant, ['audit:read']);
  await grantTenant(world.admin, 'compliance', tenant, FULL);
  say(`filling a trail with ${entries} entries`);
  // A few of another tenant first, so that every month has its partition.
  await world.rows(FILL.replace('$3::int)', `$3::int, ${Math.ceil(entries / 10)})`), [newId(), 1, entries, ACTIONS, entries]);
  await world.rows('select compliance.ensure_audit_partitions()');
  for (let first = 1; first <= entries; first += CHUNK) await world.rows(FILL, [tenant, first, Math.min(first + CHUNK - 1, entries), ACTIONS, entries]);
  await world.rows('vacuum analyze compliance.audit_event');
  const pageMs: PagesReport['pageMs'] = {};
  for (const [name, filter] of FILTERS) {
    const times: number[] = [];
    let after: string | null = null;
    for (let index = -5; index < pages; index += 1) {
      const begun = performance.now();
      const { data, errors } = await world.subgraph.ask(PAGE, { filter: filter(index + 5), after: index % 2 === 0 ? null : after }, actor);
      const took = performance.now() - begun;
      if (errors) throw new Error(JSON.stringify(errors));
      // Every second page is the one after.
      after = (data?.['auditEvents'] as { pageInfo: { endCursor: string | null } }).pageInfo.endCursor;
      if (index >= 0) times.push(took);
    }
    pageMs[name] = summary(times, 1);
  }
  return pageMs;
}

async function measureExports(world: LogWorld, folder: string, size: number): Promise<Omit<PagesReport, 'pageMs'>> {
  const tenant = newId();
  const actor = person(tenant, ['audit:export']);
  for (let done = 0; done < size; done += 10_000) await world.seal(tenant, Math.min(10_000, size - done));
  await world.door.signCheckpoints(world.system);
  let wrong = 0;
  const measured = async (input: Record<string, unknown>): Promise<[number, number]> => {
    let begun = performance.now();
    const content = await exported(world, actor, input);
    const written = size / ((performance.now() - begun) / 1_000);
    const file = join(folder, 'export');
    writeFileSync(file, content);
    begun = performance.now();
    const { status } = spawnSync(process.execPath, [join(projectRoot, 'ops/verify-audit.mjs'), file]);
    if (status !== 0) wrong += 1;
    return [Math.round(written), Math.round(size / ((performance.now() - begun) / 1_000))];
  };
  const jsonLines = await measured({});
  const csv = await measured({ format: 'CSV', filter: { action: 'order.*' } });
  return { exportedPerSecond: { jsonLines: jsonLines[0], csvWithPaths: csv[0] }, verifierPerSecond: { jsonLines: jsonLines[1], csvWithPaths: csv[1] }, wrong };
}

export const pagesTable = ({ pageMs, exportedPerSecond, verifierPerSecond }: PagesReport, { pageEntries, exported: size }: PagesOptions): string[] => [
  ...Object.entries(pageMs).map(([name, { p50, p99 }]) => `page of ${pageEntries}: ${name.padEnd(40)} p50 ${p50}, p99 ${p99} ms`),
  `exported entries a second ${exportedPerSecond.jsonLines} as JSON Lines, ${exportedPerSecond.csvWithPaths} as CSV with a path each (${size} entries)`,
  `verifier entries a second ${verifierPerSecond.jsonLines} of JSON Lines, ${verifierPerSecond.csvWithPaths} of CSV with a path each`,
];
