// API ids: what encodeId wrote comes back, and nothing else is taken for an id.
import { describe, expect, it } from '@jest/globals';
import { decodeId, encodeId, isUuid, newId, prefixOf } from './ids.js';

describe('an API id', () => {
  it('comes back as the UUID it was', () => {
    for (const uuid of [newId(), '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '01930000-0000-7000-8000-000000000001']) {
      expect(decodeId('conv', encodeId('conv', uuid))).toBe(uuid);
      expect(isUuid(decodeId('conv', encodeId('conv', uuid)) ?? '')).toBe(true);
    }
    expect(encodeId('conv', 'ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe('conv_7zzzzzzzzzzzzzzzzzzzzzzzzz');
  });

  const known = encodeId('conv', '01930000-0000-7000-8000-00000000abcd');
  it.each([
    ['another kind', known.replace('conv_', 'cont_')],
    ['a longer prefix', `x${known}`],
    ['upper case', known.toUpperCase()],
    ['an upper-case suffix', `conv_${known.slice(5).toUpperCase()}`],
    ['more than 128 bits', 'conv_8zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['far more than 128 bits', 'conv_zzzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['letters base 32 leaves out', `conv_0${'i'.repeat(25)}`],
    ['NUL', `conv_0${'\0'.repeat(25)}`],
    ['NUL behind it', `${known}\0`],
    ['a line break behind it', `${known}\n`],
    ['other scripts', `conv_0${'é'.repeat(25)}`],
    ['no suffix', 'conv_'],
    ['no prefix', known.slice(5)],
    ['nothing', ''],
    ['a UUID', newId()],
    ['a very long text', `conv_${'0'.repeat(1_000_000)}`],
    ['quotes', `conv_0';drop table x;--${' '.repeat(6)}`],
  ])('is none: %s', (_, text) => {
    expect(decodeId('conv', known)).not.toBeNull();
    expect(decodeId('conv', text)).toBeNull();
  });

  it('tells its prefix', () => {
    expect([known, 'a_b_c', 'x', '_x', ''].map(prefixOf)).toEqual(['conv', 'a_b', null, null, null]);
  });
});

describe('a UUID that may reach SQL', () => {
  it('is canonical', () => {
    const uuid = newId();
    expect(isUuid(uuid)).toBe(true);
    for (const text of [uuid.toUpperCase().replace(/\d/g, 'A'), `{${uuid}}`, uuid.replaceAll('-', ''), `${uuid}\n`, `${uuid}'`, '']) expect(isUuid(text)).toBe(false);
  });
});
