// What goes into a file, counted and hashed on its way there.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { StoredFile } from './storage.js';

/** Lines are gathered: a buffer for each of them would cost more than what is in them. */
const BLOCK_BYTES = 65_536;

export class Measured {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #broken: { error: unknown } | null = null;

  constructor(private readonly content: AsyncIterable<string | Uint8Array>) {}

  /** The content as bytes, read once and no faster than it is taken. */
  stream(): Readable {
    return Readable.from(this.#blocks(), { objectMode: true });
  }

  /** What was wrong with the content itself, whoever read it; null: nothing. */
  get broken(): { error: unknown } | null {
    return this.#broken;
  }

  /** Once it was read to its end. */
  result(): StoredFile {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  async* #blocks(): AsyncGenerator<Uint8Array> {
    const source = this.content[Symbol.asyncIterator]();
    try {
      let [pieces, bytes]: [Uint8Array[], number] = [[], 0];
      for (let step = await this.#next(source); !step.done; step = await this.#next(source)) {
        // A copy: the source may use its own again.
        const piece = Buffer.from(step.value as string);
        pieces.push(piece);
        bytes += piece.byteLength;
        if (bytes < BLOCK_BYTES) continue;
        yield this.#counted(pieces);
        [pieces, bytes] = [[], 0];
      }
      if (bytes > 0) yield this.#counted(pieces);
    } finally {
      // Also when whoever reads has given up, which is no fault of the content.
      await source.return?.();
    }
  }

  #counted(pieces: Uint8Array[]): Uint8Array {
    const block = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    this.#hash.update(block);
    this.#bytes += block.byteLength;
    return block;
  }

  async #next(source: AsyncIterator<string | Uint8Array>): Promise<IteratorResult<string | Uint8Array>> {
    try {
      return await source.next();
    } catch (error) {
      this.#broken = { error };
      throw error;
    }
  }
}
