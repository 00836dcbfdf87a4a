// What an earlier run left behind in a cluster: a server that still runs, or the lock file of one that died.
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answerOf, superuserUrl } from './postmaster.js';
import { commandLineOf, isAlive, isRunning, isTaken, markOf } from './process.probe.js';
import type { ProcessMark } from './process.probe.js';
import { codeOf } from './start.error.js';

export interface Leftover {
  process: ProcessMark;
  port: number;
}

/** Higher than any process id of any system, and lower than what PostgreSQL reads as an integer. */
const NOBODYS_PID = 2_147_483_647;

/**
 * The server of this cluster that still runs, or undefined after making sure that a stale lock file stops nothing.
 * A living process with the id in the lock file is only believed when its command line names this cluster, or when it lets in
 * the superuser with this cluster's password.
 */
export async function findLeftover(
  cluster: string,
  password: string,
  log: (line: string) => void,
): Promise<Leftover | undefined> {
  const file = join(cluster, 'postmaster.pid');
  const text = await readOrNothing(file);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    log(`removing ${file}, which a power cut left without a process id`);
    await rm(file, { force: true });
    return undefined;
  }
  // PostgreSQL itself takes over the lock of a dead process, and checks that no part of the old server still runs.
  if (!isRunning(pid)) {
    // To PostgreSQL a zombie lives: it would refuse to start for as long as nobody collects it.
    if (isTaken(pid)) await disown(file, lines);
    return undefined;
  }
  const found = { process: markOf(pid), port };
  const commandLine = commandLineOf(pid);
  if (commandLine !== undefined && /postgres/.test(commandLine) && `${commandLine} `.includes(` -D ${cluster} `)) return found;
  if (port > 0 && (await answerOf(superuserUrl(port, password))) === 'ready' && isAlive(found.process)) return found;
  if (commandLine === undefined) return undefined;
  log(`${file} names process ${pid}, which is another program by now: taking over`);
  await disown(file, lines);
  return undefined;
}

/** True when the running server was started with the same program and arguments, the port (the last of them) aside. */
export async function runsAs(cluster: string, program: string, args: string[]): Promise<boolean> {
  const running = (await readOrNothing(join(cluster, 'postmaster.opts')))?.trim();
  const wanted = [program, ...args.slice(0, -1).map((word) => `"${word}"`)].join(' ');
  return running !== undefined && running.replace(/ "\d+"$/, '') === wanted;
}

/** Keeps the file, because PostgreSQL finds in it the shared memory of the old server, but names a process that cannot exist. */
async function disown(file: string, lines: string[]): Promise<void> {
  const draft = `${file}.partial`;
  const { uid, gid } = await stat(file);
  await writeFile(draft, [String(NOBODYS_PID), ...lines.slice(1)].join('\n'), { mode: 0o600 });
  if (process.getuid?.() === 0) await chown(draft, uid, gid);
  await rename(draft, file);
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
