// Where the rows and files of tenants are, for their backups: every schema on its own server if it has one.
import { withClient } from '../../workers/backups/backup.client.js';
import type { Repository } from '../../workers/backups/repository.js';
import type { TenantSources } from '../../workers/tenant-backups/tenant.source.js';
import type { Config } from '../../subgraphs/kernel/base/config.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import { NO_SNAPSHOT_RULES } from '../../subgraphs/kernel/data/snapshot-rules.js';
import { openStorage } from '../../subgraphs/kernel/storage/storage.open.js';
import { definitions } from '../composition.js';
import type { Places } from '../places.js';
import { schemasOf } from './backup.schemas.js';

export interface SourceParts {
  config: Config;
  places: Places;
  repository: Repository;
  masterKey: MasterKeyPort;
  logger: TenantSources['logger'];
}

export async function tenantSources({ config, places, repository, masterKey, logger }: SourceParts): Promise<TenantSources> {
  const versions: Record<string, string> = {};
  for (const { adminUrl, subgraphs } of places.databases) {
    const found = await withClient(adminUrl, (client) => schemasOf(client));
    for (const name of subgraphs) versions[name] = found[name] ?? '';
  }
  return {
    repository, masterKey, logger, files: openStorage(config),
    schemas: definitions.map(({ name, tenantSnapshot = NO_SNAPSHOT_RULES, sealed = [] }) => ({ name, rules: tenantSnapshot, sealed, systemUrl: places.system(name), version: versions[name] ?? '' })),
  };
}
