// What signing in costs those who are signed in, what a credential costs each call, and how many sessions a second are refreshed.
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { ask, operation, signIn } from '../kit/client.js';
import { databaseOf, openBackdoor, startProduct, type Product } from '../kit/product.js';
import { measureChecks, type CheckCosts } from './auth.checks.js';
import { openLoop, post, unsent, type Shot } from './load.js';
import { familyUsage, machine, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';

export interface AuthOptions {
  /** Sign-ins that run at any time of a loud phase, each of another account. */
  logins: number;
  /** Small queries a second of somebody who is signed in, in both phases. */
  perSecond: number;
  seconds: number;
  /** Of a quiet and a loud phase. */
  rounds: number;
  /** Sessions that refresh one after the other, side by side. */
  refreshers: number;
  nodeArgs: string[];
}

export const AUTH_DEFAULTS: AuthOptions = { logins: 20, perSecond: 50, seconds: 5, rounds: 3, refreshers: 8, nodeArgs: [] };

export interface AuthReport {
  machine: Machine;
  options: AuthOptions;
  /** Of the small query, from when it was due, in milliseconds: while nobody signs in, and while `logins` do. */
  quietMs: Summary;
  loudMs: Summary;
  loginMs: Summary;
  loginsPerSecond: number;
  refreshMs: Summary;
  refreshesPerSecond: number;
  /** From the answer to a logout until the socket of its session was closed, in milliseconds; negative when it was first. */
  revokedMs: Summary;
  cpuMs: { login: { node: number; postgres: number } | null; refresh: { node: number; postgres: number } | null };
  checks: CheckCosts;
  /** Answers that were not what they should be; sessions that were lost. */
  wrong: number;
  othersCpuShare: number | null;
}

const SMALL = JSON.stringify({ query: '{ viewer { user { displayName } } }' });
const SOCKETS = 128;
const REVOCATIONS = 20;
const PROMISED_MS = 1_000;
const FORBIDDEN = 4403;

export async function benchAuth(code: string, options: AuthOptions, say: (line: string) => void): Promise<AuthReport> {
  const facts = machine();
  say('checking credentials');
  const checks = await measureChecks();
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  try {
    const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps', ...options.nodeArgs] });
    try {
      await addAccounts(dataDir, Math.max(options.logins, options.refreshers));
      return { machine: facts, options, checks, ...await underLoad(product, dataDir, options, say) };
    } finally {
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const emailOf = (index: number): string => `bench${index}@demo.test`;

/** Attempts are counted by account, so that many sign-ins at once need many accounts. They share a demo account's hash. */
async function addAccounts(dataDir: string, count: number): Promise<void> {
  const client = await openBackdoor(dataDir);
  try {
    await client.query(`
      with one as (select a.password_hash, m.tenant_id from identity.account a join identity.membership m on m.user_id = a.id where a.email = 'agent@demo.test'),
      made as (
        insert into identity.account (id, email, password_hash, display_name, created_at)
        select gen_random_uuid(), 'bench' || n || '@demo.test', password_hash, 'Bench ' || n, now() from one, generate_series(0, $1::int - 1) n returning id, email, display_name
      )
      insert into identity.membership (tenant_id, user_id, display_name, email, status, created_at)
      select tenant_id, id, display_name, email, 'ACTIVE', now() from made, one`, [count]);
  } finally {
    await client.end();
  }
}

async function underLoad(product: Product, dataDir: string, options: AuthOptions, say: (line: string) => void): Promise<Omit<AuthReport, 'machine' | 'options' | 'checks'>> {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  const url = `${product.url}/graphql`;
  const databasePid = databaseOf(dataDir)?.pid ?? 0;
  const cpu = () => ({ node: processUsage(product.pid)?.cpuSeconds ?? null, postgres: familyUsage(databasePid)?.cpuSeconds ?? null });
  let wrong = 0;

  const login = async (index: number): Promise<string> => {
    const answer = await post(url, agent, JSON.stringify({ query: operation('login'), variables: { input: { email: emailOf(index), password: DEMO_PASSWORD } } }));
    const refreshToken = /"refreshToken":"([^"]+)"/.exec(answer?.body ?? '')?.[1];
    if (refreshToken === undefined) wrong += 1;
    return refreshToken ?? '';
  };
  const token = await signIn(product.url, 'agent@demo.test');
  const small = async (): Promise<Shot[]> => {
    const shots = Array.from({ length: options.perSecond * options.seconds }, unsent);
    await openLoop(shots, options.perSecond, () => post(url, agent, SMALL, { authorization: `Bearer ${token}` }));
    wrong += shots.filter(({ status }) => status !== 200).length;
    return shots;
  };
  const took = (shots: readonly Shot[]): number[] => shots.flatMap(({ dueAt, answeredAt }) => (answeredAt === null ? [] : [answeredAt - dueAt]));
  /** Each asker one after the other until `over`. */
  const until = async (askers: number, over: () => boolean, ask: (index: number) => Promise<void>): Promise<number[]> => {
    const times: number[] = [];
    await Promise.all(Array.from({ length: askers }, async (_none, index) => {
      while (!over()) {
        const begun = performance.now();
        await ask(index);
        times.push(performance.now() - begun);
      }
    }));
    return times;
  };
  const each = (before: ReturnType<typeof cpu>, count: number) => {
    const after = cpu();
    if (before.node === null || before.postgres === null || after.node === null || after.postgres === null || count === 0) return null;
    return { node: round(1000 * (after.node - before.node) / count, 2), postgres: round(1000 * (after.postgres - before.postgres) / count, 2) };
  };

  say('warming up');
  await small();
  await until(options.logins, () => true, async (index) => { await login(index); });
  const others = watchOthers([product.pid, databasePid]);
  const [quiet, loud, logins]: [number[], number[], number[]] = [[], [], []];
  let loginSeconds = 0;
  for (let index = 0; index < options.rounds; index += 1) {
    say(`round ${index + 1} of ${options.rounds}`);
    quiet.push(...took(await small()));
    let over = false;
    const begun = performance.now();
    const signing = until(options.logins, () => over, async (asker) => { await login(asker); });
    loud.push(...took(await small()));
    over = true;
    logins.push(...await signing);
    loginSeconds += (performance.now() - begun) / 1000;
  }
  say('signing in alone, for its CPU time');
  const beforeLogins = cpu();
  const loginEnd = performance.now() + options.seconds * 1000;
  const alone = await until(4, () => performance.now() > loginEnd, async (asker) => { await login(asker); });
  const loginCpu = each(beforeLogins, alone.length);

  say('signing out with an open socket');
  const revoked: number[] = [];
  for (let index = 0; index < REVOCATIONS; index += 1) {
    const { ms, code } = await revocation(product, await signIn(product.url, emailOf(index % options.logins)));
    revoked.push(ms);
    if (code !== FORBIDDEN) wrong += 1;
  }

  say('refreshing');
  const newest = await Promise.all(Array.from({ length: options.refreshers }, (_none, index) => login(index)));
  const beforeRefreshes = cpu();
  const [begun, end] = [performance.now(), performance.now() + options.seconds * 1000];
  const refreshes = await until(options.refreshers, () => performance.now() > end, async (index) => {
    const answer = await post(url, agent, JSON.stringify({ query: operation('session-refresh'), variables: { input: { refreshToken: newest[index] } } }));
    const next = /"refreshToken":"([^"]+)"/.exec(answer?.body ?? '')?.[1];
    if (next === undefined || next === newest[index]) wrong += 1;
    newest[index] = next ?? '';
  });
  const refreshSeconds = (performance.now() - begun) / 1000;
  const refreshCpu = each(beforeRefreshes, refreshes.length);
  const report = {
    quietMs: summary(quiet), loudMs: summary(loud), loginMs: summary(logins), loginsPerSecond: round(logins.length / loginSeconds, 1),
    refreshMs: summary(refreshes), refreshesPerSecond: round(refreshes.length / refreshSeconds, 1), revokedMs: summary(revoked),
    cpuMs: { login: loginCpu, refresh: refreshCpu }, wrong, othersCpuShare: others(),
  };
  agent.destroy();
  return report;
}

/** One session's socket, and how long it outlives the session. */
async function revocation(product: Product, token: string): Promise<{ ms: number; code: number }> {
  const socket = new WebSocket(product.wsUrl, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await once(socket, 'message');
  const closed = once(socket, 'close').then(([closeCode]) => ({ at: performance.now(), closeCode: Number(closeCode) }));
  await ask(product.url, 'mutation { logout(input: {}) { sessionsEnded } }', {}, token);
  const answered = performance.now();
  const { at, closeCode } = await closed;
  return { ms: at - answered, code: closeCode };
}

/** Waiting is a finding; a wrong answer, and a socket that outlives its session for longer than promised, are failures. */
export const authFailed = ({ wrong, revokedMs }: AuthReport): boolean => wrong > 0 || revokedMs.max > PROMISED_MS;

export function authTable(report: AuthReport): string[] {
  const { options: { logins, perSecond, refreshers }, checks, cpuMs } = report;
  const line = (name: string, { n, p50, p99, max }: Summary, unit = 'ms'): string => `${name.padEnd(46)} n ${n}  p50 ${p50} ${unit}  p99 ${p99} ${unit}  max ${max} ${unit}`;
  const spent = (of: { node: number; postgres: number } | null): string => (of ? `node ${of.node}, PostgreSQL ${of.postgres}` : 'unknown');
  return [
    line(`small query, ${perSecond} a second, nobody signs in`, report.quietMs),
    line(`small query while ${logins} sign in`, report.loudMs),
    `${line(`login, ${logins} at a time`, report.loginMs)}  ${report.loginsPerSecond} a second`,
    `${line(`refresh, ${refreshers} at a time`, report.refreshMs)}  ${report.refreshesPerSecond} a second`,
    `${line('logout answered to its socket closed', report.revokedMs)}  (promised: ${PROMISED_MS} ms)`,
    `CPU ms of one login: ${spent(cpuMs.login)}; of one refresh: ${spent(cpuMs.refresh)}`,
    line('check of a token seen before, at the gateway', checks.knownToken, 'us'),
    line('check of an API key seen before', checks.knownKey, 'us'),
    line('check of a token never seen, signature included', checks.newToken, 'us'),
    `wrong answers or lost sessions: ${report.wrong}; all other programs meanwhile: ${report.othersCpuShare ?? 'unknown'} of a core`,
  ];
}
