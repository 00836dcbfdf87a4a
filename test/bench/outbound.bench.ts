// Messages out: from `messageSend` to what the provider took, beside the bare statements of the ledger in one run; and one tenant's single messages beside another's many.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_INBOX, demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { withSubgraph } from '../../ops/one-subgraph.js';
import { startMetaGraphStandIn, type MetaGraphStandIn, type SentMessage } from '../../ops/standins/meta-graph.js';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { ask, operation, signIn } from '../kit/client.js';
import { databaseOf, openBackdoor, startProduct } from '../kit/product.js';
import { until } from '../kit/until.js';
import { closedLoop, whileMoving } from './load.js';
import { familyUsage, machine, median, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';
import { bareLedger } from './outbound.bare.js';

export interface OutboundOptions {
  /** Of each round. */
  messages: number;
  rounds: number;
  conversations: number;
  /** Single messages of the small tenant, with nothing and with the other's many beside. */
  singles: number;
  nodeArgs: string[];
}

export const OUTBOUND_DEFAULTS: OutboundOptions = { messages: 1_000, rounds: 3, conversations: 100, singles: 40, nodeArgs: [] };

const ASKERS = 16;
const WRITERS = 4;
const SINGLE_EVERY_MS = 150;
const PATIENCE_MS = 30_000;
const SMALL = { key: 'bench-small', appSecret: 'bench', phoneNumberId: '106540352249999' };

export interface Round {
  /** Messages a second, from the first request to the last that the provider took. */
  perSecond: number;
  /** From the request to what the provider took. */
  takenMs: Summary;
  answeredMs: Summary;
  cpuMs: { node: number | null; postgres: number | null };
}

export interface OutboundReport {
  machine: Machine;
  options: OutboundOptions;
  bare: number[];
  bareCpuMs: number | null;
  rounds: Round[];
  /** From the request to what the provider took, of the small tenant. */
  alone: Summary;
  beside: Summary;
  /** Messages that were not taken, or twice. */
  lost: number;
  twice: number;
  othersCpuShare: number | null;
}

interface Sender {
  token: string;
  conversations: string[];
}

class Outbound {
  /** When each text was asked for, on the clock of the day. */
  readonly asked = new Map<string, number>();

  constructor(private readonly url: string, private readonly provider: MetaGraphStandIn) {}

  async send({ token, conversations: all }: Sender, text: string, number: number): Promise<void> {
    const conversationId = all[number % all.length];
    this.asked.set(text, Date.now());
    const { messageSend } = await ask<{ messageSend: { message: unknown; userErrors: unknown[] } }>(
      this.url, operation('message-send'), { input: { conversationId, text, idempotencyKey: text.replaceAll(' ', '-') } }, token);
    if (!messageSend.message) throw new Error(`messageSend: ${JSON.stringify(messageSend.userErrors)}`);
  }

  /** How often each text was taken, and when first. */
  async taken(): Promise<Map<string, { at: number; times: number }>> {
    const all = await (await fetch(`${this.provider.url}/_sent`)).json() as SentMessage[];
    const taken = new Map<string, { at: number; times: number }>();
    for (const { body, receivedAt } of all) {
      const text = (body as { text: { body: string } }).text.body;
      const known = taken.get(text);
      taken.set(text, { at: known?.at ?? Date.parse(receivedAt), times: (known?.times ?? 0) + 1 });
    }
    return taken;
  }

  /** Waits as long as more of these are taken. @returns how long each took, in milliseconds */
  async took(texts: readonly string[]): Promise<number[]> {
    let taken = await this.taken();
    let looking = Promise.resolve();
    await whileMoving(() => {
      looking = looking.then(async () => { taken = await this.taken(); });
      return texts.every((text) => taken.has(text));
    }, () => taken.size, PATIENCE_MS);
    await looking;
    return texts.flatMap((text) => (taken.has(text) ? [(taken.get(text)?.at ?? 0) - (this.asked.get(text) ?? 0)] : []));
  }
}

export async function benchOutbound(code: string, options: OutboundOptions, say: (line: string) => void): Promise<OutboundReport> {
  const facts = machine();
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  const provider = await startMetaGraphStandIn({ maxSent: 1_000_000 });
  try {
    const product = await startProduct({ code, dataDir, env: { META_GRAPH_URL: provider.url }, nodeArgs: ['--enable-source-maps', ...options.nodeArgs] });
    try {
      const pid = databaseOf(dataDir)?.pid ?? 0;
      const used = () => ({ node: processUsage(product.pid)?.cpuSeconds ?? null, postgres: familyUsage(pid)?.cpuSeconds ?? null });
      const many = await sender(product.url, dataDir, 'owner@demo.test', { key: DEMO_INBOX.key, secret: DEMO_INBOX.appSecret, number: DEMO_INBOX.phoneNumberId }, options.conversations);
      const few = await small(product.url, dataDir, options.singles);
      const bare = await bareLedger(() => openBackdoor(dataDir), WRITERS, options.conversations);
      const others = watchOthers([pid]);
      try {
        return { machine: facts, options, ...await measure(new Outbound(product.url, provider), { many, few, bare, used }, options, say), othersCpuShare: others() };
      } finally {
        await bare.close();
      }
    } finally {
      await product.stop();
    }
  } finally {
    await provider.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Somebody of a tenant whose inbox so many customers have written to. */
async function sender(url: string, dataDir: string, email: string, inbox: { key: string; secret: string; number: string }, customers: number): Promise<Sender> {
  for (let customer = 0; customer < customers; customer += 1) {
    const from = `1555600${String(customer).padStart(4, '0')}`;
    const body = whatsappTextDelivery({ phoneNumberId: inbox.number, from, name: from, id: `wamid.${inbox.key}.${from}`, text: 'hello' });
    const answer = await fetch(`${url}/webhooks/whatsapp/${inbox.key}`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, inbox.secret) } });
    if (answer.status !== 200) throw new Error(`The webhook was answered with ${answer.status}.`);
  }
  const admin = await openBackdoor(dataDir);
  try {
    let ids: string[] = [];
    await until(async () => {
      ids = (await admin.query<{ id: string }>('select c.id from conversations.conversation c join conversations.inbox i on i.tenant_id = c.tenant_id and i.id = c.inbox_id where i.key = $1', [inbox.key])).rows.map(({ id }) => encodeId('conv', id));
      return ids.length >= customers;
    }, 'everybody has a conversation', PATIENCE_MS);
    return { token: await signIn(url, email), conversations: ids };
  } finally {
    await admin.end();
  }
}

/** The other tenant of the demo, with an inbox of its own and so many customers: the pace of one would hold single messages back. */
async function small(url: string, dataDir: string, customers: number): Promise<Sender> {
  const tenantId = demoTenancyFacts.tenants[1]?.id ?? '';
  const config = readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', SWITCHBOARD_DATA_DIR: dataDir });
  await withSubgraph(conversations, config, silentLogger, ({ inboxes }) => inboxes.create(tenantId, {
    key: SMALL.key, name: 'Small', channel: 'WHATSAPP', credentials: { appSecret: SMALL.appSecret, verifyToken: 'v', accessToken: 'a', externalId: SMALL.phoneNumberId },
  }));
  return sender(url, dataDir, 'owner@rival.test', { key: SMALL.key, secret: SMALL.appSecret, number: SMALL.phoneNumberId }, customers);
}

interface Parts {
  many: Sender;
  few: Sender;
  bare: { run(messages: number): Promise<number> };
  used: () => { node: number | null; postgres: number | null };
}

async function measure(outbound: Outbound, { many, few, bare, used }: Parts, options: OutboundOptions, say: (line: string) => void): Promise<Omit<OutboundReport, 'machine' | 'options' | 'othersCpuShare'>> {
  const { messages } = options;
  const texts = (run: string, count: number): string[] => Array.from({ length: count }, (_none, index) => `${run} ${index}`);
  const fire = (all: readonly string[]): Promise<number[]> => closedLoop(all.length, ASKERS, (index) => outbound.send(many, all[index] ?? '', index));
  say('warming up');
  await bare.run(200);
  const warm = texts('warm', 200);
  await fire(warm);
  await outbound.took(warm);
  const report = { bare: [] as number[], rounds: [] as Round[] };
  let bareCpu = 0;
  for (let turn = 1; turn <= options.rounds; turn += 1) {
    say(`round ${turn} of ${options.rounds}`);
    const idle = used().postgres ?? 0;
    report.bare.push(round(messages / await bare.run(messages), 1));
    bareCpu += (used().postgres ?? 0) - idle;
    const all = texts(`round ${turn}`, messages);
    const [before, begun] = [used(), Date.now()];
    const answered = await fire(all);
    const took = await outbound.took(all);
    const [after, taken] = [used(), await outbound.taken()];
    const seconds = (Math.max(...all.map((text) => taken.get(text)?.at ?? 0)) - begun) / 1000;
    const each = (one: number | null, other: number | null): number | null => (one === null || other === null ? null : round(1000 * (other - one) / messages, 2));
    report.rounds.push({ perSecond: round(messages / seconds, 1), takenMs: summary(took), answeredMs: summary(answered), cpuMs: { node: each(before.node, after.node), postgres: each(before.postgres, after.postgres) } });
  }
  const singles = async (run: string): Promise<Summary> => {
    const all = texts(run, options.singles);
    for (const [index, text] of all.entries()) {
      await outbound.send(few, text, index);
      await sleep(SINGLE_EVERY_MS);
    }
    return summary(await outbound.took(all));
  };
  say('single messages of a small tenant');
  const alone = await singles('alone');
  const crowd = texts('crowd', messages);
  const [beside] = await Promise.all([singles('beside'), fire(crowd)]);
  await outbound.took(crowd);
  const taken = await outbound.taken();
  return {
    ...report, bareCpuMs: round(1000 * bareCpu / (messages * options.rounds), 2), alone, beside,
    lost: [...outbound.asked.keys()].filter((text) => !taken.has(text)).length, twice: [...taken.values()].filter(({ times }) => times > 1).length,
  };
}

export const outboundFailed = ({ lost, twice }: OutboundReport): boolean => lost + twice > 0;

export function outboundTable({ options, bare, bareCpuMs, rounds, alone, beside, lost, twice, othersCpuShare }: OutboundReport): string[] {
  const ms = ({ p50, p99, max }: Summary): string => `p50 ${p50}, p99 ${p99}, max ${max} ms`;
  const last = rounds.at(-1) as Round;
  return [
    `${options.rounds} rounds of ${options.messages} messages in ${options.conversations} conversations, ${ASKERS} requests at a time`,
    `bare statements of the ledger by ${WRITERS} connections: ${bare.join(', ')} messages a second; CPU a message: PostgreSQL ${bareCpuMs ?? 'unknown'} ms`,
    `queued to taken by the provider: ${rounds.map(({ perSecond }) => perSecond).join(', ')} messages a second, ${round(median(rounds.map(({ perSecond }) => perSecond)) / median(bare), 2)} x bare; CPU a message: node ${last.cpuMs.node ?? 'unknown'} + PostgreSQL ${last.cpuMs.postgres ?? 'unknown'} ms`,
    `  request answered ${ms(last.answeredMs)}; taken ${ms(last.takenMs)} after the request`,
    `a small tenant's single messages, taken after the request: alone ${ms(alone)}; while another sends ${options.messages}: ${ms(beside)}`,
    `lost ${lost}, taken twice ${twice}; all other programs meanwhile: ${othersCpuShare ?? 'unknown'} of a core`,
  ];
}
