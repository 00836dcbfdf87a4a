// The main job under load: signed webhooks at a steady rate, and the subscriber of the inbox who must see each message once, in order.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { InboxFollower, demoInboxId, signIn } from '../kit/client.js';
import { databaseOf, startProduct, type Product } from '../kit/product.js';
import { openLoop, post, unsent, whileMoving, type Shot } from './load.js';
import { familyUsage, machine, processUsage, round, summary, watchOthers, type Machine, type Summary, type Usage } from './machine.facts.js';

export interface JourneyOptions {
  perSecond: number;
  messages: number;
  contacts: number;
  /** Sent before, at the same rate, and left out of all figures. */
  warmUp: number;
  /** Passed to the product's node, e.g. `--cpu-prof`. */
  nodeArgs: string[];
}

export const DEFAULTS: JourneyOptions = { perSecond: 50, messages: 1_000, contacts: 50, warmUp: 100, nodeArgs: [] };

export interface JourneyReport {
  machine: Machine;
  options: JourneyOptions;
  /** From the moment a webhook was due to the end of its answer, in milliseconds: what waits in a queue counts. */
  answeredMs: Summary;
  /** From the moment a webhook was due to its message at the subscriber, in milliseconds. */
  deliveredMs: Summary;
  /** How late the load generator itself was, in milliseconds. */
  lateMs: Summary;
  notOk: number;
  lost: number;
  twice: number;
  outOfOrder: number;
  node: { idle: Usage | null; end: Usage | null; peakRssMB: number; cpuShare: number | null; cpuMsPerMessage: number | null };
  postgres: { idle: Usage | null; end: Usage | null; cpuShare: number | null; cpuMsPerMessage: number | null };
  /** Cores that the load generator kept busy, and all other programs of the machine: figures taken beside busy others mean little. */
  generatorCpuShare: number;
  othersCpuShare: number | null;
}

const DRAIN_MS = 15_000;
const SAMPLE_MS = 250;

interface Webhook extends Shot {
  text: string;
  body: string;
  signature: string;
}

export async function benchJourney(code: string, options: JourneyOptions, say: (line: string) => void): Promise<JourneyReport> {
  const facts = machine();
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  try {
    const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps', ...options.nodeArgs] });
    try {
      return { machine: facts, ...await underLoad(product, dataDir, options, say) };
    } finally {
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function underLoad(product: Product, dataDir: string, options: JourneyOptions, say: (line: string) => void): Promise<Omit<JourneyReport, 'machine'>> {
  const token = await signIn(product.url, 'agent@demo.test');
  const follower = new InboxFollower(await demoInboxId(product.url, token));
  const arrivals = new Map<string, number[]>();
  follower.onNews = (news) => {
    if (news.__typename !== 'MessageAdded' || news.message.text === null) return;
    arrivals.set(news.message.text, [...(arrivals.get(news.message.text) ?? []), performance.now()]);
  };
  await follower.connect(product.wsUrl, token);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  try {
    const idle = usages(product, dataDir);
    say(`warming up with ${options.warmUp} messages`);
    await fire(product.url, agent, webhooks('warm', options.warmUp, options), options.perSecond);
    await arrived(arrivals, options.warmUp);
    const counted = webhooks('count', options.messages, options);
    // The messages are the load's, and so are the figures: garbage of the preparation is not.
    globalThis.gc?.();
    const before = usages(product, dataDir);
    let peakRssMB = 0;
    const sampler = setInterval(() => { peakRssMB = Math.max(peakRssMB, processUsage(product.pid)?.rssMB ?? 0); }, SAMPLE_MS);
    const own = process.cpuUsage();
    const database = databaseOf(dataDir);
    const others = watchOthers(database ? [database.pid] : []);
    const begun = performance.now();
    say(`${options.messages} messages at ${options.perSecond} a second`);
    await fire(product.url, agent, counted, options.perSecond);
    await arrived(arrivals, options.warmUp + options.messages);
    const seconds = (performance.now() - begun) / 1000;
    clearInterval(sampler);
    const end = usages(product, dataDir);
    const used = process.cpuUsage(own);
    const generator = (used.user + used.system) / 1e6 / seconds;
    const [node, postgres] = [share(before.node, end.node, seconds), share(before.postgres, end.postgres, seconds)];
    if (follower.failure) throw new Error(`The subscription failed: ${JSON.stringify(follower.failure)}`);
    return {
      options, ...verdict(counted, arrivals, follower),
      node: {
        idle: idle.node, end: end.node, peakRssMB: Math.round(peakRssMB), cpuShare: node, cpuMsPerMessage: each(before.node, end.node, options),
      },
      postgres: { idle: idle.postgres, end: end.postgres, cpuShare: postgres, cpuMsPerMessage: each(before.postgres, end.postgres, options) },
      generatorCpuShare: round(generator, 2),
      othersCpuShare: others(),
    };
  } finally {
    follower.disconnect();
    agent.destroy();
  }
}

/** Cores kept busy between two readings. */
const share = (before: Usage | null, end: Usage | null, seconds: number): number | null =>
  before && end && round((end.cpuSeconds - before.cpuSeconds) / seconds, 2);

const each = (before: Usage | null, end: Usage | null, { messages }: JourneyOptions): number | null =>
  before && end && round(1000 * (end.cpuSeconds - before.cpuSeconds) / messages, 1);

function usages(product: Product, dataDir: string): { node: Usage | null; postgres: Usage | null } {
  const database = databaseOf(dataDir);
  return { node: processUsage(product.pid), postgres: database && familyUsage(database.pid) };
}

function webhooks(run: string, count: number, { contacts }: JourneyOptions): Webhook[] {
  return Array.from({ length: count }, (_none, index) => {
    const contact = index % contacts;
    const text = `${run} ${String(index).padStart(6, '0')}`;
    const body = whatsappTextDelivery({
      phoneNumberId: DEMO_INBOX.phoneNumberId, from: `1555300${String(contact).padStart(4, '0')}`, name: `Customer ${contact}`, id: `wamid.bench-${text}`, text,
    });
    return { ...unsent(), text, body, signature: signMetaBody(body, DEMO_INBOX.appSecret) };
  });
}

const fire = (url: string, agent: Agent, all: Webhook[], perSecond: number): Promise<void> =>
  openLoop(all, perSecond, ({ body, signature }) => post(`${url}/webhooks/whatsapp/${DEMO_INBOX.key}`, agent, body, { 'x-hub-signature-256': signature }));

const arrived = (arrivals: Map<string, number[]>, count: number): Promise<boolean> =>
  whileMoving(() => arrivals.size >= count, () => arrivals.size, DRAIN_MS);

function verdict(counted: Webhook[], arrivals: Map<string, number[]>, follower: InboxFollower) {
  const answered = counted.flatMap(({ answeredAt, dueAt }) => (answeredAt === null ? [] : [answeredAt - dueAt]));
  const delivered = counted.flatMap(({ text, dueAt }) => (arrivals.get(text) ?? []).slice(0, 1).map((at) => at - dueAt));
  return {
    answeredMs: summary(answered), deliveredMs: summary(delivered), lateMs: summary(counted.map(({ sentAt, dueAt }) => sentAt - dueAt)),
    notOk: counted.filter(({ status }) => status !== 200).length,
    lost: counted.filter(({ text }) => !arrivals.has(text)).length,
    twice: counted.filter(({ text }) => (arrivals.get(text)?.length ?? 0) > 1).length,
    outOfOrder: outOfOrder(follower),
  };
}

/** Messages that did not follow the one before them in their conversation: by number, and by the customer's own order. */
function outOfOrder(follower: InboxFollower): number {
  const last = new Map<string, { seq: number; text: string }>();
  let count = 0;
  for (const news of follower.news) {
    if (news.__typename !== 'MessageAdded' || news.message.text === null) continue;
    const { conversation, seq, text } = news.message;
    const before = last.get(conversation.id);
    // `warm` comes after `count` in the alphabet: the round is left out of the comparison.
    const sameRound = before !== undefined && before.text.split(' ')[0] === text.split(' ')[0];
    if (before !== undefined && (seq !== before.seq + 1 || (sameRound && text < before.text))) count += 1;
    last.set(conversation.id, { seq, text });
  }
  return count;
}

export function journeyTable(report: JourneyReport): string[] {
  const line = (name: string, { p50, p99, max }: Summary): string => `${name.padEnd(30)} p50 ${String(p50).padStart(7)} ms  p99 ${String(p99).padStart(7)} ms  max ${String(max).padStart(7)} ms`;
  const memory = (usage: Usage | null): string => (usage ? `${Math.round(usage.rssMB)} MB${usage.pssMB === null ? '' : ` (PSS ${Math.round(usage.pssMB)} MB)`}` : 'unknown');
  const { options, node, postgres } = report;
  return [
    `${options.messages} messages of ${options.contacts} contacts at ${options.perSecond} a second, after ${options.warmUp} to warm up`,
    line('webhook answered', report.answeredMs),
    line('webhook to subscriber', report.deliveredMs),
    line('load generator late by', report.lateMs),
    `not answered with 200: ${report.notOk}, lost: ${report.lost}, twice: ${report.twice}, out of order: ${report.outOfOrder}`,
    `node: ${memory(node.idle)} when ready, ${node.peakRssMB} MB at most, ${memory(node.end)} at the end; ${node.cpuShare ?? 'unknown'} of a core, ${node.cpuMsPerMessage ?? 'unknown'} ms a message`,
    `PostgreSQL: ${memory(postgres.idle)} when ready, ${memory(postgres.end)} at the end (sum over its processes); ${postgres.cpuShare ?? 'unknown'} of a core, ${postgres.cpuMsPerMessage ?? 'unknown'} ms a message`,
    `the load generator: ${report.generatorCpuShare} of a core; all other programs meanwhile: ${report.othersCpuShare ?? 'unknown'} of a core`,
  ];
}
