// The server's own log files: kept few, and read when it dies.
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './start.error.js';

/** Files of 8 MB that are kept. PostgreSQL rotates them by size and never deletes one. */
const KEPT_FILES = 5;

/** Deletes all but the newest log files of a cluster. */
export async function pruneLogs(cluster: string): Promise<void> {
  for (const name of (await logNames(cluster)).slice(0, -KEPT_FILES)) await rm(join(cluster, 'log', name), { force: true });
}

/** The last lines that the server wrote since a time (in milliseconds): before its log began (`startFile`) and into its log. */
export async function logTail(cluster: string, startFile: string, since: number): Promise<string[]> {
  const newest = (await logNames(cluster)).at(-1);
  const log = newest === undefined ? [] : (await readFile(join(cluster, 'log', newest), 'utf8')).split('\n');
  const first = log.findIndex((line) => timeOf(line) >= since);
  const lines = [...(await readFile(startFile, 'utf8')).split('\n'), ...(first < 0 ? [] : log.slice(first))];
  return lines.filter((line) => line.trim() !== '' && !/redirecting log output|Future log output/.test(line)).slice(-12);
}

async function logNames(cluster: string): Promise<string[]> {
  try {
    return (await readdir(join(cluster, 'log'))).filter((name) => /^postgresql-\d{8}-\d{6}\.log$/.test(name)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Lines begin with their time as `2030-01-31 12:00:00.000 UTC`; NaN for the rest of a longer entry. */
function timeOf(line: string): number {
  return Date.parse(line.slice(0, 23).replace(' ', 'T') + 'Z');
}
