// What a backup and its restore take, beside copying and compressing the same folder, in one run; the memory of the one that does it; and how much less those get done who write meanwhile.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { ChildProcess } from 'node:child_process';
import { RecoveryWorld, type Ran } from '../prove/recovery.world.js';
import { machine, median, round, type Machine } from './machine.facts.js';

export interface BackupBenchOptions {
  /** Of rows, beside what the product itself has. */
  megabytes: number;
  rounds: number;
}

export const BACKUP_DEFAULTS: BackupBenchOptions = { megabytes: 300, rounds: 3 };
export const BACKUP_SMALL: BackupBenchOptions = { megabytes: 40, rounds: 1 };

/** Megabytes of content a second. */
export interface BackupBenchReport {
  machine: Machine;
  options: BackupBenchOptions;
  megabytes: number;
  copy: number;
  backup: number;
  restore: number;
  /** Most resident memory, in MB. */
  rss: { backup: number; restore: number };
  /** Changes a second by four who write, alone and while a backup is taken. */
  foreground: { alone: number; meanwhile: number };
}

const slowedBy = ({ foreground: { alone, meanwhile } }: BackupBenchReport): number => Math.max(0, 1 - meanwhile / alone);

export const backupFailed = (report: BackupBenchReport): boolean => report.backup < 0.6 * report.copy || report.restore < 0.6 * report.copy || report.rss.backup > 150 || slowedBy(report) > 0.15;
/** Long enough that no checkpoint is the whole of it. */
const ALONE_MS = 10_000;

export async function benchBackup(options: BackupBenchOptions, say: (line: string) => void): Promise<BackupBenchReport> {
  const world = await RecoveryWorld.open();
  try {
    say('writing rows');
    await world.fill(options.megabytes);
    const rates: { copy: number; backup: number; restore: number; rss: [number, number] }[] = [];
    let bytes = 0;
    for (let number = 1; number <= options.rounds; number += 1) {
      const copied = await timed(() => copyAndPack(join(world.server.dataDir, 'cluster'), join(world.folder, `copy-${number}`)));
      const made = await watched(world, 'backup', ['create']);
      const restored = await watched(world, 'restore', ['--to', join(world.folder, `restored-${number}`)]);
      bytes = Number(/([\d.]+) MB in/.exec(made.text)?.[1]) * 1e6;
      rates.push({ copy: copied.value / copied.seconds / 1e6, backup: bytes / made.seconds / 1e6, restore: bytes / restored.seconds / 1e6, rss: [made.rss, restored.rss] });
      say(`round ${number}: copy ${round(rates.at(-1)?.copy ?? 0, 1)}, backup ${round(rates.at(-1)?.backup ?? 0, 1)}, restore ${round(rates.at(-1)?.restore ?? 0, 1)} MB/s`);
    }
    say('while others write');
    world.write();
    const alone = await changesIn(world, () => sleep(ALONE_MS));
    const meanwhile = await changesIn(world, async () => { await watched(world, 'backup', ['create']); });
    await world.rest();
    const of = (key: 'copy' | 'backup' | 'restore'): number => round(median(rates.map((one) => one[key])), 1);
    return {
      machine: machine(), options, megabytes: round(bytes / 1e6, 0), copy: of('copy'), backup: of('backup'), restore: of('restore'),
      rss: { backup: Math.max(...rates.map(({ rss }) => rss[0])), restore: Math.max(...rates.map(({ rss }) => rss[1])) },
      foreground: { alone: round(alone, 0), meanwhile: round(meanwhile, 0) },
    };
  } finally {
    await world.close();
  }
}

export const backupTable = (report: BackupBenchReport): string[] => {
  const { megabytes, copy, backup, restore, rss, foreground } = report;
  const part = (rate: number): string => `${rate} MB/s, ${Math.round((100 * rate) / copy)} % of that`;
  return [
    `${megabytes} MB of files`,
    `copy + zstd   ${copy} MB/s`,
    `backup        ${part(backup)}; the whole command, with the start of its process, the log and the counts of every table; at most ${rss.backup} MB resident`,
    `restore       ${part(restore)}, with following the log; at most ${rss.restore} MB resident`,
    `who writes    ${foreground.alone} changes/s, ${foreground.meanwhile} while a backup is taken: ${Math.round(100 * slowedBy(report))} % fewer`,
  ];
};

/** A second. */
async function changesIn(world: RecoveryWorld, work: () => Promise<unknown>): Promise<number> {
  const before = world.history.changes;
  const { seconds } = await timed(work);
  return (world.history.changes - before) / seconds;
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const begun = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - begun) / 1000 };
}

/** One file after the other, as a script would. @returns bytes read */
async function copyAndPack(from: string, to: string): Promise<number> {
  await mkdir(to);
  let [bytes, number] = [0, 0];
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('pg_wal')) continue;
    const path = join(entry.parentPath, entry.name);
    bytes += (await stat(path)).size;
    await pipeline(createReadStream(path), createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }), createWriteStream(join(to, String(number++))));
  }
  return bytes;
}

async function watched(world: RecoveryWorld, command: 'backup' | 'restore', args: readonly string[]): Promise<{ text: string; seconds: number; rss: number }> {
  const { child, ended } = world.start(command, args);
  let rss = 0;
  const timer = setInterval(() => { peakOf(child).then((peak) => { rss = Math.max(rss, peak); }, () => undefined); }, 50);
  const { value, seconds } = await timed<Ran>(() => ended);
  clearInterval(timer);
  if (value.code !== 0) throw new Error(value.text);
  return { text: value.text, seconds, rss };
}

/** In MB, as Linux tells it; 0 where nobody does. */
const peakOf = async ({ pid = 0 }: ChildProcess): Promise<number> => Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
