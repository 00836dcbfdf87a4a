// A keyed hash: HMAC-SHA256 over what cannot be cut in two ways.
import { expect, it } from '@jest/globals';
import { createHash, createHmac } from 'node:crypto';
import { blindIndex } from './blind-index.js';

// RFC 4231, test case 1 and 2: the function that it is made of.
it.each([
  ['0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', '4869205468657265', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  ['4a656665', '7768617420646f2079612077616e7420666f72206e6f7468696e673f', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
])('is made of the published function', (key, data, mac) => {
  expect(createHmac('sha256', Buffer.from(key, 'hex')).update(Buffer.from(data, 'hex')).digest('hex')).toBe(mac);
});

it('tells equal values equal under one key, and nothing under another', () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(blindIndex(key, 'a', 'anna@aurora.test')).toBe(createHmac('sha256', key).update('["a","anna@aurora.test"]').digest('hex'));
  expect(blindIndex(key, 'a', 'anna@aurora.test')).toBe(blindIndex(key, 'a', 'anna@aurora.test'));
  expect(blindIndex(other, 'a', 'anna@aurora.test')).not.toBe(blindIndex(key, 'a', 'anna@aurora.test'));
  expect(blindIndex(key, 'aa', 'nna')).not.toBe(blindIndex(key, 'a', 'anna'));
  expect(blindIndex(key, 'a')).not.toBe(createHash('sha256').update('["a"]').digest('hex'));
});
