// The page on OWASP's ASVS leaves no requirement out, names tests that exist, and says the code's own numbers.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_MS, LIMITS } from '../../subgraphs/identity/attempt/attempt.policy.js';
import { REGISTRATION_LIFETIME_MS } from '../../subgraphs/identity/account/account.registration.js';
import { MAILS_AN_HOUR, TOKEN_LIFETIME_MS } from '../../subgraphs/identity/account/account.tokens.js';
import { PASSWORD_PARAMETERS } from '../../subgraphs/identity/account/password.js';
import { LEAST_LENGTH, PASSWORD_MAX } from '../../subgraphs/identity/account/password.policy.js';
import { newBackupCode } from '../../subgraphs/identity/mfa/backup-code.js';
import { CHALLENGE_MS } from '../../subgraphs/identity/mfa/mfa.challenge.js';
import { PERIOD_MS, newSecret as newTotpSecret } from '../../subgraphs/identity/mfa/totp.js';
import { newSecret } from '../../subgraphs/identity/secret.js';
import { DEFAULT_POLICY } from '../../subgraphs/identity/security-policy/security-policy.js';
import { GRACE_MS } from '../../subgraphs/identity/session/session.grace.js';
import { ACCESS_LIFETIME_MS, ACTIVATION_MS, VERIFYING_MS } from '../../subgraphs/identity/signing-key/signing-key.life.js';
import { newApiKey } from '../../subgraphs/kernel/base/api-key.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';

/** ASVS 5.0.0: how many requirements each section of these chapters has at levels 1 and 2. They are the first of each section. */
const SECTIONS: Readonly<Record<string, number>> = {
  '6.1': 3, '6.2': 12, '6.3': 4, '6.4': 4, '6.5': 5, '6.6': 3, '6.8': 4,
  '7.1': 3, '7.2': 4, '7.3': 2, '7.4': 5, '7.5': 2, '7.6': 2,
  '8.1': 2, '8.2': 3, '8.3': 1, '8.4': 1,
  '9.1': 3, '9.2': 4,
  '11.1': 2, '11.2': 3, '11.3': 3, '11.4': 4, '11.5': 1, '11.6': 1,
};

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const text = read('ops/docs/security/asvs.md');
const rows = text.split('\n').flatMap((line) => {
  const [, id, , state, evidence] = line.split('|').map((cell) => cell.trim());
  return id !== undefined && /^\d+\.\d+\.\d+$/.test(id) ? [{ id, state, evidence: evidence ?? '' }] : [];
});

/** Files in backticks, each with the words in italics that follow it. */
const named = [...text.matchAll(/`((?:gateway|ops|schema|subgraphs|test)\/[\w./-]+\.\w+)`((?:,? \*[^*]+\*)*)/g)]
  .map(([, path = '', words = '']) => ({ path, words: [...words.matchAll(/\*([^*]+)\*/g)].map(([, word = '']) => word) }));
const present = (path: string): boolean => existsSync(join(projectRoot, path));

describe('the ASVS page', () => {
  it('has every requirement once, in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(
      Object.entries(SECTIONS).flatMap(([section, count]) => Array.from({ length: count }, (_none, index) => `${section}.${index + 1}`)));
  });

  it('knows four states, each with its evidence or reason', () => {
    for (const { id, state, evidence } of rows) expect([id, ['met', 'partly', 'not met', 'not applicable'].includes(state ?? ''), evidence.length > 8]).toEqual([id, true, true]);
  });

  it('says at its top what is not wholly met', () => {
    const [, listed = ''] = /^Not wholly met: (.+)\.$/m.exec(text) ?? [];
    expect(listed.split(', ')).toEqual(rows.filter(({ state }) => state === 'partly' || state === 'not met').map(({ id }) => id));
  });

  it('names files that exist', () => {
    expect(named.length).toBeGreaterThan(100);
    expect([...new Set(named.map(({ path }) => path))].filter((path) => !present(path))).toEqual([]);
  });

  it('names tests by their own words', () => {
    const quoted = named.flatMap(({ path, words }) => words.map((word) => ({ path, word })));
    expect(quoted.length).toBeGreaterThan(50);
    expect(quoted.filter(({ path, word }) => present(path) && !read(path).replaceAll('\\\'', '\'').includes(word))).toEqual([]);
  });
});

const MINUTE = 60_000;
const WORDS: Readonly<Record<number, string>> = { [15 * MINUTE]: '15 minutes', [60 * MINUTE]: 'an hour' };
const COUNTED = { SUBJECT_AND_NETWORK: 'subject and network', SUBJECT: 'subject', NETWORK: 'network' } as const;

describe('its numbers', () => {
  it('of what may be tried are the limits', () => {
    const limits = Object.entries(LIMITS).flatMap(([kind, each]) =>
      each.map(({ tier, most, windowMs }) => `\`${kind}\` | ${COUNTED[tier]} | ${most} in ${WORDS[windowMs] ?? windowMs} |`));
    expect(limits.length).toBeGreaterThan(7);
    expect(limits.filter((line) => !text.includes(line))).toEqual([]);
  });

  const backupCodeBits = newBackupCode().replaceAll('-', '').length * 5;
  it.each<[string, number, number]>([
    ['An access token lives 10 minutes', ACCESS_LIFETIME_MS, 10 * MINUTE],
    ['after 14 days without use', DEFAULT_POLICY.sessionIdleMinutes, 14 * 24 * 60],
    ['30 days after the sign-in', DEFAULT_POLICY.sessionAbsoluteMinutes, 30 * 24 * 60],
    ['signed in from within 30 days', KNOWN_MS, 30 * 24 * 60 * MINUTE],
    ['at most 3 an hour', MAILS_AN_HOUR, 3],
    ['24 hours to confirm a registration', REGISTRATION_LIFETIME_MS, 24 * 60 * MINUTE],
    ['an hour to reset or to change an address', TOKEN_LIFETIME_MS, 60 * MINUTE],
    ['links and challenges have 256', Buffer.from(newSecret().secret, 'base64url').length * 8, 256],
    ['15 without a second factor', LEAST_LENGTH.alone, 15],
    ['8 with one', LEAST_LENGTH.withSecondFactor, 8],
    ['up to 1,024 UTF-16 units', PASSWORD_MAX, 1_024],
    ['argon2id, 19 MiB, two passes, one lane', PASSWORD_PARAMETERS.memoryCost * PASSWORD_PARAMETERS.timeCost * PASSWORD_PARAMETERS.parallelism, 19 * 1_024 * 2],
    ['a step is 30 s', PERIOD_MS, 30_000],
    ['HMAC-SHA-1, 160 bits', newTotpSecret().length * 8, 160],
    ['waits for its code ends after 5 minutes', CHALLENGE_MS, 5 * MINUTE],
    ['a spent one within 10 s', GRACE_MS, 10_000],
    ['backup codes have 120', backupCodeBits, 120],
    ['API keys 142', Math.floor((newApiKey('test').length - 'sb_test_'.length - 6) * Math.log2(62)), 142],
    ['published 7 minutes before it signs', ACTIVATION_MS, 7 * MINUTE],
    ['verifying 11 after it stops', VERIFYING_MS, 11 * MINUTE],
  ])('"%s" is so', (sentence, found, said) => {
    expect([text.includes(sentence), found]).toEqual([true, said]);
  });
});
