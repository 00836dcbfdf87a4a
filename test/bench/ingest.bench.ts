// Messages in: from a signed webhook over HTTP to the committed row and the live event, one message a delivery and batched, beside the bare inserts in one run.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { signMetaBody, whatsappDelivery } from '../../ops/standins/sign-webhook.js';
import { InboxFollower, demoInboxId, signIn } from '../kit/client.js';
import { databaseOf, openBackdoor, startProduct, type Product } from '../kit/product.js';
import { bareInserts } from './ingest.bare.js';
import { closedLoop, openLoop, post, unsent, whileMoving, type Shot } from './load.js';
import { familyUsage, machine, median, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';

export interface IngestOptions {
  /** Of each round, and of each way in. */
  messages: number;
  /** Bare, single and batched in turns. */
  rounds: number;
  contacts: number;
  /** Messages of a delivery, as Meta batches them. */
  batch: number;
  /** Of the steady load: messages a second, and for how long. */
  perSecond: number;
  seconds: number;
  nodeArgs: string[];
}

export const INGEST_DEFAULTS: IngestOptions = { messages: 2_000, rounds: 3, contacts: 100, batch: 10, perSecond: 500, seconds: 60, nodeArgs: [] };

/** Deliveries under way at a time, and connections of the bare inserts. */
const ASKERS = 16;
const WRITERS = 4;
const PATIENCE_MS = 20_000;
const LEAST_RATIO = 0.4;
const STATEMENTS = /^switchboard_database_statement_seconds_count\{[^}]*database="conversations"[^}]*\} (\S+)$/gm;

export interface Way {
  /** Messages a second, from the first delivery to the last live event. */
  perSecond: number;
  answeredMs: Summary;
  cpuMs: { node: number | null; postgres: number | null };
}

export interface Steady {
  batch: number;
  offered: number;
  /** From the first delivery due to the last live event. */
  perSecond: number;
  answeredMs: Summary;
  /** From when its delivery was due to the live event. */
  toldMs: Summary;
  lateMs: Summary;
  notOk: number;
  cpuMs: { node: number | null; postgres: number | null };
}

export interface IngestReport {
  machine: Machine;
  options: IngestOptions;
  /** Messages a second, by round. */
  bare: number[];
  bareCpuMs: number | null;
  single: Way[];
  batched: Way[];
  steady: Steady[];
  /** Of everything that was delivered: not stored, stored twice, not told, told twice. */
  lost: number;
  twice: number;
  untold: number;
  toldTwice: number;
  statements: { single: number; batched: number };
  othersCpuShare: number | null;
}

interface Used { node: number | null; postgres: number | null }

interface Post extends Shot {
  body: string;
  texts: string[];
}

class Ingest {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #told = new Map<string, number[]>();
  readonly delivered: string[] = [];

  constructor(private readonly product: Product, private readonly databasePid: number, private readonly options: IngestOptions, readonly follower: InboxFollower) {
    follower.onNews = (news) => {
      if (news.__typename !== 'MessageAdded' || news.message.text === null) return;
      this.#told.set(news.message.text, [...(this.#told.get(news.message.text) ?? []), performance.now()]);
      // It keeps all news; only its newest cursor is wanted here.
      if (follower.news.length > 1_000) follower.news.splice(0, 999);
    };
  }

  #posts(run: string, messages: number, batch: number): Post[] {
    return Array.from({ length: Math.ceil(messages / batch) }, (_none, delivery) => {
      const texts = Array.from({ length: Math.min(batch, messages - delivery * batch) }, (_also, place) => `${run} ${delivery * batch + place}`);
      const people = texts.map((_text, place) => (delivery * batch + place) % this.options.contacts).map((contact) => ({ from: `1555400${String(contact).padStart(4, '0')}`, name: `Customer ${contact}` }));
      const at = String(Math.floor(Date.now() / 1000));
      const body = whatsappDelivery(DEMO_INBOX.phoneNumberId, {
        contacts: people.map(({ from, name }) => ({ wa_id: from, profile: { name } })),
        messages: texts.map((text, place) => ({ from: people[place]?.from, id: `wamid.${text}`, timestamp: at, type: 'text', text: { body: text } })),
      });
      return { ...unsent(), body, texts };
    });
  }

  async #post(one: Post): Promise<void> {
    one.sentAt = performance.now();
    const answer = await this.#send(one);
    if (answer) Object.assign(one, { answeredAt: performance.now(), status: answer.status });
  }

  #send({ body }: Post): ReturnType<typeof post> {
    return post(`${this.product.url}/webhooks/whatsapp/${DEMO_INBOX.key}`, this.#agent, body, { 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) });
  }

  async #allTold(posts: readonly Post[]): Promise<number> {
    const texts = posts.flatMap((one) => one.texts);
    this.delivered.push(...texts);
    await whileMoving(() => texts.every((text) => this.#told.has(text)), () => this.#told.size, PATIENCE_MS);
    return texts.reduce((last, text) => Math.max(last, this.#told.get(text)?.[0] ?? 0), 0);
  }

  #cpuOf(before: Used, messages: number): Way['cpuMs'] {
    const after = this.used();
    const each = (one: number | null, other: number | null): number | null => (one === null || other === null ? null : round(1000 * (other - one) / messages, 2));
    return { node: each(before.node, after.node), postgres: each(before.postgres, after.postgres) };
  }

  /** CPU seconds so far. */
  used(): Used {
    return { node: processUsage(this.product.pid)?.cpuSeconds ?? null, postgres: familyUsage(this.databasePid)?.cpuSeconds ?? null };
  }

  /** Statements that conversations has sent so far, those of its jobs included, `begin` and `commit` too; not those of queues and relay. */
  async statements(): Promise<number> {
    const text = await (await fetch(`${this.product.url}/api/monitoring/metrics`)).text();
    return [...text.matchAll(STATEMENTS)].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** As fast as they are answered, until the last one is told. */
  async full(run: string, batch: number): Promise<Way> {
    const { messages } = this.options;
    const posts = this.#posts(run, messages, batch);
    const before = this.used();
    const begun = performance.now();
    await closedLoop(posts.length, ASKERS, async (index) => {
      const one = posts[index];
      if (one) await this.#post(one);
    });
    const last = await this.#allTold(posts);
    const answered = posts.flatMap(({ answeredAt, sentAt }) => (answeredAt === null ? [] : [answeredAt - sentAt]));
    return { perSecond: round(messages / ((last - begun) / 1000), 1), answeredMs: summary(answered), cpuMs: this.#cpuOf(before, messages) };
  }

  async steady(run: string, batch: number): Promise<Steady> {
    const { perSecond, seconds } = this.options;
    const posts = this.#posts(run, perSecond * seconds, batch);
    const before = this.used();
    await openLoop(posts, perSecond / batch, (one) => this.#send(one));
    const last = await this.#allTold(posts);
    const begun = posts[0]?.dueAt ?? 0;
    return {
      batch, offered: perSecond, perSecond: round(perSecond * seconds / ((last - begun) / 1000), 1),
      answeredMs: summary(posts.flatMap(({ answeredAt, dueAt }) => (answeredAt === null ? [] : [answeredAt - dueAt]))),
      toldMs: summary(posts.flatMap(({ dueAt, texts }) => texts.flatMap((text) => (this.#told.get(text) ?? []).slice(0, 1).map((at) => at - dueAt)))),
      lateMs: summary(posts.map(({ sentAt, dueAt }) => sentAt - dueAt)), notOk: posts.filter(({ status }) => status !== 200).length, cpuMs: this.#cpuOf(before, perSecond * seconds),
    };
  }

  /** What was told, held against what was delivered. */
  told(): Pick<IngestReport, 'untold' | 'toldTwice'> {
    return { untold: this.delivered.filter((text) => !this.#told.has(text)).length, toldTwice: this.delivered.filter((text) => (this.#told.get(text)?.length ?? 0) > 1).length };
  }

  close(): void {
    this.follower.disconnect();
    this.#agent.destroy();
  }
}

export async function benchIngest(code: string, options: IngestOptions, say: (line: string) => void): Promise<IngestReport> {
  const facts = machine();
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  try {
    const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps', ...options.nodeArgs] });
    const admin = await openBackdoor(dataDir);
    try {
      const pid = databaseOf(dataDir)?.pid ?? 0;
      const token = await signIn(product.url, 'agent@demo.test');
      const ingest = new Ingest(product, pid, options, new InboxFollower(await demoInboxId(product.url, token)));
      await ingest.follower.connect(product.wsUrl, token);
      try {
        return { machine: facts, options, ...await measure(ingest, admin, pid, dataDir, options, say) };
      } finally {
        ingest.close();
      }
    } finally {
      await admin.end();
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(ingest: Ingest, admin: Client, pid: number, dataDir: string, options: IngestOptions, say: (line: string) => void): Promise<Omit<IngestReport, 'machine' | 'options'>> {
  const bare = await bareInserts(() => openBackdoor(dataDir), WRITERS, options.contacts, Buffer.from(whatsappDelivery(DEMO_INBOX.phoneNumberId, { messages: [] })));
  const others = watchOthers([pid]);
  try {
    say('warming up');
    await bare.run(Math.min(options.messages, 500));
    // Plans, caches and compiled code are there before anything counts.
    for (const batch of [1, options.batch]) await ingest.full(`warm ${batch}`, batch);
    const report = { bare: [] as number[], single: [] as Way[], batched: [] as Way[], steady: [] as Steady[] };
    let bareCpu = 0;
    const statements = { single: 0, batched: 0 };
    for (let turn = 1; turn <= options.rounds; turn += 1) {
      say(`round ${turn} of ${options.rounds}`);
      const before = ingest.used().postgres ?? 0;
      report.bare.push(round(options.messages / await bare.run(options.messages), 1));
      bareCpu += (ingest.used().postgres ?? 0) - before;
      for (const [name, batch] of [['single', 1], ['batched', options.batch]] as const) {
        const sent = await ingest.statements();
        report[name].push(await ingest.full(`${name} ${turn}`, batch));
        statements[name] = round((await ingest.statements() - sent) / options.messages, 1);
      }
    }
    for (const batch of [options.batch, 1]) {
      say(`${options.perSecond} messages a second for ${options.seconds} s, ${batch} a delivery`);
      report.steady.push(await ingest.steady(`steady ${batch}`, batch));
    }
    const { rows } = await admin.query<{ text: string; n: number }>(`select text, count(*)::int as n from conversations.message where text = any($1) group by 1`, [ingest.delivered]);
    const stored = new Map(rows.map(({ text, n }) => [text, n]));
    return {
      ...report, bareCpuMs: round(1000 * bareCpu / (options.messages * options.rounds), 2), statements, ...ingest.told(), othersCpuShare: others(),
      lost: ingest.delivered.filter((text) => !stored.has(text)).length, twice: rows.filter(({ n }) => n > 1).length,
    };
  } finally {
    await bare.close();
  }
}

export const ingestRatio = ({ bare }: IngestReport, ways: readonly Way[]): number => round(median(ways.map(({ perSecond }) => perSecond)) / median(bare), 2);

export const ingestFailed = ({ lost, twice, untold, toldTwice, steady }: IngestReport): boolean => lost + twice + untold + toldTwice + steady.reduce((sum, { notOk }) => sum + notOk, 0) > 0;

export function ingestTable(report: IngestReport): string[] {
  const { options, bare, bareCpuMs, single, batched, steady, statements } = report;
  const ms = ({ p50, p99, max }: Summary): string => `p50 ${p50}, p99 ${p99}, max ${max} ms`;
  const cpu = ({ node, postgres }: Way['cpuMs']): string => `CPU a message: node ${node ?? 'unknown'} + PostgreSQL ${postgres ?? 'unknown'} ms`;
  const way = (name: string, ways: Way[], sent: number): string[] => [
    `${name}: ${ways.map(({ perSecond }) => perSecond).join(', ')} messages a second, ${ingestRatio(report, ways)} x bare (to reach ${LEAST_RATIO}); ${cpu(ways.at(-1)?.cpuMs ?? { node: null, postgres: null })}; ${sent} statements of conversations a message`,
    `  answered ${ms((ways.at(-1) as Way).answeredMs)}`,
  ];
  return [
    `${options.rounds} rounds of ${options.messages} messages of ${options.contacts} contacts, ${ASKERS} deliveries at a time`,
    `bare inserts by ${WRITERS} connections: ${bare.join(', ')} messages a second; CPU a message: PostgreSQL ${bareCpuMs ?? 'unknown'} ms`,
    ...way('one message a delivery', single, statements.single), ...way(`${options.batch} messages a delivery`, batched, statements.batched),
    ...steady.flatMap((one) => [
      `${one.offered} messages a second for ${options.seconds} s, ${one.batch} a delivery: ${one.perSecond} a second told; ${cpu(one.cpuMs)}`,
      `  answered ${ms(one.answeredMs)}; told ${ms(one.toldMs)}; load generator late by ${ms(one.lateMs)}; not answered with 200: ${one.notOk}`,
    ]),
    `lost ${report.lost}, stored twice ${report.twice}, not told ${report.untold}, told twice ${report.toldTwice}; all other programs meanwhile: ${report.othersCpuShare ?? 'unknown'} of a core`,
  ];
}
