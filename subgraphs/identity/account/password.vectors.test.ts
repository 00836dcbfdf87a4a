// Argon2 against RFC 9106. Its vectors use a secret and associated data, which our library takes no associated data of: so the
// platform's own implementation is held to the RFC, and our library to the platform's over the parameters we use.
import { describe, expect, it } from '@jest/globals';
import { hashRaw } from '@node-rs/argon2';
import { argon2Sync } from 'node:crypto';
import { hashPassword, PASSWORD_PARAMETERS } from './password.js';

/** RFC 9106, section 5: P = 32 x 01, S = 16 x 02, K = 8 x 03, X = 12 x 04, t = 3, m = 32 KiB, p = 4, T = 32. */
const VECTORS = [
  ['argon2d', '512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb'],
  ['argon2i', 'c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8'],
  ['argon2id', '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'],
] as const;

describe('argon2', () => {
  it.each(VECTORS)('%s of the platform gives the tag of RFC 9106', (algorithm, tag) => {
    const found = argon2Sync(algorithm, {
      message: Buffer.alloc(32, 1), nonce: Buffer.alloc(16, 2), secret: Buffer.alloc(8, 3), associatedData: Buffer.alloc(12, 4),
      passes: 3, memory: 32, parallelism: 4, tagLength: 32,
    });
    expect(found.toString('hex')).toBe(tag);
  });

  it.each([
    { memory: 32, passes: 3, parallelism: 4, secret: Buffer.alloc(8, 3) }, { memory: 19_456, passes: 2, parallelism: 1, secret: undefined }, { memory: 64, passes: 1, parallelism: 2, secret: undefined },
  ])('id of our library agrees with it: $memory KiB, $passes passes, $parallelism lanes', async ({ memory, passes, parallelism, secret }) => {
    const [message, nonce] = [Buffer.from('pässword', 'utf8'), Buffer.alloc(16, 9)];
    const ours = await hashRaw(message, { salt: nonce, memoryCost: memory, timeCost: passes, parallelism, outputLen: 32, ...(secret ? { secret } : {}) });
    const theirs = argon2Sync('argon2id', { message, nonce, memory, passes, parallelism, tagLength: 32, ...(secret ? { secret } : {}) });
    expect(ours.toString('hex')).toBe(theirs.toString('hex'));
  });

  it('a stored hash is what the platform makes of its salt', async () => {
    const [, , , , salt = '', tag = ''] = (await hashPassword('four words in a row')).split('$');
    const { memoryCost, timeCost, parallelism } = PASSWORD_PARAMETERS;
    const found = argon2Sync('argon2id', {
      message: 'four words in a row', nonce: Buffer.from(salt, 'base64'), memory: memoryCost, passes: timeCost, parallelism, tagLength: Buffer.from(tag, 'base64').length,
    });
    expect(found.toString('base64').replace(/=+$/, '')).toBe(tag);
  });
});
