// Exports: rows a second of a long list to each format, as a person asks for them, beside the bare COPY of the same rows; and how memory grows.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { embeddedUrl } from '../../ops/postgres/embedded.url.js';
import { whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { decodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { ask, deliver, signIn } from '../kit/client.js';
import { startProduct } from '../kit/product.js';
import { machine, processUsage, round, watchOthers, type Machine } from './machine.facts.js';

export interface ExportOptions {
  rows: number;
  nodeArgs: string[];
}

export const EXPORT_DEFAULTS = { rows: 1_000_000 };
export const EXPORT_SMALL = { rows: 5_000 };
/** What a PDF takes. */
const PDF_ROWS = 50_000;
const FORMATS = ['CSV', 'JSON_LINES', 'XLSX', 'PDF'] as const;
/** Memory may grow by so much with the number of rows. */
const GROWTH_MB = 50;
/** What the larger exports are compared with: memory that any export takes, and a process that has only just started, is no row's. */
const [FEW, FEW_OF_PDF] = [50_000, 5_000];
const PATIENCE_MS = 2 * 3_600_000;
const CHUNK = 50_000;
/** Of a sign-in: an access token is good for ten minutes, and an export may take longer. */
const SIGNED_IN_MS = 5 * 60_000;
const LIST = 'query Messages($id: ID!) { conversation(id: $id) { messages { nodes { id seq direction type text status createdAt } } } }';
const COLUMNS = 'id, seq, direction, type, text, status, created_at';

interface Measured {
  format: (typeof FORMATS)[number];
  rows: number;
  seconds: number;
  rowsPerSecond: number;
  /** Of that, until every row was read. */
  readSeconds: number;
  megabytes: number;
  /** Most resident memory while it ran. */
  peakMB: number | null;
  /** So much more than while a twentieth of it was exported; of a PDF, a tenth. */
  growthMB: number | null;
}

export interface ExportReport {
  machine: Machine;
  rows: number;
  copy: { seconds: number; rowsPerSecond: number };
  /** So much the process grew when it exported all rows for the first time since it was started. */
  firstMB: number | null;
  formats: Measured[];
  othersCpuShare: number | null;
}

export async function benchExport(code: string, { rows, nodeArgs }: ExportOptions, say: (line: string) => void): Promise<ExportReport> {
  const facts = machine();
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  try {
    const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps', '--expose-gc', '--import', join(code, 'test/bench/gc.signal.js'), ...nodeArgs] });
    const admin = new Client({ connectionString: await embeddedUrl(dataDir) ?? '' });
    try {
      await admin.connect();
      const owner = signedIn(product.url);
      const sizes = [rows, Math.min(rows / 20, FEW), Math.min(rows, PDF_ROWS), Math.min(rows / 10, FEW_OF_PDF)];
      const ids: string[] = [];
      for (const number of sizes.keys()) ids.push(await conversation(product.url, await owner(), `1555000000${number}`));
      const [all = '', few = '', allOfPdf = '', fewOfPdf = ''] = ids;
      say(`writing ${rows} messages`);
      await admin.query(`set session_replication_role = 'replica'`);
      await admin.query('set synchronous_commit = off');
      await withoutWords(admin, async () => {
        // One is there already.
        for (const [number, id] of ids.entries()) await fill(admin, id, (sizes[number] ?? 1) - 1);
      });
      await admin.query('vacuum analyze conversations.message');
      const copy = await bareCopy(admin, all);
      const others = watchOthers([process.pid, product.pid]);
      const formats: Measured[] = [];
      // What comes once is no row's: code, connections, and the heap that V8 gives a process which has worked for minutes.
      const before = await settled(product.pid);
      const { peakMB } = await measured(product, owner, all, 'CSV', say);
      const first = peakMB === null || before === null ? null : Math.round(peakMB - before);
      for (const format of FORMATS) {
        const smaller = await measured(product, owner, format === 'PDF' ? fewOfPdf : few, format, say);
        const whole = await measured(product, owner, format === 'PDF' ? allOfPdf : all, format, say);
        formats.push({ ...whole, growthMB: whole.peakMB === null || smaller.peakMB === null ? null : Math.max(0, whole.peakMB - smaller.peakMB) });
      }
      return { machine: facts, rows, copy: { seconds: round(copy, 2), rowsPerSecond: Math.round(rows / copy) }, firstMB: first, formats, othersCpuShare: others() };
    } finally {
      await admin.end();
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Tokens of the owner, the same as long as it is good. */
function signedIn(url: string): () => Promise<string> {
  let [token, since] = [signIn(url, 'owner@demo.test'), performance.now()];
  return () => {
    if (performance.now() - since > SIGNED_IN_MS) [token, since] = [signIn(url, 'owner@demo.test'), performance.now()];
    return token;
  };
}

/** Somebody writes: the API id of what they began. */
async function conversation(url: string, token: string, from: string): Promise<string> {
  await deliver(url, whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from, name: from, id: `wamid.${from}`, text: from }));
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100)) {
    const { conversations } = await ask<{ conversations: { nodes: { id: string; contact: { name: string } | null }[] } }>(url, '{ conversations(first: 100) { nodes { id contact { name } } } }', {}, token);
    const found = conversations.nodes.find(({ contact }) => contact?.name === from);
    if (found) return found.id;
  }
  throw new Error(`What ${from} wrote did not arrive.`);
}

/** As many more messages, without a word of them to anybody. */
async function fill(admin: Client, id: string, rows: number): Promise<void> {
  const uuid = decodeId('conv', id);
  for (let first = 1; first <= rows; first += CHUNK) {
    await admin.query(`insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, external_id, sent_at, created_at)
      select m.tenant_id, uuidv7(), m.conversation_id, m.inbox_id, 100 + n, 'INBOUND', 'TEXT', 'Message number ' || n || ' of a long conversation', 'RECEIVED', m.author_kind, m.author_id, m.conversation_id || '/' || n,
        now() - ($3::int - n) * interval '2 seconds', now() from generate_series($1::int, $2::int) n,
        (select * from conversations.message where conversation_id = $4 and direction = 'INBOUND' order by seq limit 1) m`, [first, Math.min(rows, first + CHUNK - 1), rows, uuid]);
  }
  await admin.query('update conversations.conversation set last_seq = 100 + $2, inbound_count = $2 where id = $1', [uuid, rows]);
}

/** Words of a million messages are indexed faster when all of them are there. */
async function withoutWords(admin: Client, work: () => Promise<void>): Promise<void> {
  const { rows: indexes } = await admin.query<{ name: string; made: string }>(`select indexname as name, indexdef as made from pg_indexes where schemaname = 'conversations' and tablename = 'message' and indexdef like '%USING gin%'`);
  for (const { name } of indexes) await admin.query(`drop index conversations.${name}`);
  await work();
  for (const { made } of indexes) await admin.query(made);
}

/** The same rows and columns out of the database, by the database, to nowhere. @returns seconds */
async function bareCopy(admin: Client, id: string): Promise<number> {
  const begun = performance.now();
  await admin.query(`copy (select ${COLUMNS} from conversations.message where conversation_id = '${decodeId('conv', id) ?? ''}' order by seq desc) to program 'cat > /dev/null' with (format csv)`);
  return (performance.now() - begun) / 1_000;
}

interface Export { id: string; state: string; rows: string; estimatedRows: string | null; sizeBytes: string | null; error: string | null }

async function measured(product: { url: string; pid: number }, owner: () => Promise<string>, id: string, format: Measured['format'], say: (line: string) => void): Promise<Omit<Measured, 'growthMB'>> {
  const before = await settled(product.pid);
  const begun = performance.now();
  const { exportCreate } = await ask<{ exportCreate: { export: { id: string } | null; userErrors: unknown[] } }>(
    product.url, 'mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } userErrors { message } } }',
    { input: { operation: LIST, variables: { id }, format, idempotencyKey: newId() } }, await owner());
  if (!exportCreate.export) throw new Error(JSON.stringify(exportCreate.userErrors));
  let [most, readSeconds]: [number, number | null] = [before ?? 0, null];
  for (;;) {
    const one = (await ask<{ export: Export }>(product.url, 'query ($id: ID!) { export(id: $id) { id state rows estimatedRows sizeBytes error } }', { id: exportCreate.export.id }, await owner())).export;
    most = Math.max(most, processUsage(product.pid)?.rssMB ?? 0);
    const seconds = (performance.now() - begun) / 1_000;
    if (one.estimatedRows !== null) readSeconds ??= seconds;
    if (one.state === 'READY') {
      const rows = Number(one.rows);
      say(`${format}: ${rows} rows in ${round(seconds, 1)} s; ${before === null ? '?' : Math.round(before)} MB resident before, at most ${Math.round(most)} meanwhile`);
      return {
        format, rows, seconds: round(seconds, 1), rowsPerSecond: Math.round(rows / seconds), readSeconds: round(readSeconds ?? seconds, 1), megabytes: round(Number(one.sizeBytes) / 1e6, 1),
        peakMB: before === null ? null : Math.round(most),
      };
    }
    if (one.state !== 'QUEUED' && one.state !== 'RUNNING') throw new Error(`The export to ${format} is ${one.state}: ${String(one.error)}`);
    if (seconds * 1_000 > PATIENCE_MS) throw new Error(`The export to ${format} was not ready in time, at ${one.rows} rows.`);
    await sleep(250);
  }
}

/** Resident memory after its garbage was collected. */
async function settled(pid: number): Promise<number | null> {
  process.kill(pid, 'SIGUSR2');
  await sleep(1_000);
  return processUsage(pid)?.rssMB ?? null;
}

export const exportFailed = ({ formats, rows }: ExportReport): boolean =>
  formats.some(({ growthMB, format, rows: written }) => written < (format === 'PDF' ? Math.min(rows, PDF_ROWS) : rows) || (growthMB ?? 0) > GROWTH_MB);

export function exportTable({ rows, copy, firstMB, formats, othersCpuShare }: ExportReport): string[] {
  return [
    `${rows} messages of one conversation, seven columns; others used ${othersCpuShare ?? '?'} of the cores`,
    `the first export since the start made the process ${firstMB ?? '?'} MB larger`,
    `${'COPY'.padEnd(12)} ${copy.rowsPerSecond} rows/s (${copy.seconds} s)`,
    ...formats.map(({ format, rows: written, seconds, rowsPerSecond, readSeconds, megabytes, peakMB, growthMB }) =>
      `${format.padEnd(12)} ${rowsPerSecond} rows/s (${written} in ${seconds} s, ${readSeconds} s of them reading), ${megabytes} MB; at most ${peakMB ?? '?'} MB resident, ${growthMB ?? '?'} more than for ${format === 'PDF' ? 'a tenth' : 'a twentieth'} of it`),
  ];
}
