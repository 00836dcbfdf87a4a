// Files of customers in a backup: which there are is told by the database, what they hold is stored by content, and what was stored before is not read again.
import type { ClientBase } from 'pg';
import type { StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import { backupFolder, type BackupManifest, type CustomerFiles } from './manifest.js';
import type { Repository } from './repository.js';
import type { ObjectKey } from './sealed.object.js';
import { StoredContent, type FilePieces } from './stored.files.js';

/** A file that counts, as the database knows it. A key is written once: what has the same key and size is the same. */
export interface CountedFile {
  tenantId: string;
  key: string;
  bytes: number;
}

export interface CustomerFile extends FilePieces {
  tenantId: string;
  key: string;
}

const AT_ONCE = 2;
const BATCH = 200;
/** Files in one object of the index. */
const PART_FILES = 5_000;
const PART_BYTES = 256 * 1024 * 1024;

/** Every file of every tenant, in order of key and tenant. @param client of a login that sees all tenants' rows */
export async function* countedFiles(client: ClientBase): AsyncGenerator<CountedFile> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname = 'stored_file' and c.relkind = 'r' order by 1`);
  if (tables.length === 0) return;
  // Who would see only some rows is refused, and does not take some files for all.
  await client.query('begin isolation level repeatable read, read only; set local row_security = off');
  try {
    const all = tables.map(({ name }) => `select tenant_id, key, bytes from ${name}`).join(' union all ');
    await client.query(`declare counted no scroll cursor for select tenant_id as "tenantId", key, bytes::float8 as bytes from (${all}) as file order by key collate "C", tenant_id`);
    for (;;) {
      const { rows } = await client.query<CountedFile>(`fetch ${BATCH} from counted`);
      if (rows.length === 0) return;
      yield* rows;
    }
  } finally {
    await client.query('rollback');
  }
}

export interface FilesParts {
  repository: Repository;
  key: ObjectKey;
  id: string;
  from: StoragePort;
  counted: AsyncIterable<CountedFile>;
  /** Of the backup before; empty when there is none. */
  before: AsyncIterable<CustomerFile>;
  /** Hears of the files that were looked at. */
  progress: (files: number) => void;
}

export async function backUpFiles({ repository, key, id, from, counted, before, progress }: FilesParts): Promise<CustomerFiles> {
  const content = await StoredContent.open(repository);
  const kept: CustomerFiles = { index: [], files: 0, bytes: 0, sent: 0, missing: 0 };
  let part: CustomerFile[] = [];
  const flush = async (): Promise<void> => {
    const text = Buffer.from(JSON.stringify(part));
    const path = `${backupFolder(id)}files-${String(kept.index.length).padStart(6, '0')}`;
    kept.index.push({ ...await repository.put(key, { scope: id, path }, text), content: text.length });
    part = [];
  };
  const known = new Known(before);
  for await (const batch of batches(counted, BATCH)) {
    const found = await inTurn(batch, async (file) => ({ file, pieces: await known.find(file) }));
    const stored = await atOnce(found, AT_ONCE, async ({ file, pieces }) => {
      if (pieces) return pieces;
      const opened = await from.get(file.key);
      return opened && content.store(opened.stream as AsyncIterable<Uint8Array>, (bytes) => { kept.sent += bytes; });
    });
    for (const [at, { tenantId, key: name }] of batch.entries()) {
      const pieces = stored[at];
      if (!pieces) {
        kept.missing += 1;
        continue;
      }
      part.push({ tenantId, key: name, bytes: pieces.bytes, pieces: pieces.pieces });
      kept.files += 1;
      kept.bytes += pieces.bytes;
      if (part.length === PART_FILES) await flush();
    }
    progress(kept.files + kept.missing);
  }
  if (part.length > 0) await flush();
  return kept;
}

/** What a backup has of customers' files, part by part. @throws DamagedObject */
export async function* customerFilesOf(repository: Repository, { id, customerFiles }: Pick<BackupManifest, 'id' | 'customerFiles'>): AsyncGenerator<CustomerFile> {
  for (const { path, content, ...stored } of customerFiles?.index ?? []) {
    yield* JSON.parse((await repository.get({ scope: id, path }, Math.min(content, PART_BYTES), stored)).toString('utf8')) as CustomerFile[];
  }
}

const isBefore = (one: CountedFile, other: CountedFile): boolean => one.key < other.key || (one.key === other.key && one.tenantId < other.tenantId);

/** Walks through the files of the backup before, once: both are in the same order. */
class Known {
  readonly #files: AsyncIterator<CustomerFile>;
  #next: CustomerFile | null | undefined = undefined;

  constructor(files: AsyncIterable<CustomerFile>) {
    this.#files = files[Symbol.asyncIterator]();
  }

  async find(file: CountedFile): Promise<FilePieces | null> {
    if (this.#next === undefined) await this.#step();
    while (this.#next && isBefore(this.#next, file)) await this.#step();
    const found = this.#next;
    return found && found.key === file.key && found.tenantId === file.tenantId && found.bytes === file.bytes ? found : null;
  }

  async #step(): Promise<void> {
    const { value, done } = await this.#files.next();
    this.#next = done ? null : value;
  }
}

export async function* batches<T>(all: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const one of all) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function inTurn<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const one of all) done.push(await work(one));
  return done;
}

/** In the order of what is worked on. Whoever fails first says why, when the others have ended. */
export async function atOnce<T, R>(all: readonly T[], most: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  let next = 0;
  const ended = await Promise.allSettled(Array.from({ length: most }, async () => {
    for (let at = next++; at < all.length; at = next++) done[at] = await work(all[at]!);
  }));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return done;
}
