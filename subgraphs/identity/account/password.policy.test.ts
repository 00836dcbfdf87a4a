// Which passwords are accepted.
import { describe, expect, it } from '@jest/globals';
import { hashPassword, verifyPassword } from './password.js';
import { PasswordFault, passwordFault } from './password.policy.js';

const known = ['luna.rossi@osteria.test', 'Luna Rossi', 'Osteria Luna'];
const judged = (password: string, secondFactor = false) => passwordFault(password, { secondFactor, known });

describe('a new password', () => {
  it.each([
    ['correct horse battery', null], ['¿dónde está la luna llena?', null], ['switchboard-demo-only', null], ['fourteen chars', 'TOO_SHORT'], ['', 'TOO_SHORT'],
    ['👩‍🚀'.repeat(3), 'TOO_SHORT'], ['x1'.repeat(512) + 'y', 'TOO_LONG'], ['aaaaaaaaaaaaaaaa', 'COMMON'], ['abcdefghijklmnopq', 'COMMON'], ['987654321098765', 'COMMON'],
    ['abcabcabcabcabcabc', 'COMMON'], ['PasswordPassword', 'COMMON'], ['1234567890123456', 'COMMON'], ['!!Password12345!!', 'COMMON'], ['qwertyuiop12345', 'COMMON'],
    ['luna.rossi@osteria.test', 'GUESSABLE'], ['Osteria-Luna-2026', 'GUESSABLE'], ['switchboard12345', 'GUESSABLE'], ['Rossi rossi ROSSI!', 'GUESSABLE'],
    ['my Osteria opens at noon', null], ['x'.repeat(8) + ' y '.repeat(20), null],
  ])('%s: %s', async (password, fault) => expect(await judged(password)).toBe(fault));

  it('may be of eight characters beside a second factor, and is held to the rest as ever', async () => {
    expect([await judged('k8#vQz2p', true), await judged('k8#vQz2p'), await judged('sevenx7', true), await judged('password', true), await judged('dragon99', true)])
      .toEqual([null, PasswordFault.TOO_SHORT, PasswordFault.TOO_SHORT, PasswordFault.COMMON, PasswordFault.COMMON]);
  });

  it('is the same however a keyboard composes it', async () => {
    const [composed, decomposed] = ['cr\u00e8me br\u00fbl\u00e9e forever', 'cre\u0300me bru\u0302le\u0301e forever'];
    expect(composed).not.toBe(decomposed);
    expect(await verifyPassword(await hashPassword(composed), decomposed)).toBe(true);
  });
});
