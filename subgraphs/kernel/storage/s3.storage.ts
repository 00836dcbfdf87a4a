// Files in a bucket of an object store. Nothing is asked of the store before the first file.
import type { Readable } from 'node:stream';
import type { S3Bucket } from './s3.bucket.js';
import { PATIENT, type BucketSettings, type Patience } from './s3.settings.js';
import { checkKey, checkPrefix } from './storage.key.js';
import type { FileRange, StoredFile } from './storage.js';
import type { ListedFile, ListedStorage } from './storage.list.js';

export class S3Storage implements ListedStorage {
  #opened: Promise<S3Bucket> | undefined;

  constructor(private readonly settings: BucketSettings, private readonly patience: Patience = PATIENT) {}

  async put(key: string, content: AsyncIterable<string | Uint8Array>): Promise<StoredFile> {
    return (await this.#bucket(key)).write(key, content);
  }

  /** Writes under a name that holds the hash of `content`, or is otherwise written to once only. That it is there already is no error. */
  async putOnce(key: string, content: string): Promise<void> {
    return (await this.#bucket(key)).writeOnce(key, content);
  }

  async get(key: string, range?: FileRange): Promise<{ stream: Readable; bytes: number } | null> {
    return (await this.#bucket(key)).read(key, range);
  }

  async remove(key: string): Promise<void> {
    return (await this.#bucket(key)).remove(key);
  }

  async removeAll(prefix: string): Promise<void> {
    return (await this.#bucket(prefix, checkPrefix)).removeAll(prefix);
  }

  async* list(prefix: string): AsyncGenerator<ListedFile> {
    yield* (await this.#bucket(prefix, checkPrefix)).list(prefix);
  }

  #bucket(key: string, check: (key: string) => void = checkKey): Promise<S3Bucket> {
    check(key);
    this.#opened ??= import('./s3.bucket.js').then(({ S3Bucket }) => new S3Bucket(this.settings, this.patience));
    return this.#opened;
  }
}
