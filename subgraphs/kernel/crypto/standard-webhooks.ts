// Webhooks signed as Standard Webhooks has it: over id, time and raw bytes, by one of several secrets. Source: the specification, standardwebhooks.com.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

export const WEBHOOK_SIGNATURE = 'webhook-signature';
export const WEBHOOK_ID = 'webhook-id';

/** How far a call's own time may be from ours, either way. */
const TOLERANCE_SECONDS = 300;

/** `whsec_` and 24 to 64 bytes in base64, as the specification recommends. */
export const webhookSecret = z.string().refine((text) => {
  const bytes = keyOf(text);
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === text.replace(/^whsec_/, '');
}, { error: 'must be whsec_ and 24 to 64 bytes in base64' });

const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

const macOf = (secret: string, id: string, timestamp: string, body: string | Buffer): Buffer =>
  createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest();

/** One signature a secret: whoever still knows the one before believes it too. */
export function standardHeaders(id: string, body: string, secrets: readonly string[], now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    [WEBHOOK_ID]: id, 'webhook-timestamp': timestamp, [WEBHOOK_SIGNATURE]: secrets.map((secret) => `v1,${macOf(secret, id, timestamp, body).toString('base64')}`).join(' '),
  };
}

export interface StandardCall {
  headers: Record<string, string | undefined>;
  body: Buffer;
  receivedAt: Date;
}

/** Signatures of other versions are passed over. */
export function isStandardSigned({ headers, body, receivedAt }: StandardCall, secrets: readonly string[]): boolean {
  const [id, timestamp, given] = [WEBHOOK_ID, 'webhook-timestamp', WEBHOOK_SIGNATURE].map((name) => headers[name] ?? '') as [string, string, string];
  if (!/^[\x21-\x7e]{1,256}$/.test(id) || !/^\d{1,11}$/.test(timestamp) || given.length > 10_000) return false;
  if (Math.abs(Math.floor(receivedAt.getTime() / 1000) - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const signatures = given.split(' ').flatMap((one) => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(one)?.[1] ?? []).map((one) => Buffer.from(one, 'base64'));
  const right = secrets.map((secret) => macOf(secret, id, timestamp, body));
  return signatures.some((signature) => right.some((mac) => timingSafeEqual(signature, mac)));
}
