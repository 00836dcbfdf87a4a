// What row-level security costs: the same list and point queries over the product's own tables as a login that it holds, and as one that bypasses it.
import { Client } from 'pg';
import { migrationSets } from '../../ops/composition.js';
import { scopeStatement, tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { createTestDatabase } from '../kit/database.js';
import { machine, median, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';
import { withPostgres } from './postgres.js';

export interface RlsOptions {
  rows: number;
  tenants: number;
  rounds: number;
  /** Of each query and login in one round. */
  queries: number;
}
export const RLS_DEFAULTS: RlsOptions = { rows: 1_000_000, tenants: 20, rounds: 30, queries: 200 };

/** More than this, in the medians of time or of CPU, is a failure. */
const MOST_PERCENT = 10;
const MESSAGES_EACH = 50;

type Login = 'held' | 'bypassing';
interface Cost { ms: Summary; cpuMicroseconds: number }
export interface RlsReport {
  machine: Machine;
  options: RlsOptions;
  queries: Record<string, Record<Login, Cost> & { addedMsPercent: number; addedCpuPercent: number }>;
  /** Queries whose two logins did not get the same rows, or any. */
  wrong: number;
  othersCpuShare: number | null;
}

const tenantOf = (n: number): string => `01930000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const conversationOf = (n: number): string => `01940000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const messageOf = (n: number): string => `01950000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** The statements of `node(id)`, of a conversation's messages and of the inbox, which name the tenant themselves too. */
const QUERIES: Record<string, (conversation: number, tenant: string) => { text: string; values: unknown[] }> = {
  'message by id': (conversation, tenant) => ({
    text: 'select * from conversations.message where tenant_id = $1 and id = $2', values: [tenant, messageOf(conversation * MESSAGES_EACH + 7)],
  }),
  'messages of a conversation': (conversation, tenant) => ({
    text: 'select * from conversations.message where tenant_id = $1 and conversation_id = $2 order by seq desc limit 26', values: [tenant, conversationOf(conversation)],
  }),
  'conversations, newest first': (_conversation, tenant) => ({
    text: 'select * from conversations.conversation where tenant_id = $1 order by last_activity_at desc, id desc limit 26', values: [tenant],
  }),
};

export async function benchRls(options: RlsOptions, say: (line: string) => void): Promise<RlsReport> {
  const facts = machine();
  return withPostgres(async () => {
    const database = await createTestDatabase(migrationSets().filter(({ schema }) => schema === 'conversations'));
    say(`writing ${options.rows} messages of ${options.tenants} tenants`);
    await fill(database.adminUrl, options);
    const logins: [Login, Client][] = [['held', new Client(database.urls.app['conversations'])], ['bypassing', new Client(database.urls.system)]];
    for (const [, client] of logins) await client.connect();
    const others = watchOthers([process.pid, ...await Promise.all(logins.map(([, client]) => pidOf(client)))]);
    const measured = await measure(logins, options, say);
    for (const [, client] of logins) await client.end();
    return { machine: facts, options, ...measured, othersCpuShare: others() };
  });
}

async function fill(adminUrl: string, { rows, tenants }: RlsOptions): Promise<void> {
  const admin = new Client(adminUrl);
  await admin.connect();
  const conversations = Math.ceil(rows / MESSAGES_EACH);
  const id = (kind: string, n: string): string => `('${kind}0000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
  const tenant = id('0193', `c % ${tenants}`);
  // Foreign keys do not look: contacts and inboxes are read by nothing here.
  await admin.query(`set session_replication_role = 'replica'`);
  await admin.query(`insert into conversations.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, last_seq, last_activity_at, created_at)
    select ${tenant}, ${id('0194', 'c')}, ${id('0196', `c % ${tenants}`)}, ${id('0197', 'c')}, c, 'OPEN', ${MESSAGES_EACH}, now() - make_interval(secs => c), now() from generate_series(0, ${conversations - 1}) c`);
  await admin.query(`insert into conversations.message (tenant_id, id, conversation_id, inbox_id, seq, direction, type, text, status, author_kind, author_id, sent_at, created_at)
    select ${tenant}, ${id('0195', `c * ${MESSAGES_EACH} + s`)}, ${id('0194', 'c')}, ${id('0196', `c % ${tenants}`)}, s + 1, 'INBOUND', 'TEXT', 'A message as people write them, number ' || s, 'RECEIVED', 'CONTACT', ${id('0197', 'c')}, now(), now()
    from generate_series(0, ${conversations - 1}) c, generate_series(0, ${MESSAGES_EACH - 1}) s`);
  await admin.query('vacuum analyze');
  await admin.query('checkpoint');
  await admin.end();
}

const pidOf = async (client: Client): Promise<number> => (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;

async function measure(logins: [Login, Client][], { rows, tenants, rounds, queries }: RlsOptions, say: (line: string) => void): Promise<Pick<RlsReport, 'queries' | 'wrong'>> {
  const conversations = Math.ceil(rows / MESSAGES_EACH);
  const report: RlsReport['queries'] = {};
  let wrong = 0;
  for (const [name, query] of Object.entries(QUERIES)) {
    say(name);
    const times: Record<Login, number[]> = { held: [], bypassing: [] };
    const cpu: Record<Login, number> = { held: 0, bypassing: 0 };
    for (let turn = -1; turn < rounds; turn += 1) {
      const picked = Array.from({ length: queries }, () => Math.floor(Math.random() * conversations));
      const got: string[] = [];
      // Who is first changes: what one reads is in memory for the other. The first turn warms up.
      for (const [login, client] of turn % 2 === 0 ? logins : logins.toReversed()) {
        const pid = await pidOf(client);
        const before = processUsage(pid)?.cpuSeconds ?? Number.NaN;
        const taken: number[] = [];
        const hashes: string[] = [];
        for (const conversation of picked) {
          const tenant = tenantOf(conversation % tenants);
          const { text, values } = query(conversation, tenant);
          // As a request does it: the transaction and its scope in one round trip, then the prepared query.
          await client.query(`begin read only; ${scopeStatement(tenantScope(tenant))}`);
          const begun = performance.now();
          const { rows: found } = await client.query<{ id: string }>({ name, text, values });
          taken.push(performance.now() - begun);
          await client.query('commit');
          if (found.length === 0) wrong += 1;
          hashes.push(found.map(({ id }) => id).join());
        }
        got.push(hashes.join(';'));
        if (turn < 0) continue;
        times[login].push(...taken);
        cpu[login] += (processUsage(pid)?.cpuSeconds ?? Number.NaN) - before;
      }
      if (got[0] !== got[1]) wrong += 1;
    }
    const cost = (login: Login): Cost => ({ ms: summary(times[login], 3), cpuMicroseconds: Math.round(1e6 * cpu[login] / (rounds * queries)) });
    report[name] = {
      held: cost('held'), bypassing: cost('bypassing'), addedMsPercent: added(median(times.held), median(times.bypassing)), addedCpuPercent: added(cpu.held, cpu.bypassing),
    };
  }
  return { queries: report, wrong };
}

const added = (held: number, bypassing: number): number => round(100 * (held / bypassing - 1), 1);

export const rlsFailed = ({ queries, wrong }: RlsReport): boolean => wrong > 0 || Object.values(queries).some(({ addedMsPercent }) => addedMsPercent > MOST_PERCENT);

export function rlsTable({ options, queries, wrong, othersCpuShare }: RlsReport): string[] {
  return [
    `${options.rows} messages, ${options.tenants} tenants, ${options.rounds} rounds of ${options.queries} queries; other programs kept ${othersCpuShare ?? '?'} cores busy`,
    ...Object.entries(queries).map(([name, { held, bypassing, addedMsPercent, addedCpuPercent }]) =>
      `${name}: median ${bypassing.ms.p50} ms without, ${held.ms.p50} ms with (${addedMsPercent} %); CPU of the database ${bypassing.cpuMicroseconds} us, ${held.cpuMicroseconds} us (${addedCpuPercent} %)`),
    `to reach: at most ${MOST_PERCENT} % more time; ${wrong} wrong answers`,
  ];
}
