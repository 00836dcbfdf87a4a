// Files by what they hold: in pieces of one size, each an object that is named by its content and stored once, whatever number of files and backups have it.
import { createHmac } from 'node:crypto';
import { PACK_BYTES } from './pack.writer.js';
import type { Repository } from './repository.js';
import type { ObjectKey } from './sealed.object.js';

export interface FilePieces {
  /** Of the whole file. */
  bytes: number;
  /** Names of its pieces, in order. */
  pieces: string[];
}

export const FILES = 'files/';
const SCOPE = 'files';
const PIECE_BYTES = PACK_BYTES;
/** Those that there are may be as large: they were so until 2026-11-30. */
const LARGEST_BYTES = 8 * 1024 * 1024;
const NAME = /^[0-9a-f]{2}\/[0-9a-f]{32}$/;

export const pieceOf = (name: string): string => `${FILES}${name}`;

export class StoredContent {
  private constructor(private readonly repository: Repository, private readonly key: ObjectKey) {}

  /** One key for all of them, as long as there are any: the same content is known again by it. */
  static async open(repository: Repository): Promise<StoredContent> {
    return new StoredContent(repository, (await repository.newestKey('FILES'))?.key ?? await repository.newKey('FILES'));
  }

  /** Holds one piece in memory, and sends none that is there. @param sent hears of the bytes of each piece that had to be sent */
  async store(content: AsyncIterable<Uint8Array>, sent: (bytes: number) => void): Promise<FilePieces> {
    const file: FilePieces = { bytes: 0, pieces: [] };
    for await (const piece of inPieces(content)) {
      const name = this.#nameOf(piece);
      if (!await this.repository.holds(pieceOf(name))) {
        await this.repository.put(this.key, { scope: SCOPE, path: pieceOf(name) }, piece);
        sent(piece.length);
      }
      file.pieces.push(name);
      file.bytes += piece.length;
    }
    return file;
  }

  #nameOf(piece: Buffer): string {
    // Not a plain hash: whoever has the store cannot ask it whether it holds a file that they have.
    const mac = createHmac('sha256', this.key.key).update('file').update(piece).digest('hex');
    return `${mac.slice(0, 2)}/${mac.slice(2, 34)}`;
  }
}

/** What a file holds, piece by piece. @throws DamagedObject */
export async function* readPieces(repository: Repository, { bytes, pieces }: FilePieces): AsyncGenerator<Buffer> {
  let left = bytes;
  for (const name of pieces) {
    if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} names no piece of a file.`);
    const piece = await repository.get({ scope: SCOPE, path: pieceOf(name) }, Math.min(LARGEST_BYTES, left));
    left -= piece.length;
    yield piece;
  }
}

/** Holds one piece at a time. */
export async function* inPieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let [gathered, bytes]: [Uint8Array[], number] = [[], 0];
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + PIECE_BYTES - bytes);
      gathered.push(part);
      bytes += part.length;
      at += part.length;
      if (bytes < PIECE_BYTES) continue;
      yield Buffer.concat(gathered);
      [gathered, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
