// Lists of conversations, their filters, unread marks and searches in a large tenant: through the service under row-level security, beside the bare statement, with the indexes each used.
import { Client } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import type { ConversationsServices } from '../../subgraphs/conversations/services.js';
import { bootSubgraph, person, type TestSubgraph } from '../kit/subgraph.js';
import { readBy, type Reads } from '../kit/plans.js';
import { familyUsage, machine, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';
import { LIST_CASES, type ListCase } from './list.cases.js';
import { seed, type Seeded } from './list.seed.js';
import { withPostgres } from './postgres.js';

export interface ListOptions {
  conversations: number;
  /** Asked of each kind. */
  pages: number;
  /** Of each kind of insert. */
  inserts: number;
}
export const LIST_DEFAULTS: ListOptions = { conversations: 400_000, pages: 200, inserts: 3_000 };
export const LIST_SMALL: ListOptions = { conversations: 4_000, pages: 20, inserts: 300 };

const TO_REACH_MS = 50;

interface Measured {
  /** Milliseconds of a page of 25 through the service. */
  page: Summary;
  /** Of the statement that somebody would write, by a login that bypasses row-level security. */
  bare: Summary | null;
  /** CPU time of a page, which depends less on what else runs. */
  cpuMs: { node: number; postgres: number };
  /** Rows of the last page. */
  rows: number;
  indexes: string[];
  scanned: Reads['scanned'];
}
export interface ListReport {
  machine: Machine;
  options: ListOptions;
  messages: number;
  cases: Record<string, Measured>;
  /** Microseconds of one message that is inserted. */
  insertUs: { plain: number; withWords: number; withIndex: number };
  gigabytes: { messages: number; wordIndex: number };
  wrong: number;
  othersCpuShare: number | null;
}

export async function benchList(options: ListOptions, say: (line: string) => void): Promise<ListReport> {
  const facts = machine();
  return withPostgres(async (databasePid) => {
    const others = watchOthers([process.pid, databasePid]);
    const subgraph = await bootSubgraph(conversations);
    const admin = new Client({ connectionString: subgraph.database.adminUrl });
    await admin.connect();
    try {
      const world = await seed(admin, options.conversations, say);
      const cases: ListReport['cases'] = {};
      for (const one of LIST_CASES) {
        const measured = await measure(subgraph, admin, world, one, { pages: options.pages, databasePid });
        cases[one.name] = measured;
        say(caseLine(one.name, measured));
      }
      const { rows: [size] } = await admin.query<{ messages: string; index: string }>(`select pg_table_size('conversations.message') as messages, pg_relation_size('conversations.message_words') as index`);
      const gigabytes = { messages: round(Number(size?.messages) / 2 ** 30, 2), wordIndex: round(Number(size?.index) / 2 ** 30, 2) };
      const wrong = LIST_CASES.filter(({ name, least }) => (cases[name]?.rows ?? 0) < least).length;
      return { machine: facts, options, messages: world.messages, cases, gigabytes, insertUs: await measureInserts(admin, world, options.inserts), wrong, othersCpuShare: others() };
    } finally {
      await admin.end();
      await subgraph.close();
    }
  });
}

const PAGE = `query ($first: Int, $after: String, $filter: ConversationFilter, $sort: ConversationSort) { conversations(first: $first, after: $after, filter: $filter, sort: $sort) {
  nodes { id displayNumber status unreadCount lastActivityAt contact { id name } inbox { id name } lastMessage { id text } } pageInfo { endCursor hasNextPage } } }`;

async function measure(subgraph: TestSubgraph<ConversationsServices>, admin: Client, world: Seeded, one: ListCase, { pages, databasePid }: { pages: number; databasePid: number }): Promise<Measured> {
  const actor = person(world.tenant, ['conversation:read'], one.reader?.(world) ?? newId());
  const [page, bare]: [number[], number[]] = [[], []];
  let rows = 0;
  let after: string | null = null;
  const cpu = () => ({ node: processUsage(process.pid)?.cpuSeconds ?? Number.NaN, postgres: familyUsage(databasePid)?.cpuSeconds ?? Number.NaN });
  let before = cpu();
  for (let turn = -10; turn < pages; turn += 1) {
    if (turn === 0) before = cpu();
    const variables = one.variables(world, turn + 10);
    const begun = performance.now();
    // Every second page is the one after.
    const { data, errors } = await subgraph.ask(one.query ?? PAGE, { ...(turn % 2 === 0 || after === null ? {} : { after }), ...variables }, actor);
    const took = performance.now() - begun;
    if (errors) throw new Error(`${one.name}: ${JSON.stringify(errors)}`);
    const found = Object.values(data ?? {})[0] as { count?: number; nodes?: unknown[]; pageInfo?: { endCursor: string | null } };
    if (turn % 2 === 0) rows = found.nodes?.length ?? found.count ?? 0;
    after = turn % 2 === 0 ? found.pageInfo?.endCursor ?? null : null;
    if (turn >= 0) page.push(took);
  }
  const spent = cpu();
  const each = (kind: 'node' | 'postgres'): number => round(1_000 * (spent[kind] - before[kind]) / pages, 1);
  for (let turn = -3; one.bare && turn < Math.min(pages, one.bareTurns ?? pages); turn += 1) {
    const { text, values } = one.bare(world, turn + 3);
    const begun = performance.now();
    await admin.query({ text, values });
    if (turn >= 0) bare.push(performance.now() - begun);
  }
  const reads = await subgraph.running.database.inScope({ ...tenantScope(world.tenant), user: actor.sub }, (tx) =>
    readBy(tx, 'conversations', () => one.run(tx, world, actor.sub ?? '')));
  return { page: summary(page), cpuMs: { node: each('node'), postgres: each('postgres') }, bare: bare.length > 0 ? summary(bare) : null, rows, indexes: Object.keys(reads.indexes), scanned: reads.scanned };
}

/** One message a statement, in one transaction a hundred: with words and their index, with words alone, without. */
async function measureInserts(admin: Client, { tenant }: Seeded, inserts: number): Promise<ListReport['insertUs']> {
  const { rows: [held] } = await admin.query<{ id: string; inbox: string }>('select id, inbox_id as inbox from conversations.conversation where tenant_id = $1 limit 1', [tenant]);
  let seq = 100;
  const timed = async (): Promise<number> => {
    let spent = 0;
    for (let n = -100; n < inserts; n += 1) {
      if (n % 100 === 0) await admin.query('begin');
      seq += 1;
      const words = Array.from({ length: 10 }, () => `w${Math.floor(Math.exp(Math.random() * Math.log(20_000)))}`).join(' ');
      const begun = performance.now();
      await admin.query({ name: 'insert', text: `insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, external_id, sent_at, created_at)
        values ($1, $2, $3, $4, $5, 'INBOUND', 'TEXT', $6, 'RECEIVED', 'CONTACT', $2, $7, now(), now())`, values: [tenant, newId(), held?.id, held?.inbox, seq, words, `insert-${seq}`] });
      if (n >= 0) spent += performance.now() - begun;
      if (n % 100 === 99 || n === -1) await admin.query('commit');
    }
    return Math.round(1_000 * spent / inserts);
  };
  const withIndex = await timed();
  await admin.query('drop index conversations.message_words');
  const withWords = await timed();
  await admin.query('alter table conversations.message drop column words');
  return { plain: await timed(), withWords, withIndex };
}

export const listFailed = ({ cases, wrong }: ListReport): boolean => wrong > 0 || Object.values(cases).some(({ scanned }) => Object.keys(scanned).length > 0);

const caseLine = (name: string, { page, cpuMs, bare, rows, indexes }: Measured): string =>
  `${name.padEnd(44)} p50 ${page.p50}, p99 ${page.p99} ms${page.p99 > TO_REACH_MS ? ' (too slow)' : ''}; CPU ${cpuMs.node} + ${cpuMs.postgres}; bare ${bare ? `${bare.p50}, ${bare.p99}` : '-'}; ${rows} rows; ${indexes.join(', ')}`;

export function listTable({ options, messages, cases, insertUs, gigabytes, wrong, othersCpuShare }: ListReport): string[] {
  return [
    `${options.conversations} conversations and ${messages} messages in one tenant (${gigabytes.messages} GB, words indexed in ${gigabytes.wordIndex} GB), ${options.pages} pages of each; other programs kept ${othersCpuShare ?? '?'} cores busy`,
    ...Object.entries(cases).map(([name, measured]) => [caseLine(name, measured), ...Object.entries(measured.scanned).map(([table, read]) => `  SEQUENTIAL SCAN of ${table}: ${read} rows`)].join('\n')),
    `to reach: p99 under ${TO_REACH_MS} ms; missed by ${Object.values(cases).filter(({ page }) => page.p99 > TO_REACH_MS).length} of ${Object.keys(cases).length}; ${wrong} found too little`,
    `one message inserted: ${insertUs.plain} us without words, ${insertUs.withWords} us with, ${insertUs.withIndex} us with their index (${round(insertUs.withIndex / insertUs.plain, 2)} times)`,
  ];
}
