// The master key of a passphrase: known answers, the same key at each start, and what is refused.
import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../base/config.js';
import { masterKeyOf } from '../../../ops/roles/keys.js';
import { derived, passphraseMasterKey } from './master-key.passphrase.js';

const SALT = Buffer.from('sixteen bytes!!!').toString('base64');
const PHRASE = 'correct horse battery staple';

describe('PBKDF2-HMAC-SHA-256', () => {
  // RFC 7914, section 11.
  it.each([
    ['passwd', 'salt', 1, '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783'],
    ['Password', 'NaCl', 80_000, '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d'],
  ])('of %j, %j and %i rounds is what the RFC says', (passphrase, salt, rounds, hex) => {
    expect(derived(passphrase, Buffer.from(salt), rounds, 64).toString('hex')).toBe(hex);
  });
});

const of = (env: Record<string, string>) => masterKeyOf(readConfig({ NODE_ENV: 'test', ...env }), false);
const refusal = (env: Record<string, string>): Promise<unknown> => (async () => of(env))().then(() => 'accepted', (error: unknown) => (error instanceof ConfigError ? error.message : error));

describe('a passphrase as the master key', () => {
  it('is the same key from a variable and from a file, at each start, and another with another salt; it gives way as any other does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-phrase-'));
    const file = join(folder, 'phrase');
    writeFileSync(file, `${PHRASE}\n`);
    const wrapped = await (await of({ SWITCHBOARD_MASTER_KEY_PASSPHRASE: PHRASE, SWITCHBOARD_MASTER_KEY_SALT: SALT })).wrap(Buffer.alloc(32, 7), 'place');
    const fromFile = await of({ SWITCHBOARD_MASTER_KEY_PASSPHRASE_FILE: file, SWITCHBOARD_MASTER_KEY_SALT: SALT });
    expect(await fromFile.unwrap(wrapped, 'place')).toEqual(Buffer.alloc(32, 7));
    const other = passphraseMasterKey(PHRASE, Buffer.from('another sixteen!').toString('base64'), 'SWITCHBOARD_MASTER_KEY');
    await expect(other.unwrap(wrapped, 'place')).rejects.toThrow();
    const ring = await of({
      SWITCHBOARD_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'), SWITCHBOARD_MASTER_KEY_PREVIOUS_PASSPHRASE_FILE: file, SWITCHBOARD_MASTER_KEY_PREVIOUS_SALT: SALT,
    });
    expect([await ring.unwrap(wrapped, 'place'), ring.owns(wrapped)]).toEqual([Buffer.alloc(32, 7), false]);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['without a salt', { SWITCHBOARD_MASTER_KEY_PASSPHRASE: PHRASE }, 'SWITCHBOARD_MASTER_KEY_SALT is required'],
    ['with a short salt', { SWITCHBOARD_MASTER_KEY_PASSPHRASE: PHRASE, SWITCHBOARD_MASTER_KEY_SALT: 'c2hvcnQ=' }, 'SWITCHBOARD_MASTER_KEY_SALT is required'],
    ['that is short', { SWITCHBOARD_MASTER_KEY_PASSPHRASE: 'hunter2', SWITCHBOARD_MASTER_KEY_SALT: SALT }, 'has 20 characters at least'],
    ['beside a key', { SWITCHBOARD_MASTER_KEY_PASSPHRASE: PHRASE, SWITCHBOARD_MASTER_KEY: 'x' }, 'are set; one of them may be'],
    ['whose file is not there', { SWITCHBOARD_MASTER_KEY_PASSPHRASE_FILE: '/nowhere/phrase', SWITCHBOARD_MASTER_KEY_SALT: SALT }, 'cannot be read (ENOENT)'],
  ])('%s is refused in one sentence, which does not tell it', async (_, env, sentence) => {
    const told = await refusal(env as Record<string, string>);
    expect(told).toContain(sentence);
    for (const secret of [PHRASE, 'hunter2']) expect(told).not.toContain(secret);
  });
});
