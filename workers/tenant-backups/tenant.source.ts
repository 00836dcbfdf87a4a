// Where the rows of a tenant are: each schema with what its subgraph says of backups of one tenant, and the connections that its rows are read or written by.
import { Client } from 'pg';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { SealedColumn } from '../../subgraphs/kernel/crypto/sealed-column.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import type { SnapshotRules } from '../../subgraphs/kernel/data/snapshot-rules.js';
import type { StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import type { Repository } from '../backups/repository.js';

export interface TenantSchema {
  name: string;
  rules: SnapshotRules;
  sealed: readonly SealedColumn[];
  /** Login of the system role. */
  systemUrl: string;
  /** The newest migration that the database has. */
  version: string;
}

export interface TenantSources {
  repository: Repository;
  /** In the order in which they are restored; compliance, whose trail tells of it, is the last. */
  schemas: readonly TenantSchema[];
  /** Of the files of tenants. */
  files: StoragePort;
  masterKey: MasterKeyPort;
  logger: Pick<Logger, 'warn'>;
}

/** How values are written must not depend on who asks. */
const PLAIN = `set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1`;

/** Within a transaction that just began. */
export const plainly = (client: Client): Promise<unknown> => client.query(PLAIN);

export async function withSystem<T>(url: string, logger: Pick<Logger, 'warn'>, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'switchboard:tenant-backup', connectionTimeoutMillis: 10_000, keepAlive: true });
  // Whoever asks next over it is told; without a listener the process would end.
  client.on('error', (error) => logger.warn({ err: error.message }, 'the connection of a tenant\'s backup is lost'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch((error: Error) => logger.warn({ err: error.message }, 'the connection of a tenant\'s backup did not end'));
  }
}

/** The login of the schema in which tenants and their ends are written down. */
export function urlOf({ schemas }: Pick<TenantSources, 'schemas'>, name: string): string {
  const found = schemas.find((one) => one.name === name);
  if (!found) throw new Error(`The schema ${name} is not among those that are backed up.`);
  return found.systemUrl;
}
