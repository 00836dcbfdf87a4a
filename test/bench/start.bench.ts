// How long a start takes, on an empty folder and on one that was used before, and what it costs.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseOf, startProduct } from '../kit/product.js';
import { familyUsage, machine, processUsage, summary, type Machine, type Summary, type Usage } from './machine.facts.js';

const COLD_RUNS = 3;
const WARM_RUNS = 7;

interface Start {
  /** From spawning node to the ready line. */
  seconds: number;
  node: Usage | null;
  postgres: Usage | null;
}

export interface StartReport {
  machine: Machine;
  coldSeconds: Summary;
  warmSeconds: Summary;
  nodeRssMB: Summary;
  nodeCpuSeconds: { cold: Summary; warm: Summary };
  postgresRssMB: Summary;
  postgresPssMB: Summary;
  postgresCpuSeconds: { cold: Summary; warm: Summary };
}

/** Each start is followed by a clean stop, as a Ctrl-C makes it. */
export async function benchStart(code: string, say: (line: string) => void): Promise<StartReport> {
  const facts = machine();
  const cold: Start[] = [];
  const warm: Start[] = [];
  for (let run = 0; run < COLD_RUNS; run += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
    // As root PostgreSQL runs as another user, who must be able to enter.
    chmodSync(dataDir, 0o711);
    try {
      cold.push(await measure(code, dataDir));
      say(`cold ${cold.at(-1)?.seconds.toFixed(2)} s`);
      const runs = run === COLD_RUNS - 1 ? WARM_RUNS : 0;
      for (let again = 0; again < runs; again += 1) {
        warm.push(await measure(code, dataDir));
        say(`warm ${warm.at(-1)?.seconds.toFixed(2)} s`);
      }
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  const of = (starts: Start[], who: 'node' | 'postgres', figure: keyof Usage): number[] => starts.flatMap((start) => start[who]?.[figure] ?? []);
  return {
    machine: facts,
    coldSeconds: summary(cold.map(({ seconds }) => seconds), 2),
    warmSeconds: summary(warm.map(({ seconds }) => seconds), 2),
    nodeRssMB: summary(of(warm, 'node', 'rssMB'), 0),
    nodeCpuSeconds: { cold: summary(of(cold, 'node', 'cpuSeconds'), 2), warm: summary(of(warm, 'node', 'cpuSeconds'), 2) },
    postgresRssMB: summary(of(warm, 'postgres', 'rssMB'), 0),
    postgresPssMB: summary(of(warm, 'postgres', 'pssMB'), 0),
    postgresCpuSeconds: { cold: summary(of(cold, 'postgres', 'cpuSeconds'), 2), warm: summary(of(warm, 'postgres', 'cpuSeconds'), 2) },
  };
}

async function measure(code: string, dataDir: string): Promise<Start> {
  const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps'] });
  try {
    const database = databaseOf(dataDir);
    return { seconds: product.readyMs / 1000, node: processUsage(product.pid), postgres: database && familyUsage(database.pid) };
  } finally {
    await product.stop();
  }
}

export function startTable(report: StartReport): string[] {
  const line = (name: string, { min, p50, max, n }: Summary, unit: string): string =>
    `${name.padEnd(34)} median ${String(p50).padStart(6)} ${unit.padEnd(3)}  min ${String(min).padStart(6)}  max ${String(max).padStart(6)}  (${n} runs)`;
  return [
    line('cold: empty folder to ready', report.coldSeconds, 's'),
    line('warm: used folder to ready', report.warmSeconds, 's'),
    line('node, resident', report.nodeRssMB, 'MB'),
    line('node, CPU until ready, cold', report.nodeCpuSeconds.cold, 's'),
    line('node, CPU until ready, warm', report.nodeCpuSeconds.warm, 's'),
    line('PostgreSQL, resident (sum of RSS)', report.postgresRssMB, 'MB'),
    line('PostgreSQL, resident (sum of PSS)', report.postgresPssMB, 'MB'),
    line('PostgreSQL, CPU until ready, cold', report.postgresCpuSeconds.cold, 's'),
    line('PostgreSQL, CPU until ready, warm', report.postgresCpuSeconds.warm, 's'),
  ];
}
