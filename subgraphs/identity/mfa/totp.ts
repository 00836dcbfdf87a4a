// One-time passwords by time (RFC 6238) over HOTP (RFC 4226), and how an authenticator app learns of them.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { HOTP, Secret, TOTP } from 'otpauth';
import { toString as qrCode } from 'qrcode';

export interface OtpShape {
  algorithm: 'SHA1' | 'SHA256' | 'SHA512';
  digits: number;
}

/** What authenticator apps take without asking. */
const SHAPE: OtpShape = { algorithm: 'SHA1', digits: 6 };
export const PERIOD_MS = 30_000;
/** Steps before and after the present one whose codes are taken: clocks differ, and people type slowly. */
const WINDOW = 1;
const SECRET_BYTES = 20;
const ISSUER = 'Switchboard';

export const stepOf = (now: Date): number => Math.floor(now.getTime() / PERIOD_MS);

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES);

const secretOf = (bytes: Uint8Array): Secret => new Secret({ buffer: Uint8Array.from(bytes).buffer });

/** RFC 4226; with the number of a time step as counter, RFC 6238. */
export const hotp = (secret: Uint8Array, counter: number, shape: OtpShape = SHAPE): string =>
  HOTP.generate({ secret: secretOf(secret), counter, ...shape });

/** The newest time step around `now` whose code this is; every step is compared, in constant time. */
export function matchingStep(secret: Uint8Array, code: string, now: Date, shape: OtpShape = SHAPE): number | null {
  if (!new RegExp(`^\\d{${shape.digits}}$`).test(code)) return null;
  const present = stepOf(now);
  const given = Buffer.from(code);
  let match: number | null = null;
  for (let step = Math.max(0, present - WINDOW); step <= present + WINDOW; step += 1) {
    if (timingSafeEqual(Buffer.from(hotp(secret, step, shape)), given)) match = step;
  }
  return match;
}

/** What a person scans, types or taps. */
export interface Provisioning {
  otpauthUri: string;
  /** Base32. */
  secret: string;
  qrSvg: string;
}

/** @param label names the account in the app */
export async function provisioning(secret: Uint8Array, label: string): Promise<Provisioning> {
  const totp = new TOTP({ issuer: ISSUER, label, secret: secretOf(secret), period: PERIOD_MS / 1000, ...SHAPE });
  const otpauthUri = totp.toString();
  return { otpauthUri, secret: totp.secret.base32, qrSvg: await qrCode(otpauthUri, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 }) };
}
