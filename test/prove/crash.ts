// The crash proof: SIGKILL at every point of the crash tables, a restart on the same data, and nothing lost, doubled or sent twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { compileProduct, discardProduct, exitWithin, type Exit } from '../kit/product.js';
import { check, checkFeed } from './crash.checks.js';
import { trialName, trials, type Trial } from './crash.expectations.js';
import { LIFE_SETTINGS, Life, lifePoints, type LifePoint } from './crash.files.js';
import { CrashWorld, batch, type Person } from './crash.world.js';

/** The point is passed within this time after the last request, in milliseconds. */
const DEATH_MS = 15_000;
/** An unclear send is watched this long for a second attempt: several rounds of the sweeper, which repeats what is overdue. */
const WATCH_MS = 2_000;
const LANES = 2;
/** A job whose process was killed is found by the next one after some seconds. */
const LIFE_DEATH_MS = 30_000;

export interface TrialResult {
  name: string;
  point: string;
  diedBy: string;
  /** From the start after the kill until nothing waited any more. */
  recoveredMs: number;
  sent: number;
  /** The kill came between claim and record of the reply. */
  unclear: boolean;
  faults: string[];
  /** It could not be brought to its end, so the trials after it were not begun. */
  broken?: true;
}

export interface CrashProof {
  results: TrialResult[];
  /** What held over all trials together: the subscriber that outlived every kill, and the queues at the end. */
  together: string[];
}

/** @param report is called after each trial @param only trials whose name holds it; all when empty */
export async function proveCrash(small: boolean, report: (result: TrialResult) => void = () => undefined, only = ''): Promise<CrashProof> {
  const all = trials(small).filter((trial) => trialName(trial).includes(only));
  const points = lifePoints(small).filter((point) => lifeName(point).includes(only));
  const code = compileProduct();
  try {
    // Most of a trial is waiting, so several worlds, each with its own product and data, go on side by side.
    const lanes = Array.from({ length: LANES }, (_none, lane) => all.filter((_trial, index) => index % LANES === lane)).filter((lane) => lane.length > 0);
    const proofs = await Promise.allSettled([...lanes.map((lane) => proveLane(code, lane, report)), ...(points.length > 0 ? [proveLife(code, points, report)] : [])]);
    const failure = proofs.find((proof) => proof.status === 'rejected');
    if (failure) throw failure.reason;
    const proven = proofs.flatMap((proof) => (proof.status === 'fulfilled' ? [proof.value] : []));
    const order = [...all.map(trialName), ...points.map(lifeName)];
    return {
      results: proven.flatMap(({ results }) => results).toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
      together: proven.flatMap(({ together }) => together),
    };
  } finally {
    discardProduct(code);
  }
}

async function proveLane(code: string, lane: readonly Trial[], report: (result: TrialResult) => void): Promise<CrashProof> {
  const world = await CrashWorld.open(code, lane);
  try {
    const results: TrialResult[] = [];
    for (const [index, trial] of lane.entries()) {
      const result = await attempt(world, trial, `trial ${index}`).catch((error: Error): TrialResult => (
        { name: trialName(trial), point: trial.point, diedBy: 'unknown', recoveredMs: 0, sent: 0, unclear: false, faults: [error.message], broken: true }));
      results.push(result);
      report(result);
      // What this one left undone would be laid at the next one's door.
      if (result.broken) return { results, together: [`not asked, because ${result.name} did not come to its end`] };
    }
    await queuesEmpty(world);
    return { results, together: await checkFeed(world) };
  } finally {
    await world.close();
  }
}

const lifeName = (point: string): string => `files and tokens, ${point}`;

/** Killed at one point after the other, with no start in between in which nobody dies. */
async function proveLife(code: string, points: readonly LifePoint[], report: (result: TrialResult) => void): Promise<{ results: TrialResult[]; together: string[] }> {
  const world = await CrashWorld.open(code, [], LIFE_SETTINGS);
  try {
    const life = await Life.begin(world);
    const results: TrialResult[] = [];
    for (const point of points) {
      await world.kill();
      const begun = performance.now();
      const doomed = await world.start(point);
      await life.demand(point);
      const exit = await exitWithin(doomed.exited, LIFE_DEATH_MS, `after everything that passes ${point} was asked of it`);
      const result: TrialResult = {
        name: lifeName(point), point, diedBy: deathOf(exit), recoveredMs: Math.round(performance.now() - begun), sent: 0, unclear: false,
        faults: exit.signal === 'SIGKILL' ? [] : [`it ended by ${deathOf(exit)} instead of SIGKILL`],
      };
      results.push(result);
      report(result);
    }
    await world.kill();
    await world.start();
    await life.end();
    return { results, together: life.faults };
  } finally {
    await world.close();
  }
}

async function attempt(world: CrashWorld, trial: Trial, label: string): Promise<TrialResult> {
  // What the trial before has looked at is recorded too: an armed collector must not die of that.
  await world.quiet();
  await world.kill();
  const person = world.people.get(trial);
  if (!person) throw new Error(`${trialName(trial)} has nobody to talk to.`);
  const doomed = await world.start(trial.point);
  const client = new Client(world, person, label, trial.point.startsWith('export:'), trial.point.startsWith('data-export:'));
  await client.everything(trial.first);
  const exit = await exitWithin(doomed.exited, DEATH_MS, `after everything that passes ${trial.point} was asked of it`);
  const unclear = (await world.ledger(person)) === 'ATTEMPTED';
  await world.kill({ database: trial.database });

  const begun = performance.now();
  await world.start();
  await client.everything(trial.first);
  await world.quiet();
  const recoveredMs = performance.now() - begun;
  const replyId = client.replyId ?? '';
  const faults = await check(world, trial, { person, label, body: client.body, replyId, unclear }, () => sleep(WATCH_MS));
  if (client.exportId) faults.push(...await world.exported(client.exportId));
  return {
    name: trialName(trial), point: trial.point, diedBy: deathOf(exit), recoveredMs: Math.round(recoveredMs), unclear, sent: (await world.taken(replyId)).length,
    faults: [...(exit.signal === 'SIGKILL' ? [] : [`it ended by ${deathOf(exit)} instead of SIGKILL`]), ...faults],
  };
}

const deathOf = ({ code, signal }: Exit): string => signal ?? `exit code ${code}`;

/** The outside world: a provider that delivers until it is answered, and a client that repeats with the same key until it is. */
class Client {
  readonly body: string;
  replyId: string | null = null;
  exportId: string | null = null;
  #delivered = false;
  #broken = false;

  constructor(private readonly world: CrashWorld, private readonly person: Person, private readonly label: string, private readonly exporting: boolean, private readonly exportingList: boolean) {
    this.body = batch(person, label);
  }

  async everything(first: Trial['first']): Promise<void> {
    const steps = [() => this.#deliver(), () => this.#send()];
    for (const step of first === 'send' ? steps.toReversed() : steps) await step();
    if (this.exportingList) this.exportId ??= await this.#unlessDead(() => this.world.requestListExport(`export-${this.person.from}`, this.person.conversationId));
    if (this.exporting) this.exportId ??= await this.#unlessDead(() => this.world.requestExport(`export-${this.person.from}`));
  }

  async #deliver(): Promise<void> {
    if (this.#delivered) return;
    await this.#unlessDead(() => this.world.deliver(this.body));
    this.#delivered = !this.#broken;
  }

  async #send(): Promise<void> {
    if (this.replyId !== null) return;
    const { conversationId } = this.person;
    this.replyId = await this.#unlessDead(() => this.world.send(conversationId, `reply to ${this.label}`, `reply-${this.person.from}`));
  }

  /** A broken connection is what a kill looks like from outside; anything else is a fault of the product. */
  async #unlessDead<T>(request: () => Promise<T>): Promise<T | null> {
    this.#broken = false;
    try {
      return await request();
    } catch (error) {
      // By message: under jest, fetch's TypeError is another realm's.
      if (!(error as Error).message.match(/^(fetch failed|terminated)$/)) throw error;
      this.#broken = true;
      return null;
    }
  }
}

/** A job that was running when its process died is found and ended by the next one; that takes a few seconds. */
async function queuesEmpty(world: CrashWorld): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const [row] = await world.rows<{ left: number }>('select count(*)::int as left from bullmq.job');
    if (row?.left === 0) return;
    await sleep(50);
  }
}

/** Kills per point, as lines to print. */
export function killTable({ results, together }: CrashProof): string[] {
  const width = Math.max(...results.map(({ name }) => name.length));
  return [
    `${'killed at'.padEnd(width)}  by       recovered  sent  `,
    ...results.map(({ name, diedBy, recoveredMs, sent, unclear, faults }) =>
      `${name.padEnd(width)}  ${diedBy.padEnd(7)}  ${`${(recoveredMs / 1000).toFixed(1)} s`.padStart(9)}  ${String(sent).padStart(4)}  ${faults.length === 0 ? (unclear ? 'held, left to a person' : 'held') : faults.join('; ')}`),
    `${results.filter(({ diedBy }) => diedBy === 'SIGKILL').length} kills; the subscriber that outlived them: ${together.length === 0 ? 'every message once, in order' : together.join('; ')}`,
  ];
}
