// A file on its way in: counted against its limit, looked at to tell what it is, and given up when nothing of it comes any more.
import { typeOf } from './attachment.types.js';

/** What tells a file from another is in its first bytes; of office documents a little further on. */
const HEAD_BYTES = 65_536;
const PROGRESS_MS = 10_000;

/** The file itself is wrong, however often it comes. */
export class IntakeRefused extends Error {
  constructor(readonly reason: 'TOO_LARGE' | 'NOT_ALLOWED', message: string) {
    super(message);
  }
}

export interface IntakeOptions {
  /** Bytes. */
  most: number;
  /** Called now and then while it comes. @throws to end it */
  progress: () => Promise<void>;
  /** Called once all has come, before the file is kept. @throws to refuse it */
  complete?: (type: string, bytes: number) => void;
}

export class Intake {
  readonly #head: Uint8Array[] = [];
  #bytes = 0;
  #type: string | null = null;
  #broken: { error: unknown } | null = null;

  constructor(private readonly source: AsyncIterable<Uint8Array>, private readonly options: IntakeOptions) {}

  /** What was wrong with the source, rather than with whoever keeps the file; null: nothing. */
  get broken(): { error: unknown } | null {
    return this.#broken;
  }

  /** What it is, once it was read to its end. */
  get type(): string {
    if (this.#type === null) throw new Error('The file was not read to its end.');
    return this.#type;
  }

  /** To be read once. */
  async* stream(): AsyncGenerator<Uint8Array> {
    const { most, progress, complete } = this.options;
    let told = Date.now();
    let head = 0;
    try {
      for await (const chunk of this.source) {
        this.#bytes += chunk.byteLength;
        if (this.#bytes > most) throw new IntakeRefused('TOO_LARGE', `The file is larger than ${most} bytes.`);
        if (head < HEAD_BYTES) {
          // A copy: the source may use its own again.
          const piece = Uint8Array.from(chunk.subarray(0, HEAD_BYTES - head));
          this.#head.push(piece);
          head += piece.byteLength;
        }
        if (Date.now() - told > PROGRESS_MS) {
          await progress();
          told = Date.now();
        }
        yield chunk;
      }
      this.#type = await typeOf(Buffer.concat(this.#head));
      complete?.(this.#type, this.#bytes);
    } catch (error) {
      this.#broken = { error };
      throw error;
    }
  }
}
