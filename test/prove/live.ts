// The live proof: two gateways, clients cut off after every event, everything killed once; each subscriber ends with all of its own, once, in order.
import { randomInt } from 'node:crypto';
import { redisServerPath } from '../kit/capabilities.js';
import { compileProduct, discardProduct } from '../kit/product.js';
import { until } from '../kit/until.js';
import { LiveCrowd } from './live.crowd.js';
import { contradictions, judge, type Judgement, type Stored } from './live.evidence.js';
import { killsOf, type Point } from './live.points.js';
import { LiveWorld } from './live.world.js';
import { LiveWriters, type ProofInbox } from './live.writers.js';
import { seeded, type Random } from './seeded.js';
import { onSignal } from './signals.js';

/** At how many events of one inbox somebody is cut off. */
const POINTS = { small: 12, full: 120 };
const CUTS_MS = 180_000;
const RECOVERY_MS = 90_000;
const NOT_YOURS_MS = 10_000;

export interface LiveRow {
  point: string;
  kills: number;
  pids: number[];
  /** Cut off on purpose, and connections anew. */
  cuts: number;
  reconnects: number;
  /** Of the feed. */
  events: number;
  /** From the kill until somebody who writes was heard by all; of cuts, until each had happened. */
  recoveredMs: number;
  lost: number;
  twice: number;
  disorder: number;
  foreign: number;
}

export interface LiveProof {
  seed: number;
  rows: LiveRow[];
  followers: number;
  /** How often a connection ended, by how. */
  ends: Record<string, number>;
  messages: number;
  violations: string[];
  /** Of the feed what each missed that comes back without its cursor. If nothing, something is wrong with the proof. */
  withoutCursor: number[];
  skipped: string[];
}

export interface LiveOptions {
  small: boolean;
  /** Decides orders and moments; another one at each run when absent. */
  seed?: number;
  /** Only kills whose name holds it. */
  only?: string;
  say?: (line: string) => void;
}

export async function proveLive({ small, seed = randomInt(1_000_000_000), only = '', say = () => undefined }: LiveOptions): Promise<LiveProof> {
  const redis = redisServerPath();
  const code = compileProduct();
  say(`seed ${seed}; queues and bus on ${redis === null ? 'PostgreSQL' : 'Redis'}`);
  try {
    const opening = LiveWorld.open(code, redis);
    const listenNoMore = onSignal(async () => (await opening).close().finally(() => discardProduct(code)));
    const world = await opening;
    try {
      const proof = await new Proof(world, seeded(seed), say).run(small, only);
      return { seed, ...proof, skipped: redis === null ? ['live, kill Redis: redis-server is not installed'] : [] };
    } finally {
      listenNoMore();
      await world.close();
    }
  } finally {
    discardProduct(code);
  }
}

/** One point as it went; `from` and `to` are positions of the feed. */
interface Passed extends Omit<LiveRow, 'lost' | 'twice' | 'disorder' | 'foreign' | 'events'> {
  from: number;
}

class Proof {
  readonly #violations: string[] = [];
  readonly #passed: Passed[] = [];
  readonly #conversations = new Map<string, string>();
  readonly #writers: LiveWriters;

  constructor(private readonly world: LiveWorld, private readonly random: Random, private readonly say: (line: string) => void) {
    this.#writers = new LiveWriters(world.urls, (email) => world.token(email), (inboxId, customer) => this.#conversations.get(`${inboxId} ${customer}`));
  }

  async run(small: boolean, only: string): Promise<Omit<LiveProof, 'seed' | 'skipped'>> {
    const { world } = this;
    const points = small ? POINTS.small : POINTS.full;
    const kills = killsOf(world, small, this.random).filter(({ name }) => name.includes(only));
    const crowd = await LiveCrowd.of(world, this.random, points);
    try {
      this.say(`${crowd.followers.length + crowd.forgetful.length} subscribers at ${world.urls.length} gateways`);
      await this.#meet(crowd);
      this.#writers.begin(Object.values(world.inboxes) as ProofInbox[], (inboxId) => crowd.heardOf(inboxId));
      await this.#go(crowd, {
        name: `cut after event 0 to ${points - 1}`,
        happen: async () => {
          await until(async () => crowd.cutAtEach.every(({ cuts }) => cuts > 0), 'somebody was cut off after each event', CUTS_MS);
          return [];
        },
      });
      for (const point of kills) await this.#go(crowd, point);
      await this.#notYours();
      await this.#writers.end();
      crowd.over();
      await world.settled().catch((error: Error) => this.#violations.push(error.message));
      return await this.#judged(crowd);
    } finally {
      await crowd.leave();
    }
  }

  /** Every customer has begun a conversation, and somebody follows one of them alone. */
  async #meet(crowd: LiveCrowd): Promise<void> {
    for (const inbox of Object.values(this.world.inboxes) as ProofInbox[]) {
      for (const customer of inbox.customers) {
        const text = await this.#writers.write(inbox, customer);
        const followers = crowd.followers.filter(({ plan: { scope } }) => scope.inboxId === inbox.id);
        const heard = (): string | undefined => followers[0]?.events.find((event) => event.text === text)?.conversationId;
        await until(async () => heard() !== undefined, `${customer} was heard`, RECOVERY_MS);
        this.#conversations.set(`${inbox.id} ${customer}`, heard() ?? '');
      }
    }
    const { first } = this.world.inboxes;
    await crowd.followConversation(this.#conversations.get(`${first.id} ${first.customers[0]}`) ?? '', first.id);
  }

  async #go(crowd: LiveCrowd, point: Point): Promise<void> {
    await this.world.refreshTokens();
    const [from, connections, cuts] = [await this.world.position(), crowd.connections, crowd.cuts];
    const begun = performance.now();
    const broken = (error: Error): void => { this.#violations.push(`${point.name}: ${error.message.slice(0, 1_000)}`); };
    const pids = await point.happen().catch((error: Error): number[] => {
      broken(error);
      return [];
    });
    await this.#heardByAll(crowd).catch(broken);
    const recoveredMs = Math.round(performance.now() - begun);
    this.#passed.push({
      point: point.name, kills: pids.length, pids, cuts: crowd.cuts - cuts, reconnects: crowd.connections - connections, recoveredMs, from,
    });
    this.say(`${point.name} (${recoveredMs} ms)`);
  }

  /** Who writes now is heard by everybody, at both gateways. */
  async #heardByAll(crowd: LiveCrowd): Promise<void> {
    const { first } = this.world.inboxes;
    const text = await this.#writers.write(first, first.customers[0] ?? '');
    await until(async () => crowd.ofFirst.every(({ events }) => events.some((event) => event.text === text)), 'what is written now is heard by all', RECOVERY_MS);
  }

  /** Another tenant's inbox is not there, whoever is asked. */
  async #notYours(): Promise<void> {
    const { world } = this;
    for (const url of world.urls) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST', signal: AbortSignal.timeout(NOT_YOURS_MS), body: JSON.stringify({ query: `subscription { messageFeed(inboxId: "${world.inboxes.first.id}") { cursor } }` }),
        headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${world.token('owner@rival.test')}` },
      });
      const { errors } = await response.json().catch(() => ({})) as { errors?: { extensions: { code: string } }[] };
      if (errors?.[0]?.extensions.code !== 'NOT_FOUND') this.#violations.push(`another tenant who asks for an inbox is answered with ${response.status} ${JSON.stringify(errors)}`);
    }
  }

  async #judged(crowd: LiveCrowd): Promise<Omit<LiveProof, 'seed' | 'skipped'>> {
    const stored = await this.world.stored();
    const judgements = await crowd.judged(stored);
    const ends: Record<string, number> = {};
    for (const follower of crowd.followers) for (const [how, count] of follower.ends) ends[how] = (ends[how] ?? 0) + count;
    const withoutCursor = crowd.forgetful.map(({ heard }) => judge(heard, stored).lost.length);
    return {
      rows: this.#passed.map((passed, index) => rowOf(passed, this.#passed[index + 1]?.from ?? stored.upTo, judgements, stored)),
      followers: crowd.followers.length, ends, messages: stored.messages.length, withoutCursor,
      violations: [...this.#violations, ...this.world.surprises, ...this.#writers.wrong, ...contradictions(stored, this.#writers.acknowledged), ...judgements.flatMap(({ sentences }) => sentences)],
    };
  }
}

function rowOf({ from, ...passed }: Passed, to: number, judgements: readonly Judgement[], { feed }: Stored): LiveRow {
  const within = (position: number): boolean => position > from && position <= to;
  const sum = (of: 'lost' | 'twice' | 'disorder' | 'foreign'): number => judgements.reduce((total, judgement) => total + judgement[of].filter(within).length, 0);
  return { ...passed, events: feed.filter(({ position }) => within(position)).length, lost: sum('lost'), twice: sum('twice'), disorder: sum('disorder'), foreign: sum('foreign') };
}
