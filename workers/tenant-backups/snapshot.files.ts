// The files of a tenant, each content kept once over all of its snapshots: in pieces, named by what is in them.
import { createHash, createHmac } from 'node:crypto';
import type { StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import type { StoredPack } from '../backups/manifest.js';
import type { Repository, StoredObject } from '../backups/repository.js';
import type { ObjectKey } from '../backups/sealed.object.js';
import { PACK_BYTES, linesOf } from './line.packs.js';
import type { ListedFileRow } from './snapshot.rows.js';
import { FILES, filesFolder, type FileLine, type TenantManifest } from './tenant.manifest.js';

/** A file is written once under its name; under the same name, size and moment it is the same. */
const nameOf = ({ key, bytes, storedAt }: ListedFileRow): string => JSON.stringify([key, bytes, storedAt]);

export class TenantFiles {
  readonly #known = new Map<string, FileLine>();
  readonly #held = new Map<string, number>();
  /** Bytes that were stored anew. */
  stored = 0;

  private constructor(private readonly repository: Repository, private readonly key: ObjectKey, private readonly tenant: string) {}

  /** @param before whose list says what need not be read again */
  static async open(repository: Repository, key: ObjectKey, tenant: string, before: TenantManifest | null): Promise<TenantFiles> {
    const files = new TenantFiles(repository, key, tenant);
    for await (const { key: path, bytes } of repository.storage.list(filesFolder(tenant))) files.#held.set(path, bytes);
    if (before) for await (const line of fileLines(repository, before)) files.#known.set(nameOf(line), line);
    return files;
  }

  async keep(file: ListedFileRow, from: StoragePort): Promise<FileLine> {
    const known = this.#known.get(nameOf(file));
    if (known?.pieces.every(({ path, bytes }) => this.#held.get(path) === bytes)) return known;
    const found = await from.get(file.key);
    if (!found) return { ...file, sha256: null, pieces: [] };
    const hash = createHash('sha256');
    const pieces: StoredPack[] = [];
    for await (const piece of piecesOf(found.stream)) {
      hash.update(piece);
      pieces.push(await this.#store(piece));
    }
    return { ...file, sha256: hash.digest('hex'), pieces };
  }

  async #store(content: Buffer): Promise<StoredPack> {
    const path = `${filesFolder(this.tenant)}${createHmac('sha256', this.key.key).update('piece').update(content).digest('hex').slice(0, 40)}`;
    const stored = await this.repository.put(this.key, { scope: this.tenant, path }, content, this.#held);
    if (this.#held.get(path) !== stored.bytes) this.stored += stored.bytes;
    this.#held.set(path, stored.bytes);
    return { ...stored, content: content.length };
  }
}

async function* piecesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let [parts, bytes]: [Uint8Array[], number] = [[], 0];
  for await (const part of stream) {
    for (let at = 0; at < part.length;) {
      const taken = part.subarray(at, at + PACK_BYTES - bytes);
      parts.push(taken);
      bytes += taken.length;
      at += taken.length;
      if (bytes < PACK_BYTES) continue;
      yield Buffer.concat(parts);
      [parts, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield Buffer.concat(parts);
}

/** The list of a snapshot's files. @throws DamagedObject */
export async function* fileLines(repository: Repository, { id, packs }: TenantManifest): AsyncGenerator<FileLine> {
  for await (const { line } of linesOf(repository, id, packs, FILES)) yield JSON.parse(line) as FileLine;
}

/** What is in a file, a piece at a time. @throws DamagedObject */
export async function* contentOf(repository: Repository, tenant: string, { pieces }: FileLine): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield await repository.get({ scope: tenant, path: piece.path }, piece.content, piece);
}

/** @throws DamagedObject naming the piece that is not what the list says */
export async function checkFile(repository: Repository, file: FileLine, checked: Set<string>): Promise<void> {
  for (const piece of file.pieces) {
    if (checked.has(piece.path)) continue;
    await repository.check(piece satisfies StoredObject);
    checked.add(piece.path);
  }
}
