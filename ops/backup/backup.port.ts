// What the jobs of compliance take and verify backups with: the server and the place that the configuration names.
import type { Pool } from 'pg';
import { BackupFailure, noteBackupLog, type BackupPort } from '../../subgraphs/compliance/public.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import type { Config } from '../../subgraphs/kernel/base/config.js';
import { crashAt } from '../../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import { openStorage } from '../../subgraphs/kernel/storage/storage.open.js';
import { withBackupLock } from '../../workers/backups/backup.lock.js';
import { withClient } from '../../workers/backups/backup.client.js';
import { BackupError } from '../../workers/backups/backup.error.js';
import { createBackup } from '../../workers/backups/backup.create.js';
import { noteErased } from '../../workers/backups/erasure.ledger.js';
import { listBackups } from '../../workers/backups/manifest.js';
import { Repository } from '../../workers/backups/repository.js';
import { prune } from '../../workers/backups/retention.js';
import { DamagedObject } from '../../workers/backups/sealed.object.js';
import { verifyBackup } from '../../workers/backups/verify.js';
import { forgetErased, pruneTenant } from '../../workers/tenant-backups/tenant.retention.js';
import { takeSnapshot, withTenantAlone } from '../../workers/tenant-backups/snapshot.create.js';
import type { Places } from '../places.js';
import { backupStorage, type BackedUpServer } from './backup.place.js';
import { schemasOf } from './backup.schemas.js';
import { localRecovery } from './recovery.server.js';
import { tenantSources } from './tenant.sources.js';

export interface BackupParts {
  config: Config;
  masterKey: MasterKeyPort;
  server: BackedUpServer;
  places: Places;
  logger: Logger;
  /** Of the system role, where the note of the log is. */
  system: () => Pool;
}

/** Null: the configuration names no place for backups. */
export function backupPort({ config, masterKey, server: { adminUrl, replicationUrl, systemUrl }, places, logger, system }: BackupParts): BackupPort | null {
  if (!config.backups.first) return null;
  let opened: Promise<Repository> | null = null;
  const repository = (): Promise<Repository> => {
    opened ??= Repository.open(backupStorage(config), masterKey, true);
    // Whoever asked hears why; the next to ask tries again.
    opened.catch(() => { opened = null; });
    return opened;
  };
  const log = (line: string, error?: unknown): void => logger.warn({ err: error }, line);
  return {
    create: (label, progress) => plainly(async () => {
      const into = await repository();
      const schemas = await withClient(adminUrl, async (client) => {
        await noteErased(into, client);
        return schemasOf(client);
      });
      const { manifest, sha256 } = await createBackup({
        repository: into, adminUrl, replicationUrl, label, schemas, files: { place: openStorage(config), url: systemUrl }, log, crash: crashAt(config.crashAt),
        onGap: (alarm) => { noteBackupLog(system(), { keptUntil: null, failing: null, alarm }).catch((error: unknown) => log('a gap in the log could not be noted', error)); },
        progress: ({ phase, done, total }) => progress(phase, total > 0 ? done / total : 0),
      });
      return { backupId: manifest.id, manifestSha256: sha256, content: manifest.content, stored: manifest.stored };
    }),
    verify: (id, wanted, progress) => plainly(async () => {
      const from = await repository();
      const chosen = id ?? (await listBackups(from)).whole.at(-1)?.id;
      if (chosen === undefined) throw new BackupError('There is no backup yet.');
      const { reached, latest, findings, copies } = await verifyBackup({
        repository: from, id: chosen, wanted, recovery: await localRecovery(config.dataDir, (line) => logger.info(line)), progress,
      });
      return { backupId: chosen, level: reached, latest, findings: [...findings, ...copies] };
    }),
    tenant: (tenantId, label, run, progress) => plainly(async () => {
      const into = await repository();
      await withClient(adminUrl, (client) => noteErased(into, client));
      const sources = await tenantSources({ config, places, repository: into, masterKey, logger });
      return withTenantAlone(sources, tenantId, async () => {
        const { manifest, sha256 } = await takeSnapshot(sources, { tenantId, label, run, progress, crash: crashAt(config.crashAt) });
        await pruneTenant(into, tenantId, { count: config.backups.tenants.keepCount, days: config.backups.tenants.keepDays }, systemClock.now());
        return { backupId: manifest.id, manifestSha256: sha256, content: manifest.content, stored: manifest.stored };
      });
    }),
    prune: () => plainly(async () => {
      const { keepCount: count, keepDays: days } = config.backups;
      const from = await repository();
      await forgetErased(from);
      const lost = (error: Error): void => log('the connection that holds the lock of backups is lost', error);
      return (await withBackupLock(adminUrl, lost, () => prune(from, { rules: { count, days }, now: systemClock.now(), dryRun: false, alone: true }))).backups;
    }),
  };
}

/** What an operator can mend is told as it is. */
async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BackupError || error instanceof DamagedObject ? new BackupFailure(error.message) : error;
  }
}
