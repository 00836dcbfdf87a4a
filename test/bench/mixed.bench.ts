// The mix of a working day at rising rates, open loop, until the machine cannot follow: where that is, and what waits then.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { InboxFollower, ask, demoInboxId, operation, signIn } from '../kit/client.js';
import { databaseOf, startProduct, type Product } from '../kit/product.js';
import { openLoop, post, unsent, whileMoving, type Answer, type Shot } from './load.js';
import { familyUsage, machine, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';

export interface MixedOptions {
  /** Requests a second, one step after the other; the first that cannot be followed is the last. */
  steps: readonly number[];
  /** Of each step. */
  seconds: number;
  contacts: number;
  nodeArgs: string[];
}

export const MIXED_DEFAULTS: MixedOptions = { steps: [25, 50, 100, 200, 400, 1_000], seconds: 10, contacts: 50, nodeArgs: [] };

const KINDS = ['list', 'details', 'viewer', 'send', 'webhook'] as const;
type Kind = (typeof KINDS)[number];
/** Of each ten in turn: 40 % lists, 30 % details, 10 % small, 10 % sent messages, 10 % received ones. */
const MIX: readonly Kind[] = ['list', 'details', 'list', 'webhook', 'details', 'list', 'viewer', 'details', 'list', 'send'];

const DETAILS = `query ConversationDetails($id: ID!) { conversation(id: $id) {
  id displayNumber status unreadCount lastActivityAt assignee { id displayName }
  contact { id name customer { id orders(first: 3) { nodes { id number total { formatted } } } } }
  messages(first: 25) { nodes { id seq direction type text status createdAt author { __typename ... on User { displayName } ... on Contact { name } } } pageInfo { endCursor hasNextPage } }
} }`;
const PEOPLE = ['owner@demo.test', 'admin@demo.test', 'agent@demo.test'];
/** Nothing more is sent this long after the end of a step: what is unanswered then is counted so. */
const GRACE_MS = 10_000;
const PATIENCE_MS = 15_000;
const SOCKETS = 256;
/** Below this share of the offered rate, or with a median above this, a step counts as not followed. */
const FOLLOWED = 0.95;
const SLOW_MS = 1_000;

interface Request extends Shot {
  kind: Kind;
  /** Of a message that is sent or received: its text. */
  text: string | null;
  path: string;
  body: string;
  headers: Record<string, string>;
  /** Answered as it should be. */
  good: boolean;
}

export interface MixedStep {
  offered: number;
  /** Answers a second from the first request due to the last answer. */
  achieved: number;
  /** From when each was due to the end of its answer, in milliseconds. */
  ms: Record<Kind | 'all', Summary>;
  errors: number;
  unanswered: number;
  /** How late the load generator itself was, in milliseconds. */
  lateMs: Summary;
  cores: { node: number | null; postgres: number | null; generator: number; others: number | null };
  followed: boolean;
  /** Of the messages that were accepted. */
  lost: number;
  twice: number;
  outOfOrder: number;
  /** From the last answer until the last accepted message was at the subscriber, in milliseconds. */
  drainedMs: number;
}

export interface MixedReport {
  machine: Machine;
  options: MixedOptions;
  steps: MixedStep[];
}

export async function benchMixed(code: string, options: MixedOptions, say: (line: string) => void): Promise<MixedReport> {
  const facts = machine();
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  try {
    const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps', ...options.nodeArgs] });
    const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
    const load = await Load.prepare(product, databaseOf(dataDir)?.pid ?? 0, agent, options);
    try {
      await load.step('warm', 20, 5);
      const steps: MixedStep[] = [];
      for (const perSecond of options.steps) {
        say(`${perSecond} requests a second for ${options.seconds} s`);
        const step = await load.step(`at ${perSecond}`, perSecond, options.seconds);
        steps.push(step);
        if (!step.followed || mixedFailed({ steps })) break;
      }
      return { machine: facts, options, steps };
    } finally {
      load.follower.disconnect();
      agent.destroy();
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

class Load {
  /** How often each message reached the subscriber, by its text. */
  readonly #arrivals = new Map<string, number>();
  readonly #lastSeq = new Map<string, number>();
  #outOfOrder = 0;

  private constructor(
    private readonly product: Product, private readonly databasePid: number, private readonly agent: Agent, private readonly options: MixedOptions,
    private readonly tokens: string[], private conversations: string[], readonly follower: InboxFollower,
  ) {
    follower.onNews = (news) => {
      if (news.__typename !== 'MessageAdded' || news.message.text === null) return;
      const { conversation, seq, text } = news.message;
      const before = this.#lastSeq.get(conversation.id);
      if (before !== undefined && seq !== before + 1) this.#outOfOrder += 1;
      this.#lastSeq.set(conversation.id, seq);
      this.#arrivals.set(text, (this.#arrivals.get(text) ?? 0) + 1);
      // It keeps all news; only its newest cursor is wanted here.
      if (follower.news.length > 1_000) follower.news.splice(0, 999);
    };
  }

  /** One conversation a contact, and a subscriber of the inbox. */
  static async prepare(product: Product, databasePid: number, agent: Agent, options: MixedOptions): Promise<Load> {
    const tokens = await Promise.all(PEOPLE.map((email) => signIn(product.url, email)));
    const follower = new InboxFollower(await demoInboxId(product.url, tokens[0] ?? ''));
    const load = new Load(product, databasePid, agent, options, tokens, [], follower);
    await follower.connect(product.wsUrl, tokens[0] ?? '');
    const first = Array.from({ length: options.contacts }, (_none, index) => load.#webhook(index, `first of ${index}`));
    await openLoop(first, 50, (one) => load.#send(one));
    if (!(await whileMoving(() => load.#arrivals.size >= first.length, () => load.#arrivals.size, PATIENCE_MS))) throw new Error('The first messages did not arrive.');
    const { conversations } = await ask<{ conversations: { nodes: { id: string }[] } }>(
      product.url, '{ conversations(first: 100) { nodes { id } } }', {}, tokens[0]);
    load.conversations = conversations.nodes.map(({ id }) => id);
    return load;
  }

  async step(name: string, perSecond: number, seconds: number): Promise<MixedStep> {
    const all = Array.from({ length: perSecond * seconds }, (_none, index) => this.#request(name, index));
    const outOfOrder = this.#outOfOrder;
    const cpu = () => ({ node: processUsage(this.product.pid)?.cpuSeconds ?? null, postgres: familyUsage(this.databasePid)?.cpuSeconds ?? null });
    const [before, own, others] = [cpu(), process.cpuUsage(), watchOthers([this.databasePid])];
    const begun = performance.now();
    let late = false;
    // Ends what waits, on the wire and for a socket: it is counted as unanswered.
    const timer = setTimeout(() => { late = true; this.agent.destroy(); }, seconds * 1000 + GRACE_MS);
    await openLoop(all, perSecond, (one) => (late ? Promise.resolve(null) : this.#send(one)));
    clearTimeout(timer);
    const took = (performance.now() - begun) / 1000;
    const [after, used] = [cpu(), process.cpuUsage(own)];
    const cores = { node: share(before.node, after.node, took), postgres: share(before.postgres, after.postgres, took), generator: round((used.user + used.system) / 1e6 / took, 2), others: others() };
    const answered = all.filter(({ answeredAt }) => answeredAt !== null);
    const ended = performance.now();
    const accepted = answered.flatMap(({ good, text }) => (good && text !== null ? [text] : []));
    const missing = (): string[] => accepted.filter((text) => !this.#arrivals.has(text));
    await whileMoving(() => missing().length === 0, () => this.#arrivals.size, PATIENCE_MS);
    if (this.follower.failure) throw new Error(`The subscription failed: ${JSON.stringify(this.follower.failure)}`);
    const took_ = (some: readonly Request[]): Summary => summary(some.flatMap(({ answeredAt, dueAt }) => (answeredAt === null ? [] : [answeredAt - dueAt])));
    const ms = { ...Object.fromEntries(KINDS.map((kind) => [kind, took_(all.filter((one) => one.kind === kind))])), all: took_(all) } as MixedStep['ms'];
    const last = answered.reduce((latest, { answeredAt }) => Math.max(latest, answeredAt ?? 0), 0);
    // The last is due one interval before the end of the step.
    const achieved = answered.length / Math.max(seconds, (last - (all[0]?.dueAt ?? 0)) / 1000);
    return {
      offered: perSecond, achieved: round(achieved, 1), ms, errors: answered.filter(({ good }) => !good).length, unanswered: all.length - answered.length,
      lateMs: summary(all.filter(({ sentAt }) => sentAt > 0).map(({ sentAt, dueAt }) => sentAt - dueAt)), cores,
      followed: achieved >= FOLLOWED * perSecond && ms.all.p50 < SLOW_MS,
      lost: missing().length, twice: all.filter(({ text }) => text !== null && (this.#arrivals.get(text) ?? 0) > 1).length, outOfOrder: this.#outOfOrder - outOfOrder,
      drainedMs: round(performance.now() - ended, 0),
    };
  }

  #request(step: string, index: number): Request {
    const kind = MIX[index % MIX.length] ?? 'list';
    const turn = Math.floor(index / MIX.length);
    const text = `${step} ${kind} ${index}`;
    if (kind === 'webhook') return this.#webhook(turn % this.options.contacts, text);
    const token = this.tokens[index % this.tokens.length] ?? '';
    const conversationId = this.conversations[turn % this.conversations.length];
    const graph = (query: string, variables: Record<string, unknown>): Request => ({
      ...unsent(), kind, text: kind === 'send' ? text : null, path: '/graphql', body: JSON.stringify({ query, variables }), headers: { authorization: `Bearer ${token}` }, good: false,
    });
    if (kind === 'list') return graph(operation('conversation-list'), { first: 25 });
    if (kind === 'details') return graph(DETAILS, { id: conversationId });
    if (kind === 'viewer') return graph('{ viewer { user { id displayName } } }', {});
    return graph(operation('message-send'), { input: { conversationId, text, idempotencyKey: `bench-${text.replaceAll(' ', '-')}` } });
  }

  #webhook(contact: number, text: string): Request {
    const body = whatsappTextDelivery({
      phoneNumberId: DEMO_INBOX.phoneNumberId, from: `1555300${String(contact).padStart(4, '0')}`, name: `Customer ${contact}`, id: `wamid.bench-${text}`, text,
    });
    return { ...unsent(), kind: 'webhook', text, path: `/webhooks/whatsapp/${DEMO_INBOX.key}`, body, headers: { 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) }, good: false };
  }

  async #send(one: Request): Promise<Answer | null> {
    const answer = await post(`${this.product.url}${one.path}`, this.agent, one.body, one.headers);
    one.good = answer?.status === 200 && (one.kind === 'webhook' || isGood(one.kind, answer.body));
    return answer;
  }
}

const share = (before: number | null, after: number | null, seconds: number): number | null =>
  before === null || after === null ? null : round((after - before) / seconds, 2);

function isGood(kind: Kind, body: string): boolean {
  const { data, errors } = JSON.parse(body) as { data?: Record<string, unknown> | null; errors?: unknown };
  if (errors || !data || Object.values(data).some((value) => value === null)) return false;
  return kind !== 'send' || (data['messageSend'] as { message: unknown }).message !== null;
}

/** Overload is a finding; a wrong answer, and a message lost, twice or out of order, is a failure. */
export const mixedFailed = ({ steps }: Pick<MixedReport, 'steps'>): boolean =>
  steps.some(({ errors, lost, twice, outOfOrder, followed }) => lost + twice + outOfOrder > 0 || (followed && errors > 0));

export function mixedTable({ options, steps }: MixedReport): string[] {
  const times = ({ p50, p95, p99 }: Summary): string => `${p50} / ${p95} / ${p99}`;
  return [
    `${options.seconds} s a step, ${options.contacts} contacts; of ten requests 4 lists, 3 details, 1 viewer, 1 sent message, 1 webhook; ms from when a request was due, p50 / p95 / p99`,
    '| offered/s | answered/s | list | details | viewer | send | webhook | errors | unanswered | node cores | PostgreSQL | generator | others |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...steps.map(({ offered, achieved, ms, errors, unanswered, cores }) =>
      `| ${offered} | ${achieved} | ${KINDS.map((kind) => times(ms[kind])).join(' | ')} | ${errors} | ${unanswered} | ${cores.node ?? '?'} | ${cores.postgres ?? '?'} | ${cores.generator} | ${cores.others ?? '?'} |`),
    ...steps.map(({ offered, followed, lost, twice, outOfOrder, drainedMs, lateMs }) =>
      `${offered}/s: ${followed ? 'followed' : 'NOT FOLLOWED, saturated'}; lost ${lost}, twice ${twice}, out of order ${outOfOrder}; the last accepted message arrived ${drainedMs} ms after the last answer; load generator late by p99 ${lateMs.p99} ms`),
  ];
}
