// Password hashing: the parameters, and equal work for accounts that do not exist.
import { describe, expect, it } from '@jest/globals';
import { UNKNOWN_ACCOUNT_HASH, hashPassword, verifyPassword } from './password.js';

const parametersOf = (hash: string): string => hash.split('$').slice(1, 4).join('$');

describe('passwords', () => {
  it('are hashed with argon2id, 19 MiB, two passes, one lane', async () => {
    const hash = await hashPassword('switchboard-demo-only');
    expect(parametersOf(hash)).toBe('argon2id$v=19$m=19456,t=2,p=1');
    expect(await verifyPassword(hash, 'switchboard-demo-only')).toBe(true);
    expect(await verifyPassword(hash, 'switchboard-demo-onlY')).toBe(false);
    expect(await verifyPassword(hash, '')).toBe(false);
  });

  it('of an unknown account cost the same work and never match', async () => {
    expect(parametersOf(UNKNOWN_ACCOUNT_HASH)).toBe(parametersOf(await hashPassword('x')));
    expect(await verifyPassword(null, '')).toBe(false);
  });
});
