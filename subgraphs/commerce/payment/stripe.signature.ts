// Who signed a webhook of Stripe. Source: "Verify webhook signatures manually" of Stripe's documentation; the library has no test of a time to come.
import { createHmac, timingSafeEqual } from 'node:crypto';

const MOST_SECONDS = 300;
const TIME = /^\d{1,12}$/;
const HEX = /^[0-9a-f]{64}$/;

export const stripeSignature = (secret: string, time: string, body: Buffer): Buffer => createHmac('sha256', secret).update(`${time}.`).update(body).digest();

/** Any `v1` by any of the secrets, over the raw bytes, at most five minutes old and not of a time to come. */
export function isSignedByStripe({ header, body, secrets, now }: { header: string; body: Buffer; secrets: readonly string[]; now: Date }): boolean {
  const parts = header.split(',').map((part) => part.trim().split('='));
  const valuesOf = (name: string): string[] => parts.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []));
  const [time, second] = valuesOf('t');
  if (time === undefined || second !== undefined || !TIME.test(time)) return false;
  const age = Math.floor(now.getTime() / 1000) - Number(time);
  if (age < 0 || age > MOST_SECONDS) return false;
  const given = valuesOf('v1').filter((value) => HEX.test(value)).map((value) => Buffer.from(value, 'hex'));
  // Every one of them is compared, whichever fits.
  return secrets.map((secret) => stripeSignature(secret, time, body)).flatMap((expected) => given.map((one) => timingSafeEqual(one, expected))).includes(true);
}
