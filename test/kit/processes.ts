// The product as seven processes with five databases, as roles run it: one subgraph each, the workers, the gateway.
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { startMetaGraphStandIn } from '../../ops/standins/meta-graph.js';
import { definitions } from '../../ops/composition.js';
import { DEMO_CONTACT, DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { signIn, deliver } from './client.js';
import { testServerUrl } from './database.js';
import type { GraphAnswer, TestPlatform } from './platform.js';
import { exitWithin, type Exit } from './product.js';
import { TEST_MASTER_KEY } from './subgraph.js';

export interface RoleProcess {
  role: string;
  pid: number;
  url: string;
  child: ChildProcess;
  exited: Promise<Exit>;
  /** The last of what it printed. */
  printed(): string;
}

export interface ProcessesOptions {
  /** Folder of the compiled sources. */
  code: string;
  /** Queues and bus on Redis; both on PostgreSQL when absent. */
  redisUrl?: string;
  /** Superuser URL of the PostgreSQL; the one of the test run when absent. */
  serverUrl?: string;
  /** Further settings of every role. */
  env?: Record<string, string>;
  /** The subgraphs that run; all when absent. The databases of the others are there, and nobody serves them. */
  running?: readonly string[];
  /** Where the gateway finds a subgraph, when not at its own URL: a line that can be cut. */
  wayTo?: (subgraph: string, url: string) => Promise<string>;
}

export interface Processes extends Pick<TestPlatform, 'url' | 'wsUrl' | 'standIn' | 'ask' | 'signIn' | 'deliver' | 'stop'> {
  /** By role, e.g. `subgraph:commerce`: the process that was started last. */
  roles: Map<string, RoleProcess>;
  /** Every process that was started, in order. */
  started: readonly RoleProcess[];
  /** Superuser URL of a subgraph's database. */
  databaseUrl(subgraph: string): string;
  /**
   * Another process of the role, with the same settings on the same port, once it is ready; as a supervisor or a rollout starts it.
   * The one before must have ended, unless `env` says PORT_SHARED for both, or `also` another PORT.
   * @param also further settings of this one process
   */
  start(role: string, also?: Record<string, string>): Promise<RoleProcess>;
}

/** The port of a subgraph that does not run: nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const READY_MS = 180_000;
const STOP_MS = 20_000;

/** Starts one role and waits for its ready line; a one-shot role is waited for to its end. @throws with what it printed */
export async function startRole(code: string, role: string, env: Record<string, string>): Promise<RoleProcess> {
  const child = spawn(process.execPath, ['--enable-source-maps', join(code, 'ops/cli/up.js'), '--role', role], {
    stdio: ['ignore', 'pipe', 'pipe'], // Dozens of starts of the same code: compiling it once is enough.
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(code, 'compile-cache'), PORT: '0', NODE_ENV: 'test', LOG_LEVEL: 'error', ...env },
  });
  const exited = new Promise<Exit>((resolve) => { child.once('exit', (exitCode, signal) => resolve({ code: exitCode, signal })); });
  let text = '';
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => { child.kill('SIGKILL'); reject(new Error(`${role} was not ready in time:\n${text}`)); }, READY_MS);
    const read = (chunk: string): void => {
      text = `${text}${chunk}`.slice(-20_000);
      const ready = /^ready (http:\/\/[^/\s]+)/m.exec(text)?.[1];
      if (ready) { clearTimeout(timer); resolve(ready); }
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', read);
    void exited.then(({ code: exitCode }) => {
      clearTimeout(timer);
      if (exitCode === 0) resolve('');
      else reject(new Error(`${role} ended with ${String(exitCode)}:\n${text}`));
    });
  });
  return { role, pid: child.pid ?? 0, url, child, exited, printed: () => text };
}

export async function bootProcesses({ code, redisUrl, serverUrl = testServerUrl(), env = {}, wayTo = async (_name, url) => url, running }: ProcessesOptions): Promise<Processes> {
  const run = randomBytes(4).toString('hex');
  const names = definitions.map((definition) => definition.name);
  const urlOf = (name: string): string => {
    const url = new URL(serverUrl);
    url.pathname = `/roles_${run}_${name}`;
    return url.href;
  };
  const asAdmin = async (statement: (name: string) => string): Promise<void> => {
    const admin = new Client({ connectionString: serverUrl });
    await admin.connect();
    for (const name of names) await admin.query(statement(name));
    await admin.end();
  };
  await asAdmin((name) => `create database roles_${run}_${name}`);
  const standIn = await startMetaGraphStandIn();
  const keys = generateKeyPairSync('ed25519');
  const shared = {
    ...env,
    ...Object.fromEntries(names.map((name) => [`${name.toUpperCase()}_DATABASE_URL`, urlOf(name)])),
    ...(redisUrl ? { REDIS_URL: redisUrl } : { BUS_URL: urlOf('identity') }),
    SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY, META_GRAPH_URL: standIn.url,
    SWITCHBOARD_ACTOR_PUBLIC_KEY: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
  const settings = new Map<string, Record<string, string>>();
  const roles = new Map<string, RoleProcess>();
  const started: RoleProcess[] = [];
  const start = async (role: string, also: Record<string, string> = {}): Promise<RoleProcess> => {
    const one = await startRole(code, role, { ...(settings.get(role) ?? shared), ...also });
    settings.set(role, { ...(settings.get(role) ?? shared), PORT: new URL(one.url).port });
    roles.set(role, one);
    started.push(one);
    return one;
  };
  await startRole(code, 'migrate', shared);
  await startRole(code, 'demo', shared);
  await Promise.all([...(running ?? names).map((name) => `subgraph:${name}`), 'workers'].map((role) => start(role)));
  const ways = await Promise.all(names.map(async (name) => [`${name.toUpperCase()}_URL`, await wayTo(name, roles.get(`subgraph:${name}`)?.url ?? NOWHERE)] as const));
  settings.set('gateway', {
    ...env, ...Object.fromEntries(ways), SWITCHBOARD_ACTOR_KEY: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  const { url } = await start('gateway');
  return {
    url, wsUrl: `${url.replace('http', 'ws')}/graphql`, standIn, roles, started, start, databaseUrl: urlOf,
    ask: async (query, variables = {}, accessToken) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST', body: JSON.stringify({ query, variables }),
        headers: { 'content-type': 'application/json', ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}) },
      });
      return await response.json() as GraphAnswer;
    },
    signIn: (email) => signIn(url, email),
    deliver: async (text, { from = DEMO_CONTACT.whatsappId, name = DEMO_CONTACT.name, id = `wamid.${randomBytes(8).toString('hex')}` } = {}) => {
      const status = await deliver(url, whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from, name, id, text }));
      return new Response(null, { status });
    },
    stop: async () => {
      // The gateway first: whoever asks it gets an answer until its last request is done.
      for (const { child, exited, role } of [...started].sort((a, b) => Number(b.role === 'gateway') - Number(a.role === 'gateway'))) {
        child.kill('SIGTERM');
        await exitWithin(exited, STOP_MS, `after ${role} got SIGTERM`);
      }
      await standIn.close();
      await asAdmin((name) => `drop database roles_${run}_${name} with (force)`);
    },
  };
}
