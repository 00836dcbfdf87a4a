// The files of a tenant, each content kept once over all of its snapshots: in pieces, named by what is in them.
import { createHash, createHmac } from 'node:crypto';
import type { StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import type { StoredPack } from '../backups/manifest.js';
import { listEverywhere } from '../backups/mirrored.storage.js';
import type { Repository, StoredObject } from '../backups/repository.js';
import type { ObjectKey } from '../backups/sealed.object.js';
import { inPieces } from '../backups/stored.files.js';
import { linesOf } from './line.packs.js';
import type { ListedFileRow } from './snapshot.rows.js';
import { FILES, filesFolder, type FileLine, type TenantManifest } from './tenant.manifest.js';

/** A file is written once under its name; under the same name, size and moment it is the same. */
const nameOf = ({ key, bytes, storedAt }: ListedFileRow): string => JSON.stringify([key, bytes, storedAt]);

export class TenantFiles {
  readonly #known = new Map<string, FileLine>();
  /** Bytes that were stored anew. */
  stored = 0;

  /** @param held what every place of backups has, and its size */
  private constructor(private readonly repository: Repository, private readonly key: ObjectKey, private readonly tenant: string, private readonly held: Map<string, number>) {}

  /** @param before whose list says what need not be read again */
  static async open(repository: Repository, key: ObjectKey, tenant: string, before: TenantManifest | null): Promise<TenantFiles> {
    const files = new TenantFiles(repository, key, tenant, await listEverywhere(repository.storage, filesFolder(tenant)));
    if (before) for await (const line of fileLines(repository, before)) files.#known.set(nameOf(line), line);
    return files;
  }

  async keep(file: ListedFileRow, from: StoragePort): Promise<FileLine> {
    const known = this.#known.get(nameOf(file));
    if (known?.pieces.every(({ path, bytes }) => this.held.get(path) === bytes)) return known;
    const found = await from.get(file.key);
    if (!found) return { ...file, sha256: null, pieces: [] };
    const hash = createHash('sha256');
    const pieces: StoredPack[] = [];
    for await (const piece of inPieces(found.stream)) {
      hash.update(piece);
      pieces.push(await this.#store(piece));
    }
    return { ...file, sha256: hash.digest('hex'), pieces };
  }

  async #store(content: Buffer): Promise<StoredPack> {
    const path = `${filesFolder(this.tenant)}${createHmac('sha256', this.key.key).update('piece').update(content).digest('hex').slice(0, 40)}`;
    const stored = await this.repository.put(this.key, { scope: this.tenant, path }, content, this.held);
    if (this.held.get(path) !== stored.bytes) this.stored += stored.bytes;
    this.held.set(path, stored.bytes);
    return { ...stored, content: content.length };
  }
}

/** The list of a snapshot's files. @throws DamagedObject */
export async function* fileLines(repository: Repository, { tenant, packs }: TenantManifest): AsyncGenerator<FileLine> {
  for await (const { line } of linesOf(repository, tenant, packs, FILES)) yield JSON.parse(line) as FileLine;
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
