// The place of backups that the configuration names, opened with the master key.
import { resolve } from 'node:path';
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import { roleUrls } from '../../subgraphs/kernel/data/roles.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { S3Storage } from '../../subgraphs/kernel/storage/s3.storage.js';
import type { ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';
import { MirroredStorage } from '../../workers/backups/mirrored.storage.js';
import { Repository } from '../../workers/backups/repository.js';
import { embeddedUrl } from '../postgres/embedded.url.js';
import { masterKeyOf } from '../roles/keys.js';
import { subgraphNames } from '../rover.file.js';

type Place = NonNullable<Config['backups']['first']>;

const storageOf = (place: Place): ListedStorage => 'folder' in place
  ? new FolderStorage(resolve(place.folder))
  // Files and backups may share a bucket.
  : new S3Storage({ ...place.bucket, prefix: place.bucket.prefix ? `${place.bucket.prefix}/backups` : 'backups' });

/** @throws ConfigError when none is named */
export function backupStorage({ backups: { first, second } }: Config): ListedStorage {
  if (!first) throw new ConfigError('Configuration: BACKUP_FOLDER or BACKUP_BUCKET says where backups are kept.');
  return second ? new MirroredStorage(storageOf(first), storageOf(second)) : storageOf(first);
}

/** @param create makes it where there is none */
export async function backupRepository(config: Config, create: boolean): Promise<Repository> {
  const storage = backupStorage(config);
  return Repository.open(storage, await masterKeyOf(config, config.databaseUrl === undefined), create);
}

export interface BackedUpServer {
  adminUrl: string;
  /** Of the role that may replicate. */
  replicationUrl: string;
  /** Of the role that sees the rows of all tenants. */
  systemUrl: string;
}

/** The server that everything is on. @throws ConfigError when it does not run, or there are several */
export async function backedUpServer(config: Config): Promise<BackedUpServer> {
  if (Object.keys(config.databaseUrls).length > 0) throw new ConfigError('Subgraphs with a database of their own are not backed up by this command: back up each of those servers by its own means.');
  const adminUrl = config.databaseUrl ?? await embeddedUrl(config.dataDir);
  if (adminUrl === null) throw new ConfigError('The embedded database does not run: start the product first, or set DATABASE_URL.');
  const { backup: replicationUrl, system: systemUrl } = roleUrls(adminUrl, subgraphNames());
  return { adminUrl, replicationUrl, systemUrl };
}
