// The exactly-once proof: one corpus, told in every order, again and again and at once, while those who read and send it are killed; one database.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScriptedAnswer } from '../../ops/standins/meta-graph.js';
import { conversationsCrashTable } from '../../subgraphs/conversations/conversations.crash.js';
import { relayCrashTable } from '../../workers/relay/relay.crash.js';
import { redisServerPath } from '../kit/capabilities.js';
import { compileProduct, discardProduct } from '../kit/product.js';
import { Cast, type Backend } from './exactly-once.cast.js';
import { corpusOf, type Corpus, type CorpusSize } from './exactly-once.corpus.js';
import { contradictions, differences, storedOf, type Sent, type Stored } from './exactly-once.evidence.js';
import { Telling } from './exactly-once.telling.js';
import { OnceWorld } from './exactly-once.world.js';
import { oneOf, seeded, shuffled, type Random } from './seeded.js';
import { onSignal } from './signals.js';

/** Passed by whoever serves requests; all other points by the workers. */
const WEB_POINTS: readonly string[] = ['ingest:verified', 'ingest:stored', 'send:queued'];
/** Points of the way in and out; those of other work have proofs of their own. */
const POINTS = [...conversationsCrashTable, ...relayCrashTable].map(({ point }): string => point).filter((point) => /^(?:ingest|send|relay):/.test(point));

const SMALL: CorpusSize = { customers: 4, turns: 4, sends: 12, movers: 3, doubles: 4 };
const FULL: CorpusSize = { customers: 10, turns: 8, sends: 60, movers: 6, doubles: 5 };
/** Enough for a race that the index decides. */
const TINY: CorpusSize = { customers: 1, turns: 1, sends: 0, movers: 6, doubles: 5 };
const SHUFFLES = { small: 1, full: 10 };
/** Of the points that a worker is killed at, as the seed has it. */
const SMALL_POINTS = 3;
/** How often each point is killed at, on each backend. */
const ROUNDS = 3;
/** Before the corpus: so long ago that it tells nothing of what is sent now, yet within what the provider lets staff answer. */
const AGE_MS = 6 * 3_600_000;
const PATIENCE_MS = 3_000;
const MOST_TRIES = 12;

export interface OnceResult {
  run: string;
  backend: Backend;
  sent: Sent;
  faults: string[];
}

export interface OnceProof {
  seed: number;
  results: OnceResult[];
  /** SIGKILLs by point and backend. */
  kills: Record<string, number>;
  reached: { requests: number; transactions: number };
  corpus: { kinds: Record<string, number>; messages: number; reports: number; deliveries: number; sends: number };
  /** What the proof says of a product whose messages are not unique. Nothing would be wrong with the proof. */
  withoutIndex: string[];
  skipped: string[];
}

export interface OnceOptions {
  small: boolean;
  /** Decides the corpus, orders and moments; another one at each run when absent. */
  seed?: number;
  report?: (result: OnceResult) => void;
  say?: (line: string) => void;
}

export async function proveExactlyOnce({ small, seed = randomInt(1_000_000_000), report = () => undefined, say = () => undefined }: OnceOptions): Promise<OnceProof> {
  const redis = redisServerPath();
  const code = compileProduct();
  const random = seeded(seed);
  say(`seed ${seed}`);
  try {
    const opening = OnceWorld.open(code, redis);
    const listenNoMore = onSignal(async () => (await opening).close().finally(() => discardProduct(code)));
    const world = await opening;
    try {
      return await new Proof(world, small, seed, random, report, say).run();
    } finally {
      listenNoMore();
      await world.close();
    }
  } finally {
    discardProduct(code);
  }
}

class Proof {
  readonly #corpus: Corpus;
  readonly #longAgo: number;
  readonly #proof: OnceProof;

  constructor(
    private readonly world: OnceWorld, private readonly small: boolean, private readonly seed: number, private readonly random: Random,
    private readonly report: (result: OnceResult) => void, private readonly say: (line: string) => void,
  ) {
    const begin = Date.now() - AGE_MS;
    this.#longAgo = begin - 3_600_000;
    this.#corpus = corpusOf(seed, begin, small ? SMALL : FULL);
    const { messages, reports, kinds, first, any, last, sends } = this.#corpus;
    const size = (sets: Record<string, Set<string>>): number => Object.values(sets).reduce((sum, set) => sum + set.size, 0);
    this.#proof = {
      seed, results: [], kills: {}, reached: world.reached, withoutIndex: [], skipped: [],
      corpus: { kinds, messages: size(messages), reports: size(reports), deliveries: first.length + any.length + last.length, sends: sends.length },
    };
  }

  async run(): Promise<OnceProof> {
    const { world, small } = this;
    const shuffles = small ? SHUFFLES.small : SHUFFLES.full;
    const phases: { backend: Backend; names: string[]; points: string[] }[] = [];
    const add = (backend: Backend, count: number, points: string[]): void => {
      phases.push({ backend, points, names: Array.from({ length: count }, (_none, index) => `${backend.toLowerCase()}-${index + 1}`) });
    };
    const points = shuffled(POINTS, this.random);
    const rounds = (): string[] => Array.from({ length: ROUNDS }, () => shuffled(POINTS, this.random)).flat();
    if (!world.redis) {
      this.#proof.skipped.push('exactly-once on Redis: redis-server is not installed');
      add('PostgreSQL', shuffles, small ? points.slice(0, SMALL_POINTS) : rounds());
    } else if (small) {
      // One of the two, as the seed has it: each takes its processes to start.
      add(this.random() < 0.5 ? 'PostgreSQL' : 'Redis', shuffles, points.slice(0, SMALL_POINTS));
    } else {
      add('PostgreSQL', shuffles, rounds());
      add('Redis', shuffles, rounds());
    }
    const over = new AbortController();
    const watching = world.watch(over.signal);
    try {
      const clean = await this.#clean();
      for (const phase of phases) await this.#phase(phase, clean);
      await this.#withoutIndex();
    } finally {
      over.abort();
      await watching;
    }
    return this.#proof;
  }

  /** In order, one after the other, and nobody dies. */
  async #clean(): Promise<Stored> {
    const [run] = await this.world.runs(['clean']);
    if (!run) throw new Error('There is no inbox.');
    const telling = new Telling(this.world, run, this.#corpus, this.random, this.#longAgo);
    const begun = performance.now();
    await telling.inOrder();
    const stored = await storedOf(this.world, run);
    this.#judge('PostgreSQL', telling, stored, await telling.taken(), []);
    this.say(`clean run, in order: ${Math.round(performance.now() - begun)} ms`);
    return stored;
  }

  async #phase({ backend, names, points }: { backend: Backend; names: string[]; points: string[] }, clean: Stored): Promise<void> {
    const { world, random } = this;
    const begun = performance.now();
    const runs = await world.runs(names);
    const tellings = runs.map((run) => new Telling(world, run, this.#corpus, random, this.#longAgo));
    const cast = await Cast.of(world, backend, (point) => this.#killed(`${point} (${backend})`));
    await world.script([]);
    await Promise.all(tellings.map((telling) => telling.begin()));
    await world.script(answers(random));
    const over = new AbortController();
    const reporting = this.#reportAll(tellings, over.signal);
    const unreached: string[] = [];
    try {
      const [web, work] = [points.filter((point) => WEB_POINTS.includes(point)), points.filter((point) => !WEB_POINTS.includes(point))];
      const steps = Array.from({ length: Math.max(web.length, work.length) }, (_none, index) => ({ work: work[index], web: web[index] }));
      for (const [index, step] of steps.entries()) unreached.push(...await this.#step(cast, step, tellings, steps.length - index));
      await cast.calm();
      for (const telling of tellings) telling.release(1);
      await Promise.all(tellings.map((telling) => telling.answered()));
    } catch (error) {
      world.giveUp(error);
      throw error;
    } finally {
      over.abort();
      await reporting;
    }
    await Promise.all(tellings.map((telling) => telling.settle()));
    await Promise.all(tellings.map((telling) => telling.end()));
    for (const telling of tellings) {
      const stored = await storedOf(world, telling.run);
      this.#judge(backend, telling, stored, await telling.taken(), [...unreached.splice(0), ...differences(clean, stored)]);
    }
    await cast.leave();
    this.say(`${names.length} shuffles at once on ${backend}: ${Math.round(performance.now() - begun)} ms`);
  }

  /** One part of every telling while one process is to die at a point of its own, and another at any moment. @returns points that were not reached */
  async #step(cast: Cast, step: { work: string | undefined; web: string | undefined }, tellings: readonly Telling[], left: number): Promise<string[]> {
    const deaths = await cast.arm(step);
    for (let tries = 0; tries < MOST_TRIES && deaths.size > 0; tries += 1) {
      for (const telling of tellings) telling.release(left + 1);
      await cast.killOne(300 * this.random());
      const end = performance.now() + PATIENCE_MS;
      while (deaths.size > 0 && (performance.now() < end || tellings.some(({ idle }) => !idle))) await sleep(20);
      if (deaths.size > 0) await cast.together();
    }
    return [...deaths].map((point) => `nobody came to ${point}`);
  }

  async #reportAll(tellings: readonly Telling[], over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await Promise.all(tellings.map((telling) => telling.reportTaken()));
      await sleep(150, undefined, { signal: over }).catch(() => undefined);
    }
  }

  /** The same questions to a product that lacks the index: whoever does not notice proves nothing. */
  async #withoutIndex(): Promise<void> {
    const { world } = this;
    const [run] = await world.runs(['without-index']);
    if (!run) throw new Error('There is no inbox.');
    await world.rows('drop index conversations.message_external');
    const cast = await Cast.of(world, 'PostgreSQL', () => undefined);
    await cast.calm();
    const corpus = corpusOf(this.seed, Date.now() - AGE_MS, TINY);
    const telling = new Telling(world, run, corpus, this.random, this.#longAgo);
    await telling.begin();
    telling.release(1);
    await telling.answered();
    await telling.settle();
    // Whoever stores messages lingers from here on, longer than another process leaves an inbox alone in which it found nothing left: two who store the same message meet.
    await world.rows(`create function conversations.linger() returns trigger language plpgsql as $$ begin perform pg_sleep(3); return null; end $$`);
    await world.rows('create trigger linger before insert on conversations.message for each statement execute function conversations.linger()');
    await telling.endApart(1_500);
    const { sentences } = contradictions(corpus, await storedOf(world, run), await telling.taken(), telling.deliveries);
    this.#proof.withoutIndex = sentences;
    await cast.leave();
  }

  #judge(backend: Backend, telling: Telling, stored: Stored, taken: Awaited<ReturnType<Telling['taken']>>, more: readonly string[]): void {
    const { sentences, sent } = contradictions(this.#corpus, stored, taken, telling.deliveries);
    const result: OnceResult = { run: telling.run.name, backend, sent, faults: [...more, ...sentences] };
    this.#proof.results.push(result);
    this.report(result);
  }

  #killed(point: string): void {
    this.#proof.kills[point] = (this.#proof.kills[point] ?? 0) + 1;
  }
}

/** Most are as they should be; now and then the provider dies with the message taken, or asks to come again. */
function answers(random: Random): ScriptedAnswer[] {
  const kinds: ScriptedAnswer[] = [{}, {}, {}, {}, {}, {}, { drop: 'after' }, { drop: 'after' }, { delayMs: 100 }, { status: 400, body: { error: { code: 4, message: 'Too many calls' } } }];
  return Array.from({ length: 2_000 }, () => oneOf(kinds, random));
}

/** Kills per point and what was counted, as lines to print. */
export function onceTable({ seed, results, kills, reached, corpus, withoutIndex, skipped }: OnceProof): string[] {
  const width = Math.max(...Object.keys(kills).map((point) => point.length), 10);
  const sum = (of: (sent: Sent) => number): number => results.reduce((total, { sent }) => total + of(sent), 0);
  const faults = results.reduce((total, result) => total + result.faults.length, 0);
  return [
    ...Object.entries(kills).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([point, count]) => `${point.padEnd(width)}  ${String(count).padStart(3)} kills`),
    `corpus: ${corpus.deliveries} deliveries with ${corpus.messages} messages of ${Object.keys(corpus.kinds).length} kinds and ${corpus.reports} reports, ${corpus.sends} sends beside`,
    `told ${results.length} times, at most ${reached.requests} requests and ${reached.transactions} transactions at once; sent ${sum(({ taken }) => taken)} messages, ${sum(({ unconfirmed }) => unconfirmed)} left to a person`,
    `without the index of provider ids: ${withoutIndex.length === 0 ? 'nothing was noticed' : `${withoutIndex.length} contradictions, e.g. ${withoutIndex[0] ?? ''}`}`,
    ...skipped.map((sentence) => `skipped ${sentence}`),
    `seed ${seed}: ${Object.values(kills).reduce((total, count) => total + count, 0)} kills, ${results.length} runs, ${faults} contradictions`,
  ];
}
