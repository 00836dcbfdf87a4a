// AES-256-GCM against published vectors, and an envelope that opens whole or not at all.
import { describe, expect, it } from '@jest/globals';
import { createDecipheriv, randomBytes } from 'node:crypto';
import { keyIdOf, open, seal } from './aead.js';

const KEY = randomBytes(32);
const ID = randomBytes(16);

describe('an envelope', () => {
  it.each(['', 'secret', 'ß→🙂', 'x'.repeat(100_000)])('opens to what was sealed', (text) => {
    const sealed = seal(KEY, ID, Buffer.from(text), 'here');
    expect(open(KEY, sealed, 'here').toString()).toBe(text);
    expect(keyIdOf(sealed)).toEqual(ID);
    expect(sealed.length).toBe(1 + 16 + 12 + Buffer.byteLength(text) + 16);
  });

  it('is another each time', () => {
    const sealed = Array.from({ length: 50 }, () => seal(KEY, ID, Buffer.from('same'), 'here').subarray(17, 29).toString('hex'));
    expect(new Set(sealed).size).toBe(50);
  });

  it('does not open with any byte altered, cut or added', () => {
    const sealed = seal(KEY, ID, Buffer.from('secret'), 'here');
    for (let at = 0; at < sealed.length; at += 1) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      expect(() => open(KEY, altered, 'here')).toThrow();
    }
    for (const other of [sealed.subarray(1), sealed.subarray(0, -1), Buffer.concat([sealed, Buffer.of(0)]), Buffer.alloc(0), Buffer.alloc(45)]) {
      expect(() => open(KEY, other, 'here')).toThrow();
    }
    expect(open(KEY, sealed, 'here').toString()).toBe('secret');
  });

  it('does not open elsewhere or with another key', () => {
    const sealed = seal(KEY, ID, Buffer.from('secret'), 'here');
    expect(() => open(KEY, sealed, 'there')).toThrow();
    expect(() => open(randomBytes(32), sealed, 'here')).toThrow();
  });

  // Test case 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega): 256-bit key, 96-bit nonce, associated data.
  const vector = {
    key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    nonce: 'cafebabefacedbaddecaf888',
    plaintext: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    aad: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    ciphertext: '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  };

  it('is the published algorithm: its own parts decrypt as the standard says', () => {
    const bytes = (name: keyof typeof vector): Buffer => Buffer.from(vector[name], 'hex');
    const decrypt = (key: Buffer, nonce: Buffer, aad: Buffer, ciphertext: Buffer, tag: Buffer): string => {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad).setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('hex');
    };
    expect(decrypt(bytes('key'), bytes('nonce'), bytes('aad'), bytes('ciphertext'), bytes('tag'))).toBe(vector.plaintext);
    const sealed = seal(bytes('key'), ID, bytes('plaintext'), 'here');
    expect([sealed.readUInt8(0), sealed.subarray(1, 17)]).toEqual([1, ID]);
    const associated = Buffer.concat([sealed.subarray(0, 29), Buffer.from('here')]);
    expect(decrypt(bytes('key'), sealed.subarray(17, 29), associated, sealed.subarray(29, -16), sealed.subarray(-16))).toBe(vector.plaintext);
  });
});
