// What all of Meta's webhooks share: the handshake, the signature over the raw bytes, and the answer.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ReceivedCall } from './channel.port.js';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export const META_SIGNATURE = 'x-hub-signature-256';
export const META_ACKNOWLEDGEMENT = { contentType: 'text/plain; charset=utf-8', body: 'EVENT_RECEIVED' };

/** The bare challenge when the query carries the verify token of the inbox. */
export function metaChallenge(query: URLSearchParams, verifyToken: string): string | null {
  const token = query.get('hub.verify_token');
  if (query.get('hub.mode') !== 'subscribe' || token === null || verifyToken === '') return null;
  return timingSafeEqual(sha256(token), sha256(verifyToken)) ? query.get('hub.challenge') : null;
}

/** `sha256=` and the lower-case hexadecimal HMAC-SHA256 of the raw bytes. Meta escapes unicode: never over JSON written again. */
export function metaSigned({ body, headers }: Pick<ReceivedCall, 'body' | 'headers'>, appSecret: string): boolean {
  const given = /^sha256=([0-9a-f]{64})$/.exec(headers[META_SIGNATURE] ?? '')?.[1];
  if (given === undefined || appSecret === '') return false;
  return timingSafeEqual(Buffer.from(given, 'hex'), createHmac('sha256', appSecret).update(body).digest());
}

/** JSON, or undefined. */
export function decodeJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
