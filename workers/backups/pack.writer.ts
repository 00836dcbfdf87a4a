// Gathers the content of files into packs of one size, and stores a few packs at a time: memory stays the same whatever there is to store.
import { createHmac } from 'node:crypto';
import type { FileEntry, StoredPack } from './manifest.js';
import type { Repository } from './repository.js';
import type { ObjectKey } from './sealed.object.js';

export const PACK_BYTES = 2 * 1024 * 1024;
const AT_ONCE = 2;

export class PackWriter {
  readonly packs: StoredPack[] = [];
  #filling: Buffer = Buffer.allocUnsafe(PACK_BYTES);
  #filled = 0;
  readonly #spare: Buffer[] = [];
  readonly #storing = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;

  /** @param held what is there already of an attempt that was interrupted, by path */
  constructor(
    private readonly repository: Repository, private readonly key: ObjectKey, private readonly scope: string, private readonly folder: string,
    private readonly held: ReadonlyMap<string, number>, private readonly stored: (content: number) => void,
  ) {}

  /** A large file has packs of its own, so that it is found again in a later attempt whatever came before it. */
  async begin(bytes: number): Promise<void> {
    if (bytes >= PACK_BYTES / 2 && this.#filled > 0) await this.#flush();
  }

  /** The bytes are copied. @param file learns where they went */
  async add(file: FileEntry, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.copy(this.#filling, this.#filled, at);
      const last = file.parts.at(-1);
      const number = this.packs.length;
      if (last && last[0] === number && last[1] + last[2] === this.#filled) last[2] += taken;
      else file.parts.push([number, this.#filled, taken]);
      this.#filled += taken;
      at += taken;
      if (this.#filled === PACK_BYTES) await this.#flush();
    }
  }

  /** Everything is stored. @throws what a store did not do */
  async end(): Promise<void> {
    if (this.#filled > 0) await this.#flush();
    await Promise.all(this.#storing);
    this.#check();
    this.#spare.length = 0;
    this.#filling = Buffer.alloc(0);
  }

  async #flush(): Promise<void> {
    while (this.#storing.size >= AT_ONCE) await Promise.race(this.#storing);
    this.#check();
    const whole = this.#filling;
    const content = whole.subarray(0, this.#filled);
    // The name is of the content: what an interrupted attempt has stored is found by it.
    const name = createHmac('sha256', this.key.key).update('pack').update(content).digest('hex').slice(0, 32);
    const pack: StoredPack = { path: `${this.folder}${name}`, bytes: 0, sha256: '', content: content.length };
    this.packs.push(pack);
    const storing = this.repository.put(this.key, { scope: this.scope, path: pack.path }, content, this.held).then(
      (object) => { Object.assign(pack, object); this.stored(content.length); }, (error: unknown) => { this.#failure ??= { error }; },
    ).finally(() => {
      this.#storing.delete(storing);
      this.#spare.push(whole);
    });
    this.#storing.add(storing);
    this.#filling = this.#spare.pop() ?? Buffer.allocUnsafe(PACK_BYTES);
    this.#filled = 0;
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
