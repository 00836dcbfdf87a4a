// The entry's form: RFC 8785 by its own vectors, and what the log commits to.
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { canonicalJson, detailsHash, entryText, leafHash, newSalt, type EntryDetails, type EntryFrame } from './entry.js';

/** RFC 8785, appendix B: IEEE 754 double in hexadecimal -> its JSON. */
const NUMBERS: [string, string][] = [
  ['0000000000000000', '0'], ['8000000000000000', '0'], ['0000000000000001', '5e-324'], ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'], ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'], ['c340000000000000', '-9007199254740992'], ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'], ['44b52d02c7e14af6', '1e+23'], ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'], ['444b1ae4d6e2ef4f', '999999999999999900000'], ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'], ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'], ['41b3de4355555554', '333333333.33333325'], ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'], ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'], ['43143ff3c1cb0959', '1424953923781206.2'],
];
const double = (hexadecimal: string): number => Buffer.from(hexadecimal, 'hex').readDoubleBE();

describe('canonical JSON', () => {
  it.each(NUMBERS)('RFC 8785, appendix B: %s is %s', (bits, text) => expect(canonicalJson(double(bits))).toBe(text));

  it.each(['7fffffffffffffff', '7ff0000000000000'])('refuses %s, which is no JSON', (bits) => {
    expect(() => canonicalJson({ a: double(bits) })).toThrow('not allowed');
  });

  it('RFC 8785, 3.2.3: sorts by UTF-16 code units', () => {
    const sample = JSON.parse(String.raw`{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}`) as unknown;
    expect(Object.values(JSON.parse(canonicalJson(sample).replace('"1":', '"one":')) as object)).toEqual([
      'Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis', 'Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('RFC 8785, 3.2.2: the sample of numbers, strings and literals', () => {
    const sample = JSON.parse(String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`) as unknown;
    expect(canonicalJson(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`);
  });

  it('refuses text that UTF-8 cannot hold, and nothing at all', () => {
    expect(() => canonicalJson({ a: '\ud800' })).toThrow('surrogate');
    expect(() => canonicalJson(undefined)).toThrow('no canonical form');
  });
});

describe('an entry', () => {
  const frame: EntryFrame = {
    id: '01993e7c-0000-7000-8000-000000000001', source: 'conversations', action: 'message.send', type: 'DATA_WRITE', severity: 'INFO', outcome: 'SUCCESS',
    occurredAt: new Date('2026-11-29T00:00:00.123Z'), actorKind: 'user', resourceType: 'Message', correlationId: 'c1',
  };
  const details: EntryDetails = { actorId: 'user_1', resourceId: 'msg_1', reason: null, ip: '127.0.0.1', userAgent: null, before: null, after: { b: 1, a: [2] } };
  const salt = Buffer.alloc(16, 7);

  it('is this text, so that others can write the same', () => {
    const hash = detailsHash(salt, details);
    expect(hash).toEqual(createHash('sha256').update(salt).update(
      '{"actorId":"user_1","after":{"a":[2],"b":1},"before":null,"ip":"127.0.0.1","reason":null,"resourceId":"msg_1","userAgent":null}').digest());
    const text = entryText('01993e7c-0000-7000-8000-0000000000aa', frame, { previous: Buffer.alloc(32, 1), detailsHash: hash });
    expect(text).toBe(`{"action":"message.send","actorKind":"user","correlationId":"c1","details":"${hash.toString('hex')}",`
      + '"id":"aud_01k4z7r000e008000000000001","occurredAt":"2026-11-29T00:00:00.123Z","outcome":"SUCCESS",'
      + `"previous":"${'01'.repeat(32)}","resourceType":"Message","severity":"INFO","source":"conversations",`
      + '"tenant":"tnt_01k4z7r000e00800000000005a","type":"DATA_WRITE","v":1}');
    expect(leafHash(text)).toEqual(createHash('sha256').update(Buffer.of(0)).update(text, 'utf8').digest());
  });

  it('of the platform has no tenant, and the first none before it', () => {
    expect(JSON.parse(entryText(null, frame, { previous: null, detailsHash: salt }))).toMatchObject({ tenant: null, previous: null });
  });

  it('differs by the salt and by every detail', () => {
    const hashes = new Set([salt, newSalt(), newSalt()].map((one) => detailsHash(one, details).toString('hex')));
    for (const key of Object.keys(details)) hashes.add(detailsHash(salt, { ...details, [key]: { changed: true } }).toString('hex'));
    expect(hashes.size).toBe(3 + Object.keys(details).length);
    expect(newSalt()).toHaveLength(16);
  });
});
