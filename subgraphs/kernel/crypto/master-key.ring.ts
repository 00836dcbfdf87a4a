// The master key that wraps, and another one that still or already opens: what a change of master keys without an interruption needs.
import type { MasterKeyPort } from './master-key.js';

export class MasterKeyRing implements MasterKeyPort {
  /** @param current wraps what is new */
  constructor(private readonly current: MasterKeyPort, private readonly others: readonly MasterKeyPort[]) {}

  /** Of the one that wraps. */
  get id(): string { return this.current.id; }

  wrap = (key: Buffer, aad: string): Promise<Buffer> => this.current.wrap(key, aad);

  unwrap = async (wrapped: Buffer, aad: string): Promise<Buffer> => {
    const owner = [this.current, ...this.others].find((one) => one.owns(wrapped));
    if (!owner) throw new Error('No master key that is configured has wrapped this key.');
    return owner.unwrap(wrapped, aad);
  };

  /** Whether it needs no other key than the current one. */
  owns = (wrapped: Buffer): boolean => this.current.owns(wrapped);
}
