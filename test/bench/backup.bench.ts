// What a backup and its restore take, beside copying and compressing the same folder, in one run; and the memory of the one that does it.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
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
}

export const backupFailed = ({ backup, copy, rss }: BackupBenchReport): boolean => backup < 0.6 * copy || rss.backup > 150;

export async function benchBackup(options: BackupBenchOptions, say: (line: string) => void): Promise<BackupBenchReport> {
  const world = await RecoveryWorld.open();
  try {
    say('writing rows');
    // Half of each row is noise: as compressible as messages are.
    await world.query(`insert into public.ledger select n, repeat(md5(n::text), 4) || (select string_agg(md5(random()::text || n::text), '') from generate_series(1, 4)) from generate_series(1, ${Math.ceil(options.megabytes * 3_500)}) n`);
    await world.query('vacuum (freeze, analyze) public.ledger');
    await world.query('checkpoint');
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
    const of = (key: 'copy' | 'backup' | 'restore'): number => round(median(rates.map((one) => one[key])), 1);
    return {
      machine: machine(), options, megabytes: round(bytes / 1e6, 0), copy: of('copy'), backup: of('backup'), restore: of('restore'),
      rss: { backup: Math.max(...rates.map(({ rss }) => rss[0])), restore: Math.max(...rates.map(({ rss }) => rss[1])) },
    };
  } finally {
    await world.close();
  }
}

export const backupTable = ({ megabytes, copy, backup, restore, rss }: BackupBenchReport): string[] => [
  `${megabytes} MB of files`,
  `copy + zstd   ${copy} MB/s`,
  `backup        ${backup} MB/s, ${Math.round((100 * backup) / copy)} % of that; the whole command, with the start of its process, the log and the counts of every table; at most ${rss.backup} MB resident`,
  `restore       ${restore} MB/s, with following the log; at most ${rss.restore} MB resident`,
];

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
