// The place of stored files that the configuration names.
import { join } from 'node:path';
import { FolderStorage } from './folder.storage.js';
import type { BucketSettings } from './s3.settings.js';
import { S3Storage } from './s3.storage.js';
import type { StoragePort } from './storage.js';

export const openStorage = ({ dataDir, objectStore }: { dataDir: string; objectStore?: BucketSettings | undefined }): StoragePort =>
  objectStore ? new S3Storage(objectStore) : new FolderStorage(join(dataDir, 'files'));
