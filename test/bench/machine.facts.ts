// What a measurement was taken on, and what processes used, as Linux tells it. Elsewhere the figures are absent.
import { readFileSync, readdirSync } from 'node:fs';
import { cpus, loadavg, platform, release, totalmem } from 'node:os';

const MEGABYTE = 1024 * 1024;
/** Of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface Machine {
  cpu: string;
  cores: number;
  memoryGB: number;
  system: string;
  node: string;
  /** Load average of the last minute, at the beginning: above 0.5 others were at work too. */
  load: number;
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGB: Math.round(totalmem() / MEGABYTE / 1024),
  system: `${platform()} ${release()}`, node: process.version, load: Number(loadavg()[0]?.toFixed(2)),
});

export interface Usage {
  /** Resident memory, shared parts counted in full, in MB. */
  rssMB: number;
  /** Resident memory, shared parts divided among those that share them, in MB; null where only their owner may see it. */
  pssMB: number | null;
  /** User and system time so far, children that ended included. */
  cpuSeconds: number;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended, or it belongs to somebody else.
    return null;
  }
}

const kilobytes = (text: string | null, field: string): number | null => {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text ?? '')?.[1];
  return found === undefined ? null : Number(found);
};

const statOf = (pid: number): string[] => {
  const text = read(`/proc/${pid}/stat`) ?? '';
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

const usageOf = (pid: number): Usage | null => {
  const rss = kilobytes(read(`/proc/${pid}/status`), 'VmRSS');
  if (rss === null) return null;
  const pss = kilobytes(read(`/proc/${pid}/smaps_rollup`), 'Pss');
  const ticks = statOf(pid).slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { rssMB: rss / 1024, pssMB: pss === null ? null : pss / 1024, cpuSeconds: ticks / TICKS_PER_SECOND };
};

/** CPU time that the whole machine spent on something so far, in seconds; null where the system does not tell. */
export function machineCpuSeconds(): number | null {
  const fields = /^cpu\s+(.*)$/m.exec(read('/proc/stat') ?? '')?.[1]?.trim().split(/\s+/).map(Number);
  if (!fields) return null;
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields;
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

/** The process alone. Null where the system does not tell. */
export const processUsage = (pid: number): Usage | null => usageOf(pid);

/** The process and its living children together: PostgreSQL has one process for each connection. */
export function familyUsage(pid: number): Usage | null {
  if (platform() !== 'linux') return null;
  const children = readdirSync('/proc').map(Number).filter((child) => child > 0 && Number(statOf(child)[1]) === pid);
  return [pid, ...children].map(usageOf).filter((usage) => usage !== null).reduce<Usage | null>((sum, one) => sum && {
    rssMB: sum.rssMB + one.rssMB,
    pssMB: sum.pssMB === null || one.pssMB === null ? null : sum.pssMB + one.pssMB,
    cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
  }, { rssMB: 0, pssMB: 0, cpuSeconds: 0 });
}

/** The processes of `roots` and all their living descendants, each once. */
function treeOf(roots: readonly number[]): Set<number> {
  const parents = readdirSync('/proc').map(Number).filter((pid) => pid > 0).map((pid) => [pid, Number(statOf(pid)[1])] as const);
  const tree = new Set(roots);
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return tree;
}

/**
 * Watches the machine from now on. @param own this process's tree is never among the others, and neither are those of `own`
 * @returns asked later: the cores that all other programs kept busy meanwhile; null where the system does not tell
 */
export function watchOthers(own: readonly number[]): () => number | null {
  const used = (): number | null => {
    const whole = machineCpuSeconds();
    return whole === null ? null : [...treeOf([process.pid, ...own])].reduce((rest, pid) => rest - (usageOf(pid)?.cpuSeconds ?? 0), whole);
  };
  const [begun, before] = [performance.now(), used()];
  return () => {
    const after = used();
    return before === null || after === null ? null : round(Math.max(0, (after - before) / ((performance.now() - begun) / 1000)), 2);
  };
}

export const round = (value: number, digits: number): number => Number(value.toFixed(digits));

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export interface Summary {
  n: number;
  min: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Nearest-rank percentiles, rounded to `digits`. */
export function summary(values: readonly number[], digits = 1): Summary {
  const ordered = values.toSorted((a, b) => a - b);
  const at = (share: number): number => Number((ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] ?? Number.NaN).toFixed(digits));
  return { n: ordered.length, min: at(0), p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
