// Other ids for the rows of a tenant that is restored as a new one: always the same for the same restore, in the order of time that they were in, and wherever they are written.
import { createHmac } from 'node:crypto';
import { decodeId, encodeId } from '../../subgraphs/kernel/base/ids.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** What stands for everybody or nobody is no row. */
const CONSTANT = '00000000-';
/** Of a UUIDv7 what comes before its random end: the moment, and the place among those of the same moment. */
const ORDER_BYTES = 12;
/** As ids are written at the API: a prefix and 26 characters. */
const TYPE_ID = /(?<![a-z0-9_])([a-z]+)_([0-7][0-9a-hjkmnp-tv-z]{25})(?![0-9a-z])/g;

const bytesOf = (uuid: string): string => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('latin1');

export class IdMap {
  /** Sixteen bytes each: of a large tenant there are millions. */
  readonly #known = new Set<string>();

  /** @param restore the id of the restore: another one maps otherwise */
  constructor(private readonly restore: string) {}

  /** What may be an id of a row. */
  add(uuid: string): void {
    if (!uuid.startsWith(CONSTANT)) this.#known.add(bytesOf(uuid));
  }

  /** It is nobody's of this tenant: a person's account, which stays what it is. */
  leave(uuid: string): void {
    this.#known.delete(bytesOf(uuid));
  }

  /** All ids there are, some at a time. */
  * batches(size: number): Generator<string[]> {
    let batch: string[] = [];
    for (const bytes of this.#known) {
      batch.push(uuidOf(Buffer.from(bytes, 'latin1')));
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** The moment in it stays, and with it the order in which lists are read. */
  of(uuid: string): string {
    const was = Buffer.from(uuid.replaceAll('-', ''), 'hex');
    const hash = createHmac('sha256', this.restore).update(was).digest();
    if (uuid[14] === '7') return uuidOf(Buffer.concat([was.subarray(0, ORDER_BYTES), hash.subarray(0, 16 - ORDER_BYTES)]));
    const is = Buffer.from(hash.subarray(0, 16));
    is[6] = (was[6]! & 0xf0) | (is[6]! & 0x0f);
    is[8] = (was[8]! & 0xc0) | (is[8]! & 0x3f);
    return uuidOf(is);
  }

  /** A text in which every known id is another one, as a UUID and as it is written at the API. */
  text(text: string): string {
    return text
      .replace(UUID, (uuid) => (this.#known.has(bytesOf(uuid)) ? this.of(uuid) : uuid))
      .replace(TYPE_ID, (whole: string, prefix: string) => {
        const uuid = decodeId(prefix, whole);
        return uuid !== null && this.#known.has(bytesOf(uuid)) ? encodeId(prefix, this.of(uuid)) : whole;
      });
  }
}

const uuidOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
