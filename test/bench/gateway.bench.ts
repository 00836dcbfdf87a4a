// The same operations on the same data through our gateway, Apollo's own, and one schema without federation, in turns.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../ops/postgres/server.js';
import { generateActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { operation } from '../kit/client.js';
import { databaseOf } from '../kit/product.js';
import { startChild, type Child } from './child.js';
import type { Variant, VariantSettings } from './gateway.variant.js';
import { prepareWorld } from './gateway.world.js';
import { closedLoop, post } from './load.js';
import { familyUsage, machine, median, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';

export interface GatewayOptions {
  rounds: number;
  conversations: number;
  askers: number;
  /** Passed to the node of every variant, e.g. `--cpu-prof`. */
  nodeArgs: string[];
}

export const GATEWAY_DEFAULTS: GatewayOptions = { rounds: 5, conversations: 300, askers: 16, nodeArgs: [] };

/** Beside what each is compared with: the stock variant that reaches subgraphs the same way. */
const VARIANTS: Readonly<Record<Variant, Variant>> = {
  'ours, in process': 'stock, LocalGraphQLDataSource',
  'ours, over HTTP': 'stock, RemoteGraphQLDataSource',
  'stock, LocalGraphQLDataSource': 'stock, LocalGraphQLDataSource',
  'stock, RemoteGraphQLDataSource': 'stock, RemoteGraphQLDataSource',
  'one schema, no federation': 'stock, LocalGraphQLDataSource',
};
const variants = Object.keys(VARIANTS) as Variant[];
const overHttp = (variant: Variant): boolean => variant === 'ours, over HTTP' || variant === 'stock, RemoteGraphQLDataSource';

interface Operation {
  name: string;
  body: string;
  /** Requests of one variant in one round. */
  requests: number;
}

const OPERATIONS: readonly Operation[] = [
  { name: 'ConversationList, 25 rows', body: JSON.stringify({ query: operation('conversation-list'), variables: { first: 25 } }), requests: 120 },
  { name: 'small query', body: JSON.stringify({ query: '{ viewer { user { id } } }' }), requests: 400 },
];
const WARM_UP = 60;

interface Figures {
  perSecond: number[];
  took: number[];
  /** Of the variant's process, of the subgraphs' where it asks them over HTTP, of PostgreSQL: milliseconds over all rounds. */
  cpu: { gateway: number; subgraphs: number; postgres: number };
  requests: number;
  wrong: number;
  /** The beginning of the first wrong answer. */
  firstWrong: string | null;
}

export interface GatewayRow {
  operation: string;
  variant: Variant;
  /** Median of the rounds. */
  perSecond: number;
  ms: Summary;
  cpuMs: { gateway: number; subgraphs: number; postgres: number };
  /** CPU of gateway and subgraphs, and requests a second, as a multiple of the stock variant that reaches its subgraphs the same way. */
  ofStock: { cpu: number; perSecond: number };
  wrong: number;
  firstWrong: string | null;
}

export interface GatewayReport {
  machine: Machine;
  options: GatewayOptions;
  answerBytes: Record<string, number>;
  /** Operations whose answers were not the same bytes for all variants. */
  unequal: string[];
  rows: GatewayRow[];
  othersCpuShare: number | null;
}

interface Running {
  variant: Variant;
  child: Child;
  url: string;
  agent: Agent;
}

interface Load {
  options: GatewayOptions;
  tokens: string[];
  subgraphs: Child;
  postgresPid: number;
}

export async function benchGateway(code: string, options: GatewayOptions, say: (line: string) => void): Promise<GatewayReport> {
  const facts = machine();
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(folder, 0o711);
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const server = await startPostgres({ dataDir: join(folder, 'postgres'), log: () => undefined });
    stops.push(() => server.stop());
    const keys = generateActorKeys();
    const requests = Math.max(...OPERATIONS.map((one) => one.requests));
    const tokens = await prepareWorld(server.superuserUrl, keys, { conversations: options.conversations, tokens: WARM_UP + options.rounds * requests }, say);
    const settings: VariantSettings = { adminUrl: server.superuserUrl, actorKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), urls: {} };
    const spawn = (): Child => {
      const child = startChild(join(code, 'test/bench/gateway.variant.js'), options.nodeArgs);
      stops.push(() => child.stop());
      return child;
    };
    const subgraphs = spawn();
    const urls = await subgraphs.ask<Record<string, string>>('subgraphs', settings);
    const running: Running[] = [];
    for (const variant of variants) {
      say(`starting ${variant}`);
      const child = spawn();
      const url = await child.ask<string>('start', { variant, settings: { ...settings, urls: overHttp(variant) ? urls : {} } });
      const agent = new Agent({ keepAlive: true, maxSockets: options.askers });
      stops.push(() => agent.destroy());
      running.push({ variant, child, url, agent });
    }
    const load: Load = { options, tokens, subgraphs, postgresPid: databaseOf(folder)?.pid ?? 0 };
    const others = watchOthers([load.postgresPid]);
    const compared = await compareAnswers(running, load);
    const figures = await measure(running, load, say);
    return { machine: facts, options, ...compared, rows: rowsOf(figures), othersCpuShare: others() };
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** The JSON of `data`; null when the answer is anything but plain success. */
async function dataOf({ url, agent }: Running, body: string, token: string): Promise<string | null> {
  const answer = await post(url, agent, body, { authorization: `Bearer ${token}` });
  if (answer?.status !== 200) return null;
  const { data, errors } = JSON.parse(answer.body) as { data?: unknown; errors?: unknown };
  return errors || !data ? null : JSON.stringify(data);
}

async function compareAnswers(running: readonly Running[], { tokens }: Load): Promise<Pick<GatewayReport, 'answerBytes' | 'unequal'>> {
  const answerBytes: Record<string, number> = {};
  const unequal: string[] = [];
  for (const { name, body } of OPERATIONS) {
    const answers = await Promise.all(running.map((one) => dataOf(one, body, tokens[0] ?? '')));
    const [first] = answers;
    answerBytes[name] = Buffer.byteLength(first ?? '');
    if (!first || answers.some((answer) => answer !== first)) unequal.push(name);
  }
  return { answerBytes, unequal };
}

async function measure(running: readonly Running[], load: Load, say: (line: string) => void): Promise<Map<Operation, Map<Variant, Figures>>> {
  const { options, tokens } = load;
  const all = new Map(OPERATIONS.map((one) => [one, new Map(variants.map((variant): [Variant, Figures] =>
    [variant, { perSecond: [], took: [], cpu: { gateway: 0, subgraphs: 0, postgres: 0 }, requests: 0, wrong: 0, firstWrong: null }]))]));
  for (const one of OPERATIONS) for (const each of running) await closedLoop(WARM_UP, options.askers, async (index) => { await dataOf(each, one.body, tokens[index] ?? ''); });
  for (let turn = 0; turn < options.rounds; turn += 1) {
    say(`round ${turn + 1} of ${options.rounds}`);
    for (const one of OPERATIONS) {
      // Nobody is always first.
      for (const each of [...running.slice(turn % running.length), ...running.slice(0, turn % running.length)]) {
        const figures = all.get(one)?.get(each.variant);
        if (figures) await measureOnce(each, one, turn, load, figures);
      }
    }
  }
  return all;
}

/** A token is sent once to each variant and operation, and each variant is a process: none meets one again. */
async function measureOnce(each: Running, { body, requests }: Operation, turn: number, { options, tokens, subgraphs, postgresPid }: Load, figures: Figures): Promise<void> {
  const cpu = async () => ({ gateway: await each.child.cpuMs(), subgraphs: await subgraphs.cpuMs(), postgres: 1000 * (familyUsage(postgresPid)?.cpuSeconds ?? 0) });
  const before = await cpu();
  const begun = performance.now();
  const took = await closedLoop(requests, options.askers, async (index) => {
    const answer = await post(each.url, each.agent, body, { authorization: `Bearer ${tokens[WARM_UP + turn * requests + index] ?? ''}` });
    if (answer?.status === 200 && answer.body.startsWith('{"data":{')) return;
    figures.wrong += 1;
    figures.firstWrong ??= `${answer?.status ?? 'no answer'} ${answer?.body.slice(0, 300) ?? ''}`;
  });
  const seconds = (performance.now() - begun) / 1000;
  const after = await cpu();
  figures.perSecond.push(requests / seconds);
  figures.took.push(...took);
  figures.requests += requests;
  for (const part of ['gateway', 'subgraphs', 'postgres'] as const) figures.cpu[part] += after[part] - before[part];
}

function rowsOf(all: Map<Operation, Map<Variant, Figures>>): GatewayRow[] {
  return [...all].flatMap(([{ name }, byVariant]) => [...byVariant].map(([variant, figures]): GatewayRow => {
    const own = ({ cpu, requests }: Figures): number => (cpu.gateway + cpu.subgraphs) / requests;
    const stock = byVariant.get(VARIANTS[variant]) ?? figures;
    const { gateway, subgraphs, postgres } = figures.cpu;
    const each = (ms: number): number => round(ms / figures.requests, 2);
    return {
      operation: name, variant, perSecond: round(median(figures.perSecond), 0), ms: summary(figures.took),
      cpuMs: { gateway: each(gateway), subgraphs: overHttp(variant) ? each(subgraphs) : 0, postgres: each(postgres) },
      ofStock: { cpu: round(own(figures) / own(stock), 2), perSecond: round(median(figures.perSecond) / median(stock.perSecond), 2) }, wrong: figures.wrong, firstWrong: figures.firstWrong,
    };
  }));
}

export const gatewayFailed = ({ unequal, rows }: GatewayReport): boolean => unequal.length > 0 || rows.some(({ wrong }) => wrong > 0);

export function gatewayTable({ options, answerBytes, unequal, rows, othersCpuShare }: GatewayReport): string[] {
  const lines = Object.keys(answerBytes).flatMap((name) => [
    `${name}: ${answerBytes[name]} bytes of data, ${unequal.includes(name) ? 'NOT THE SAME for all variants' : 'the same for all variants'}`,
    '| variant | requests/s | x stock | p50 ms | p99 ms | CPU ms/request: gateway + subgraphs | x stock | PostgreSQL |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.filter(({ operation: of }) => of === name).map(({ variant, perSecond, ms, cpuMs, ofStock }) =>
      `| ${variant} | ${perSecond} | ${ofStock.perSecond} | ${ms.p50} | ${ms.p99} | ${cpuMs.gateway}${cpuMs.subgraphs > 0 ? ` + ${cpuMs.subgraphs}` : ''} | ${ofStock.cpu} | ${cpuMs.postgres} |`),
    '',
  ]);
  return [
    `${options.rounds} rounds in turns, ${options.askers} askers, ${options.conversations} conversations, every request with an access token of its own`, '',
    ...lines,
    ...rows.flatMap(({ operation: of, variant, firstWrong }) => (firstWrong ? [`${variant}, ${of}: ${firstWrong}`] : [])),
    `wrong answers: ${rows.reduce((sum, { wrong }) => sum + wrong, 0)}; all other programs meanwhile: ${othersCpuShare ?? 'unknown'} of a core`,
    'The schema without federation answers queries with the same resolvers, rules, loaders and transactions; node(id) and mutations are not part of it.',
  ];
}
