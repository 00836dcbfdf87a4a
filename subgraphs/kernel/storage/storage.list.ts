// A place of files that can say what it holds: for who must find again what nothing but the place itself knows of.
import type { StoragePort } from './storage.js';

export interface ListedFile {
  key: string;
  bytes: number;
}

export interface ListedStorage extends StoragePort {
  /** Every whole file whose key begins with `prefix`, which ends with a slash; in any order, those in deeper folders too. */
  list(prefix: string): AsyncIterable<ListedFile>;
}
