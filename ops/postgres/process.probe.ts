// What can be known of a process by its id: whether it lives, when it began, and its command line.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './start.error.js';

/** A process that cannot be mistaken for a later one with the same id; `startTime` is null where the system does not tell. */
export interface ProcessMark {
  pid: number;
  startTime: string | null;
}

/** The mark of the process that has this id now. */
export function markOf(pid: number): ProcessMark {
  return { pid, startTime: startTimeOf(pid) };
}

/** True while exactly the marked process lives. */
export function isAlive(mark: ProcessMark): boolean {
  if (!isRunning(mark.pid)) return false;
  const startTime = startTimeOf(mark.pid);
  return startTime === null || mark.startTime === null || startTime === mark.startTime;
}

/** True when a process has this id. A zombie is dead: in a container nobody may ever collect it. */
export function isRunning(pid: number): boolean {
  return isTaken(pid) && linuxStat(pid)?.[0] !== 'Z';
}

/** True when the id cannot be given to another process, because one runs with it or died with it and was not collected. */
export function isTaken(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** The command line, its words joined by blanks, or undefined where the system does not tell. */
export function commandLineOf(pid: number): string | undefined {
  if (process.platform === 'linux') return readProc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trimEnd();
  return ps(pid, 'command=');
}

/** Waits until no process has this id; false when it still lives after `ms` milliseconds. */
export async function waitForExit(pid: number, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (isRunning(pid)) {
    if (Date.now() >= end) return false;
    await sleep(20);
  }
  return true;
}

function startTimeOf(pid: number): string | null {
  if (process.platform !== 'linux') return ps(pid, 'lstart=') ?? null;
  const ticks = linuxStat(pid)?.[19];
  // Ticks count from boot, and ids begin again after one.
  return ticks === undefined ? null : `${readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}/${ticks}`;
}

/** Fields of /proc/<pid>/stat after the command name (which may hold blanks): state first, start time at 19. */
function linuxStat(pid: number): string[] | undefined {
  if (process.platform !== 'linux') return undefined;
  const text = readProc(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended while it was read; EACCES and ENOENT: a /proc that hides other users' processes.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

function ps(pid: number, column: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  const line = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', env });
  return line.status === 0 ? line.stdout.trim() : undefined;
}
