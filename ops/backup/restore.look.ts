// `--port N`: the restored cluster serves on a port of this machine, for a look, until somebody has seen enough.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../../subgraphs/kernel/base/config.js';
import { BackupError } from '../../workers/backups/backup.error.js';
import { startPostgres } from '../postgres/server.js';
import type { CommandEnd, CommandParts } from './command.parts.js';

/** @throws ConfigError when it is none, BackupError when somebody has it: before anything else is done */
export async function portOf(text: string | undefined): Promise<number | null> {
  if (text === undefined) return null;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new ConfigError(`${text} is no port: it is a number from 1 to 65535.`);
  await new Promise<void>((done, fail) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => fail(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new BackupError(`Port ${port} cannot be used on this machine (${error.code}): choose another.`) : error));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done()));
  });
  return port;
}

/** @param data the folder that the cluster is in */
export async function serveForLook(data: string, port: number, { say, ended }: Pick<CommandParts, 'say' | 'ended'>): Promise<CommandEnd> {
  const server = await startPostgres({ dataDir: data, log: say, port });
  // The server lives by itself, and waiting for a signal alone keeps no program alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    say(`it serves on 127.0.0.1:${server.port}: PGPASSWORD=$(cat ${join(server.dataDir, 'superuser-password')}) psql -h 127.0.0.1 -p ${server.port} -U postgres`);
    say('Ctrl-C ends it; the folder stays');
    await ended;
  } finally {
    clearInterval(alive);
    await server.stop();
  }
  return { ok: true, lines: ['stopped'] };
}
