// A database with every schema, a place of files and a place of backups: what backups of one tenant are tried on.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { definitions, migrationSets } from '../../ops/composition.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { NO_SNAPSHOT_RULES } from '../../subgraphs/kernel/data/snapshot-rules.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { Repository } from '../../workers/backups/repository.js';
import type { TenantSources } from '../../workers/tenant-backups/tenant.source.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { TEST_MASTER_KEY } from './subgraph.js';
import { dropChecks, fillTenant, type FilledTenant } from './tenant.rows.js';

export const testMaster = environmentMasterKey(TEST_MASTER_KEY);

export class TenantBackups {
  private constructor(readonly folder: string, readonly database: TestDatabase, readonly admin: Client, readonly sources: TenantSources) {}

  static async start(): Promise<TenantBackups> {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-tenant-backup-'));
    const database = await createTestDatabase(migrationSets());
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    await dropChecks(admin);
    const sources: TenantSources = {
      repository: await Repository.open(new FolderStorage(join(folder, 'store')), testMaster, true), files: new FolderStorage(join(folder, 'files')), masterKey: testMaster, logger: silentLogger,
      schemas: definitions.map(({ name, tenantSnapshot = NO_SNAPSHOT_RULES, sealed = [], migrations }) => ({
        name, rules: tenantSnapshot, sealed, systemUrl: database.urls.system, version: migrations.at(-1)?.name ?? '',
      })),
    };
    return new TenantBackups(folder, database, admin, sources);
  }

  async tenant(state = 'SUSPENDED'): Promise<FilledTenant> {
    const tenant = await fillTenant(this.admin, testMaster, state);
    for (const [key, content] of tenant.files) await this.sources.files.put(key, once(content));
    return tenant;
  }

  async close(): Promise<void> {
    await this.admin.end();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
