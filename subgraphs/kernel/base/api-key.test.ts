// The form of API keys, and lists of networks.
import { describe, expect, it } from '@jest/globals';
import { apiKeyHash, apiKeyHint, isApiKey, looksLikeApiKey, newApiKey } from './api-key.js';
import { addressJudge, isNetwork } from './ip-networks.js';

describe('an API key', () => {
  it('says what it is, is random, and carries a checksum', () => {
    const keys = Array.from({ length: 200 }, () => newApiKey('live'));
    expect(new Set(keys).size).toBe(200);
    expect(keys.every((key) => /^sb_live_[0-9A-Za-z]{30}$/.test(key) && isApiKey(key))).toBe(true);
    expect(newApiKey('test')).toMatch(/^sb_test_/);
    expect(apiKeyHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(apiKeyHint('sb_live_abcdefgh')).toBe('sb_live_abcd');
  });

  it('shows every typing error of one character, and of two neighbours swapped', () => {
    const key = newApiKey('test');
    for (let at = 8; at < key.length; at += 1) {
      const other = key[at] === 'a' ? 'b' : 'a';
      expect(isApiKey(`${key.slice(0, at)}${other}${key.slice(at + 1)}`)).toBe(false);
      const [a, b] = [key[at], key[at + 1]];
      if (a !== b && b !== undefined) expect(isApiKey(`${key.slice(0, at)}${b}${a ?? ''}${key.slice(at + 2)}`)).toBe(false);
    }
    expect([`${key}x`, key.slice(1), key.replace('test', 'prod'), ` ${key}`, '', 'sb_'].map(isApiKey)).toEqual(Array(6).fill(false));
    expect([key, 'sb_x', 'eyJhbGciOiJFZERTQSJ9.e30.x'].map(looksLikeApiKey)).toEqual([true, true, false]);
  });
});

describe('networks', () => {
  it.each(['203.0.113.7', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0'])('%s is one', (text) => expect(isNetwork(text)).toBe(true));
  it.each(['', '10.0.0/8', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/-1', '10.0.0.0/8/8', '2001:db8::/129', 'fe80::1%eth0', 'localhost', '010.0.0.1'])(
    '%s is none', (text) => expect(isNetwork(text)).toBe(false));

  it('judge by containment, per family', () => {
    const allowed = addressJudge(['10.1.0.0/16', '203.0.113.7', '2001:db8::/32']);
    expect(['10.1.255.255', '203.0.113.7', '2001:db8:1::9'].map(allowed)).toEqual([true, true, true]);
    expect(['10.2.0.0', '203.0.113.8', '2001:db9::', '', 'x', null].map(allowed)).toEqual(Array(6).fill(false));
    expect(addressJudge([])(null)).toBe(true);
  });
});
