// Keeps the log while workers run, and notes how far it is. Of several processes one does, which holds the slot; the others are there when it goes.
import { Client, type Pool } from 'pg';
import { noteBackupLog } from '../../subgraphs/compliance/public.js';
import type { Config } from '../../subgraphs/kernel/base/config.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import { createPool } from '../../subgraphs/kernel/data/driver.js';
import { noteErased } from '../../workers/backups/erasure.ledger.js';
import { Repository } from '../../workers/backups/repository.js';
import { WalArchiver } from '../../workers/backups/wal.archiver.js';
import { Loop } from '../../workers/loop.js';
import { backupStorage, type BackedUpServer } from './backup.place.js';

export interface KeeperOptions {
  config: Config;
  masterKey: MasterKeyPort;
  server: BackedUpServer;
  /** Login of the system role where the note is. */
  systemUrl: string;
  logger: Logger;
}

/** Each note is a little more log: not more often than somebody wants to know. */
const NOTE_MS = 15_000;

export interface LogKeeper {
  stop(): Promise<void>;
  system: Pool;
}

/** Null: the configuration names no place for backups. */
export function startLogKeeper({ config, masterKey, server, systemUrl, logger }: KeeperOptions): LogKeeper | null {
  if (!config.backups.first) return null;
  const system = createPool({ url: systemUrl, maxConnections: 1, name: 'switchboard:backup', onError: (error) => logger.warn({ err: error.message }, 'the connection that notes of backups come by is lost') });
  let archiver: WalArchiver | null = null;
  let repository: Repository | null = null;
  const loop = new Loop({
    name: 'backup log', everyMs: NOTE_MS, logger,
    round: async () => {
      // The place may be away at the start.
      repository ??= await Repository.open(backupStorage(config), masterKey, true);
      if (!archiver) {
        archiver = new WalArchiver({
          repository, url: server.replicationUrl, log: (line, error) => logger.warn({ err: error }, line),
          onGap: (text) => { logger.error({ gap: text }, 'a part of the log is lost'); loop.wake(); },
        });
        archiver.start();
        return false;
      }
      await noteErasedBy(server.adminUrl, repository);
      // Whoever does not hold the slot has nothing to tell.
      if (archiver.gap) await archiver.lookForGap();
      if (archiver.upTo || archiver.failure || archiver.gap) {
        await noteBackupLog(system, { keptUntil: archiver.upTo?.at ?? null, failing: archiver.failure, alarm: archiver.gap });
      }
      return false;
    },
  });
  return {
    system,
    stop: async () => {
      await loop.stop();
      await archiver?.stop();
      await system.end();
    },
  };
}

async function noteErasedBy(url: string, repository: Repository): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'switchboard:backup', connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await noteErased(repository, client);
  } finally {
    await client.end();
  }
}
