// One-time passwords against the published test vectors, through the code that judges sign-ins.
import { describe, expect, it } from '@jest/globals';
import { backupCodeHash, newBackupCode } from './backup-code.js';
import { hotp, matchingStep, newSecret, provisioning, stepOf, type OtpShape } from './totp.js';

const ascii = (text: string): Buffer => Buffer.from(text, 'ascii');
/** The seeds of RFC 6238: the digits 1 to 0 repeated to the length of the hash. */
const SEEDS: Record<OtpShape['algorithm'], Buffer> = {
  SHA1: ascii('12345678901234567890'),
  SHA256: ascii('12345678901234567890123456789012'),
  SHA512: ascii('1234567890123456789012345678901234567890123456789012345678901234'),
};

describe('HOTP, RFC 4226 appendix D', () => {
  it.each([
    [0, '755224'], [1, '287082'], [2, '359152'], [3, '969429'], [4, '338314'],
    [5, '254676'], [6, '287922'], [7, '162583'], [8, '399871'], [9, '520489'],
  ])('of counter %i is %s', (counter, code) => {
    expect(hotp(SEEDS.SHA1, counter)).toBe(code);
  });
});

describe('TOTP, RFC 6238 appendix B', () => {
  it.each<[number, string, string, OtpShape['algorithm']]>([
    [59, '0000000000000001', '94287082', 'SHA1'], [59, '0000000000000001', '46119246', 'SHA256'], [59, '0000000000000001', '90693936', 'SHA512'],
    [1111111109, '00000000023523EC', '07081804', 'SHA1'], [1111111109, '00000000023523EC', '68084774', 'SHA256'],
    [1111111109, '00000000023523EC', '25091201', 'SHA512'],
    [1111111111, '00000000023523ED', '14050471', 'SHA1'], [1111111111, '00000000023523ED', '67062674', 'SHA256'],
    [1111111111, '00000000023523ED', '99943326', 'SHA512'],
    [1234567890, '000000000273EF07', '89005924', 'SHA1'], [1234567890, '000000000273EF07', '91819424', 'SHA256'],
    [1234567890, '000000000273EF07', '93441116', 'SHA512'],
    [2000000000, '0000000003F940AA', '69279037', 'SHA1'], [2000000000, '0000000003F940AA', '90698825', 'SHA256'],
    [2000000000, '0000000003F940AA', '38618901', 'SHA512'],
    [20000000000, '0000000027BC86AA', '65353130', 'SHA1'], [20000000000, '0000000027BC86AA', '77737706', 'SHA256'],
    [20000000000, '0000000027BC86AA', '47863826', 'SHA512'],
  ])('at %i s, step %s, is %s with %s', (seconds, step, code, algorithm) => {
    const now = new Date(seconds * 1000);
    const shape: OtpShape = { algorithm, digits: 8 };
    expect(stepOf(now)).toBe(Number.parseInt(step, 16));
    expect(hotp(SEEDS[algorithm], stepOf(now), shape)).toBe(code);
    expect(matchingStep(SEEDS[algorithm], code, now, shape)).toBe(stepOf(now));
  });
});

describe('a code', () => {
  const now = new Date('2026-11-21T09:00:10.000Z');
  const at = (steps: number): string => hotp(SEEDS.SHA1, stepOf(now) + steps);

  it.each([[-2, false], [-1, true], [0, true], [1, true], [2, false]])('%i steps away is taken: %s', (steps, taken) => {
    expect(matchingStep(SEEDS.SHA1, at(steps), now)).toBe(taken ? stepOf(now) + steps : null);
  });

  it.each(['', '12345', '1234567', 'abcdef', '１２３４５６', '-12345', '12345\n', '1e5   '])('of another form is none: %j', (code) => {
    expect(matchingStep(SEEDS.SHA1, code, now)).toBeNull();
  });
});

describe('provisioning', () => {
  it('is what authenticator apps read, as link, text and picture', async () => {
    const secret = newSecret();
    expect(secret).toHaveLength(20);
    const shown = await provisioning(secret, 'giulia@demo.test');
    const uri = new URL(shown.otpauthUri);
    expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual(['otpauth:', 'totp', '/Switchboard:giulia@demo.test']);
    expect(Object.fromEntries(uri.searchParams))
      .toEqual({ issuer: 'Switchboard', secret: shown.secret, algorithm: 'SHA1', digits: '6', period: '30' });
    expect(shown.secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(shown.qrSvg).toMatch(/^<svg [^]*<\/svg>\s*$/);
    expect(shown.qrSvg).not.toMatch(/script|href="http|onload/);
  });
});

describe('a backup code', () => {
  it('has 80 random bits and is kept as a hash of its account alone', () => {
    const codes = Array.from({ length: 200 }, newBackupCode);
    expect(new Set(codes).size).toBe(200);
    for (const code of codes) expect(code).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
    const [code = ''] = codes;
    expect(backupCodeHash('a', code)).toMatch(/^[0-9a-f]{64}$/);
    expect(backupCodeHash('a', code)).not.toBe(backupCodeHash('b', code));
    expect(codes.every((one) => backupCodeHash('a', one) !== null)).toBe(true);
  });

  it('may be typed as people type', () => {
    const kept = backupCodeHash('a', '01ab-cd0e-f123-4567');
    for (const typed of ['01abcd0ef1234567', ' O1AB CDOE FI23 4567 ', 'olab-cdoe-fl23-4567']) expect(backupCodeHash('a', typed)).toBe(kept);
    for (const none of ['', '123456', '01ab-cd0e-f123-456', '01ab-cd0e-f123-456u', 'x'.repeat(64)]) expect(backupCodeHash('a', none)).toBeNull();
  });
});
