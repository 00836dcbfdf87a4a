// Where files are kept: written whole or not at all, read as streams. In a folder (folder.storage.ts) or a bucket (s3.storage.ts).
import type { Readable } from 'node:stream';

export interface StoredFile {
  bytes: number;
  /** SHA-256 in hexadecimal. */
  sha256: string;
}

export interface FileRange {
  /** Place of the first byte, from 0. */
  start: number;
  bytes: number;
}

export interface StoragePort {
  /** Writes everything of `content` under `key`, which appears when it is whole. A file that was there is replaced. @throws also what `content` throws */
  put(key: string, content: AsyncIterable<string | Uint8Array>): Promise<StoredFile>;
  /** Null when there is no such file. With a range only that part, which must be one of it; `bytes` is how many are streamed. */
  get(key: string, range?: FileRange): Promise<{ stream: Readable; bytes: number } | null>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** Removes every file whose key begins with `prefix`, whole or left unfinished. What follows the prefix has no slash; the prefix may end with one. */
  removeAll(prefix: string): Promise<void>;
}

/** The place where files are kept did not do what it was asked. */
export class StorageError extends Error {}
