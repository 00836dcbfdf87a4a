// Fan-out: messages of one inbox to many sockets, each with a subscription of its own; what each socket costs.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { demoInboxId, operation, signIn } from '../kit/client.js';
import { databaseOf, startProduct, type Product } from '../kit/product.js';
import { startChild, type Child } from './child.js';
import type { OpenSockets, Received } from './live.client.js';
import { conversationsLane, conversationsLine, type ConversationsLane } from './live.conversations.js';
import { aloneLane, restLane, stormLane, type AloneLane, type LiveFloor, type RestLane, type StormLane } from './live.lanes.js';
import { post } from './load.js';
import { familyUsage, machine, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';

export interface LiveOptions {
  sockets: number;
  /** One after the other, each when the one before has reached every socket. */
  messages: number;
  /** Then this many at once, which are counted and checked but not timed. */
  burst: number;
  /** How long nothing happens while what the sockets cost is measured. */
  restSeconds: number;
  /** Subscribers who share nothing with anybody, for comparison. */
  alone: number;
  /** Followed by somebody each, all written to at once. */
  conversations: number;
  nodeArgs: string[];
}

export const LIVE_DEFAULTS: LiveOptions = { sockets: 1_000, messages: 10, burst: 3, restSeconds: 10, alone: 200, conversations: 1_000, nodeArgs: [] };
export const LIVE_SMALL: LiveOptions = { sockets: 40, messages: 2, burst: 2, restSeconds: 2, alone: 10, conversations: 20, nodeArgs: [] };

export interface LiveReport {
  machine: Machine;
  options: LiveOptions;
  clients: number;
  /** Fewer than asked for when they take long. */
  messages: number;
  /** From sending the webhook to each subscriber, in milliseconds: storing, relaying and planning count. */
  sentToEachMs: Summary;
  /** From the first subscriber that has it to each, in milliseconds: the fan-out alone. */
  firstToEachMs: Summary;
  deliveriesPerSecond: number;
  cpuMsPerDelivery: { node: number | null; postgres: number | null; clients: number };
  memory: { beforeMB: number | null; withSocketsMB: number | null; afterLoadMB: number | null; kilobytesPerSocket: number | null };
  /** Sockets let in and subscribed, a second, as all came at first. */
  connectsPerSecond: number;
  atRest: RestLane;
  storm: StormLane;
  alone: AloneLane;
  conversations: ConversationsLane;
  lost: number;
  twice: number;
  outOfOrder: number;
  broken: number;
  /** Of the first broken socket. */
  reason: string | null;
  notOk: number;
  othersCpuShare: number | null;
}

/** Files a process may open here are the limit of sockets. */
const SOCKETS_EACH = 2_500;
const PEOPLE = ['owner@demo.test', 'admin@demo.test', 'agent@demo.test', 'viewer@demo.test'];
const PATIENCE_MS = 30_000;
/** No message is sent later than this after the first. */
const BUDGET_MS = 60_000;
/** Messages to those who share nothing. */
const MOST_ALONE = 5;
/** Messages in each of many conversations. */
const CONVERSATION_ROUNDS = 3;
const WARM = 'warm ';
const COUNTED = 'count ';

export async function benchLive(code: string, options: LiveOptions, say: (line: string) => void): Promise<LiveReport> {
  const facts = machine();
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  const children: Child[] = [];
  try {
    const nodeArgs = ['--enable-source-maps', '--expose-gc', '--import', join(code, 'test/bench/gc.signal.js'), ...options.nodeArgs];
    const product = await startProduct({ code, dataDir, nodeArgs, env: { LIVE_CONNECTIONS_EACH: '20000' } });
    try {
      return { machine: facts, ...await withSockets(code, product, dataDir, options, children, say) };
    } finally {
      for (const child of children) await child.stop();
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function withSockets(
  code: string, product: Product, dataDir: string, options: LiveOptions, children: Child[], say: (line: string) => void,
): Promise<Omit<LiveReport, 'machine'>> {
  const tokens = await Promise.all(PEOPLE.map((email) => signIn(product.url, email)));
  const inboxId = await demoInboxId(product.url, tokens[0] ?? '');
  const agent = new Agent({ keepAlive: true });
  const send = (text: string): Promise<boolean> => webhook(product.url, agent, text);
  try {
    // The conversation and the code that serves it: what comes once is no socket's.
    await send(`${WARM}first`);
    const beforeMB = await settledRss(product.pid);
    const clients = Math.ceil(options.sockets / SOCKETS_EACH);
    say(`opening ${options.sockets} sockets from ${clients} processes`);
    let openedMs = 0;
    for (let index = 0; index < clients; index += 1) {
      const child = startChild(join(code, 'test/bench/live.client.js'));
      children.push(child);
      const count = Math.floor(options.sockets / clients) + (index < options.sockets % clients ? 1 : 0);
      const opening = performance.now();
      await child.ask('open', { wsUrl: product.wsUrl, tokens, count, query: operation('message-feed'), variables: { inboxId } } satisfies OpenSockets);
      openedMs += performance.now() - opening;
    }
    const reached = (prefix: string, deliveries: number): Promise<boolean> => allReached(children, prefix, deliveries);
    say('waiting until every subscription stands');
    await everybodyHears(options, send, children);
    const withSocketsMB = await settledRss(product.pid);

    const databasePid = databaseOf(dataDir)?.pid ?? 0;
    const floor: LiveFloor = {
      pid: product.pid, databasePid, children, url: product.url, wsUrl: product.wsUrl, tokens, inboxId, send, reached, heard: (prefix) => heard(children, prefix),
    };
    say(`resting for ${options.restSeconds} s`);
    const atRest = await restLane(floor, options.restSeconds);
    const cpu = async () => ({
      node: processUsage(product.pid)?.cpuSeconds ?? null, postgres: familyUsage(databasePid)?.cpuSeconds ?? null,
      clients: (await Promise.all(children.map((child) => child.cpuMs()))).reduce((sum, ms) => sum + ms / 1000, 0),
    });
    const others = watchOthers([databasePid]);
    const before = await cpu();
    const begun = performance.now();
    const sentAt = new Map<string, number>();
    let notOk = 0;
    let complete = true;
    for (let index = 0; index < options.messages && complete && performance.now() - begun < BUDGET_MS; index += 1) {
      const text = `${COUNTED}${index}`;
      sentAt.set(text, performance.timeOrigin + performance.now());
      if (!(await send(text))) notOk += 1;
      complete = await reached(COUNTED, (index + 1) * options.sockets);
      say(`message ${index + 1} of ${options.messages}`);
    }
    const seconds = (performance.now() - begun) / 1000;
    const after = await cpu();
    const burst = Array.from({ length: options.burst }, (_none, index) => `${COUNTED}burst ${index}`);
    notOk += (await Promise.all(burst.map(send))).filter((ok) => !ok).length;
    await reached(COUNTED, (sentAt.size + burst.length) * options.sockets);
    const afterLoadMB = await settledRss(product.pid);

    say('cutting every line');
    const storm = await stormLane(floor, options.sockets);
    say(`${options.alone} subscribers with a plan each`);
    const alone = await aloneLane(floor, options.alone, Math.min(options.messages, MOST_ALONE));
    say(`${options.conversations} conversations at once`);
    const conversations = await conversationsLane(floor, options.conversations, CONVERSATION_ROUNDS);

    const received = await Promise.all(children.map((child) => child.ask<Received>('received', COUNTED)));
    const timesOf = (text: string): number[] => received.flatMap(({ arrivals }) => arrivals[text] ?? []);
    const timed = [...sentAt].map(([text, at]) => ({ at, times: timesOf(text) }));
    const deliveries = timed.reduce((sum, { times }) => sum + times.length, 0);
    const sum = (part: 'twice' | 'outOfOrder' | 'broken'): number => received.reduce((total, one) => total + one[part], 0);
    const each = (part: 'node' | 'postgres'): number | null => {
      const [from, to] = [before[part], after[part]];
      return from === null || to === null ? null : round(1000 * (to - from) / deliveries, 3);
    };
    return {
      options, clients, messages: sentAt.size,
      sentToEachMs: summary(timed.flatMap(({ at, times }) => times.map((time) => time - at))),
      firstToEachMs: summary(timed.flatMap(({ times }) => {
        const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
        return times.map((time) => time - first);
      })),
      connectsPerSecond: round(1000 * options.sockets / openedMs, 0), atRest, storm, alone, conversations,
      deliveriesPerSecond: round(deliveries / seconds, 0),
      cpuMsPerDelivery: { node: each('node'), postgres: each('postgres'), clients: round(1000 * (after.clients - before.clients) / deliveries, 3) },
      memory: {
        beforeMB, withSocketsMB, afterLoadMB,
        kilobytesPerSocket: beforeMB === null || withSocketsMB === null ? null : round((withSocketsMB - beforeMB) * 1024 / options.sockets, 1),
      },
      lost: [...sentAt.keys(), ...burst].reduce((missing, text) => missing + Math.max(0, options.sockets - timesOf(text).length), 0),
      twice: sum('twice'), outOfOrder: sum('outOfOrder'), broken: sum('broken'), reason: received.find(({ reason }) => reason)?.reason ?? null, notOk,
      othersCpuShare: others(),
    };
  } finally {
    agent.destroy();
  }
}

async function webhook(url: string, agent: Agent, text: string): Promise<boolean> {
  const body = whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from: '15553000001', name: 'Live', id: `wamid.bench-${text}`, text });
  const answer = await post(`${url}/webhooks/whatsapp/${DEMO_INBOX.key}`, agent, body, { 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) });
  return answer?.status === 200;
}

const heard = async (children: readonly Child[], prefix: string): Promise<number> =>
  (await Promise.all(children.map((child) => child.ask<number>('count', prefix)))).reduce((sum, count) => sum + count, 0);

/** @returns false when nothing more comes for half a minute */
async function allReached(children: readonly Child[], prefix: string, deliveries: number): Promise<boolean> {
  let [last, until] = [0, performance.now() + PATIENCE_MS];
  for (;;) {
    const now = await heard(children, prefix);
    if (now >= deliveries) return true;
    if (now !== last) [last, until] = [now, performance.now() + PATIENCE_MS];
    if (performance.now() > until) return false;
    await sleep(20);
  }
}

/** The protocol does not tell when a subscription stands: messages are sent until one has reached every socket. */
async function everybodyHears({ sockets }: LiveOptions, send: (text: string) => Promise<boolean>, children: readonly Child[]): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await sleep(1_000);
    const text = `${WARM}${attempt}.`;
    await send(text);
    if (await allReached(children, text, sockets)) return;
  }
  const [first] = await Promise.all(children.map((child) => child.ask<Received>('received', WARM)));
  throw new Error(`Not every subscription came to stand: ${first?.reason ?? 'no reason is known'}`);
}

/** Resident memory in MB when several collections in a row have changed it little. */
async function settledRss(pid: number): Promise<number | null> {
  let last = processUsage(pid)?.rssMB ?? null;
  for (let attempt = 0; attempt < 8 && last !== null; attempt += 1) {
    process.kill(pid, 'SIGUSR2');
    await sleep(1_000);
    const now = processUsage(pid)?.rssMB ?? last;
    const settled = attempt > 1 && Math.abs(now - last) < 1;
    last = now;
    if (settled) break;
  }
  return last === null ? null : round(last, 1);
}

export const liveFailed = ({ lost, twice, outOfOrder, broken, notOk, storm, alone, conversations }: LiveReport): boolean =>
  lost + twice + outOfOrder + broken + notOk + storm.lost + alone.lost + conversations.lost + conversations.notOk > 0;

export function liveTable(report: LiveReport): string[] {
  const { options, clients, sentToEachMs, firstToEachMs, cpuMsPerDelivery, memory, atRest, storm, alone, conversations } = report;
  const times = (one: number | null, other: number | null): string => (one === null || other === null || other === 0 ? 'unknown' : `${round(one / other, 1)} x`);
  const line = (name: string, { p50, p99, max }: Summary): string => `${name.padEnd(34)} p50 ${p50} ms  p99 ${p99} ms  max ${max} ms`;
  return [
    `${report.messages} messages to ${options.sockets} sockets of ${PEOPLE.length} people, from ${clients} client processes`,
    line('webhook sent to each subscriber', sentToEachMs),
    line('first subscriber to each', firstToEachMs),
    `${report.deliveriesPerSecond} deliveries a second; CPU ms a delivery: node ${cpuMsPerDelivery.node ?? 'unknown'}, PostgreSQL ${cpuMsPerDelivery.postgres ?? 'unknown'}, clients ${cpuMsPerDelivery.clients}`,
    `node, resident after collections: ${memory.beforeMB ?? 'unknown'} MB without sockets, ${memory.withSocketsMB ?? 'unknown'} MB with them (${memory.kilobytesPerSocket ?? 'unknown'} KB each), ${memory.afterLoadMB ?? 'unknown'} MB after the load`,
    `connections let in and subscribed: ${report.connectsPerSecond} a second`,
    `at rest for ${atRest.seconds} s: node ${atRest.node ?? 'unknown'} of a core, PostgreSQL ${atRest.postgres ?? 'unknown'}`,
    `all cut and back at once: ${storm.reconnectsPerSecond} a second, all in ${storm.reconnectedSeconds} s (${storm.refused} asked to come again), all had heard in ${storm.recoveredSeconds} s, lost: ${storm.lost}`,
    `a plan each, ${alone.sockets} subscribers, ${alone.messages} messages: ${alone.deliveriesPerSecond} deliveries a second, node ${alone.cpuMsPerDelivery ?? 'unknown'} ms each, lost: ${alone.lost}; `
      + `shared: ${times(report.deliveriesPerSecond, alone.deliveriesPerSecond)} the deliveries, ${times(alone.cpuMsPerDelivery, cpuMsPerDelivery.node)} less CPU each`,
    conversationsLine(conversations),
    `lost: ${report.lost}, twice: ${report.twice}, out of order: ${report.outOfOrder}, broken sockets: ${report.broken}${report.reason ? ` (${report.reason})` : ''}, webhooks not answered with 200: ${report.notOk}`,
    `all other programs meanwhile: ${report.othersCpuShare ?? 'unknown'} of a core`,
  ];
}
