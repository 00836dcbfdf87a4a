// The fault proof: processes killed, servers killed, lines cut, a disk filled, under load; then nothing is lost, doubled, blank or left undone.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisServerPath } from '../kit/capabilities.js';
import { compileProduct, discardProduct } from '../kit/product.js';
import { until } from '../kit/until.js';
import { contradictions } from './faults.evidence.js';
import { Happening, cut, fullDisk, kill, killPostgres, killRedis, roles, slow, subgraphs, type Phase } from './faults.phases.js';
import { FaultWorld } from './faults.world.js';
import { seeded, shuffled } from './seeded.js';
import { onSignal } from './signals.js';

const ROUNDS = 3;
const WARM_MS = 500;
/** How long everything must be whole, under load, once it has recovered. */
const CALM_MS = 500;
const WHOLE_MS = 30_000;
/** Sentences of one point in the table; `--json` has all. */
const SHOWN = 8;

export interface PhaseResult {
  name: string;
  /** Of what was killed. */
  pids: number[];
  requests: number;
  /** Not answered whole while something was broken. */
  failed: number;
  /** From the kill of a process, or the end of another fault, until a message written then was heard and every subgraph answered. */
  recoveredMs: number;
  /** Sends that nobody knows the outcome of, as the product says openly. */
  unconfirmed: number;
  violations: string[];
}

export interface FaultProof {
  seed: number;
  results: PhaseResult[];
  /** Phases that this machine cannot have, with the reason. */
  skipped: string[];
}

export interface FaultOptions {
  small: boolean;
  /** Decides order and moments of the kills; another one at each run when absent. */
  seed?: number;
  /** Only faults whose name holds it. */
  only?: string;
  report?: (result: PhaseResult) => void;
  say?: (line: string) => void;
}

/** Small: each fault once. Otherwise each kill several times, and every subgraph that people notice goes silent. */
function phasesOf(small: boolean, world: FaultWorld, random: () => number): Phase[] {
  const rounds = Array.from({ length: small ? 1 : ROUNDS }, () => [...shuffled(roles(), random).map(kill), killPostgres, ...(world.redis ? [killRedis] : [])]);
  return [
    ...rounds.flat(), ...subgraphs().map(cut), ...(small ? ['commerce'] : ['commerce', 'tenancy', 'conversations']).map(slow),
    ...(world.postgres.diskCanFill ? [fullDisk(false), ...(small ? [] : [fullDisk(true)])] : []),
  ];
}

export async function proveFaults({ small, seed = randomInt(1_000_000_000), only = '', report = () => undefined, say = () => undefined }: FaultOptions): Promise<FaultProof> {
  const redis = redisServerPath();
  const code = compileProduct();
  const random = seeded(seed);
  const proof: FaultProof = { seed, results: [], skipped: [] };
  if (redis === null) proof.skipped.push(`${killRedis.name}: redis-server is not installed`);
  say(`seed ${seed}; queues and bus on ${redis === null ? 'PostgreSQL' : 'Redis'}`);
  try {
    const opening = FaultWorld.open(code, redis);
    const listenNoMore = onSignal(async () => (await opening).close().finally(() => discardProduct(code)));
    const world = await opening;
    try {
      if (!world.postgres.diskCanFill) proof.skipped.push('disk full: a small file system in memory needs root on Linux');
      for (const line of proof.skipped) say(`skipped ${line}`);
      const known = new Set<string>();
      for (const phase of phasesOf(small, world, random).filter(({ name }) => name.includes(only))) {
        const result = await go(world, phase, random, known);
        proof.results.push(result);
        report(result);
      }
    } finally {
      listenNoMore();
      await world.close();
    }
  } finally {
    discardProduct(code);
  }
  return proof;
}

/** One phase from quiet to quiet. @param known contradictions that an earlier phase has to answer for */
async function go(world: FaultWorld, phase: Phase, random: () => number, known: Set<string>): Promise<PhaseResult> {
  const { load } = world;
  await world.refreshToken();
  load.counted();
  load.begin(world.customers, world.recipients);
  await sleep(WARM_MS * (0.5 + random()));
  const happening = new Happening(world, random);
  const { violations } = happening;
  const broken = (error: Error): void => { violations.push(error.message.slice(0, 1_000)); };
  await phase.happen(happening).catch(broken);
  await world.recovered().catch(broken);
  await until(async () => (await happening.ask()).kind === 'whole', 'every subgraph answers', WHOLE_MS).catch(broken);
  const recoveredMs = Math.round(performance.now() - happening.since);
  load.calm = true;
  await sleep(CALM_MS);
  load.calm = false;
  await load.end();
  const evidence = await world.evidence();
  const { requests, failed, wrong } = load.counted();
  for (const sentence of [...wrong, ...world.surprises.splice(0), ...contradictions(evidence)]) {
    if (!known.has(sentence)) violations.push(sentence);
    known.add(sentence);
  }
  return {
    name: phase.name, pids: happening.pids, requests, failed, recoveredMs,
    unconfirmed: evidence.stored.filter(({ status }) => status === 'UNCONFIRMED').length, violations,
  };
}

/** One loss is often many sentences: the first ones tell which. */
export const shown = (violations: readonly string[]): string[] =>
  (violations.length > SHOWN ? [...violations.slice(0, SHOWN), `and ${violations.length - SHOWN} more`] : [...violations]);

/** Kills per point, and what they cost, as lines to print. */
export function faultTable({ seed, results, skipped }: FaultProof): string[] {
  const points = [...Map.groupBy(results, ({ name }) => name)].map(([name, rounds]) => ({
    name, rounds, pids: rounds.flatMap(({ pids }) => pids), violations: rounds.flatMap(({ violations }) => violations),
  }));
  const width = Math.max(...points.map(({ name }) => name.length), 'fault'.length);
  const sum = (rounds: PhaseResult[], of: (result: PhaseResult) => number): number => rounds.reduce((total, result) => total + of(result), 0);
  const line = (...[name, ...cells]: [string, ...string[]]): string => [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join('  ');
  const kills = results.flatMap(({ pids }) => pids);
  return [
    line('fault', 'kills', 'pids', 'requests', 'failed', 'recovered', 'wrong'),
    ...points.map(({ name, rounds, pids, violations }) => line(
      name, String(pids.length), String(new Set(pids).size), String(sum(rounds, ({ requests }) => requests)), String(sum(rounds, ({ failed }) => failed)),
      `${(Math.max(...rounds.map(({ recoveredMs }) => recoveredMs)) / 1000).toFixed(1)} s`, String(violations.length))),
    ...points.flatMap(({ name, violations }) => shown(violations).map((sentence) => `  ${name}: ${sentence}`)),
    ...skipped.map((sentence) => `skipped ${sentence}`),
    `seed ${seed}: ${kills.length} kills of ${new Set(kills).size} processes, ${sum(results, ({ requests }) => requests)} requests, `
      + `${results.at(-1)?.unconfirmed ?? 0} sends left to a person, ${sum(results, ({ violations }) => violations.length)} violations`,
  ];
}
