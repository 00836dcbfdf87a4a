// Who a visitor of a web chat is: a token of their inbox, for a while; and what the pages of the tenant say of somebody who signed in there.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { SignJWT, decodeJwt, errors, jwtVerify } from 'jose';

/** Of a token; a visitor who comes again gets another one. */
export const VISITOR_DAYS = 7;

export interface Visitor {
  /** `v_…` for somebody unknown, `u_` and the tenant's own id of somebody known. */
  id: string;
  name: string | null;
}

const keyOf = (secret: string): Uint8Array => new TextEncoder().encode(secret);
const maybe = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** @param secret of the inbox: with another one, every token ends */
export async function issueToken({ id, name }: Visitor, inboxId: string, secret: string, now: Date): Promise<{ token: string; expiresAt: Date }> {
  const expiresAt = new Date(now.getTime() + VISITOR_DAYS * 86_400_000);
  const token = await new SignJWT(name === null ? {} : { name })
    .setProtectedHeader({ alg: 'HS256' }).setSubject(id).setAudience(inboxId).setIssuedAt(now).setExpirationTime(expiresAt).sign(keyOf(secret));
  return { token, expiresAt };
}

export const bearerOf = (authorization: string | undefined): string | null => /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/.exec(authorization ?? '')?.[1] ?? null;

/** The visitor of this inbox who has the token; null when it is none, of another inbox, of another secret or too old. */
export async function visitorOf(authorization: string | undefined, inboxId: string, secret: string, now: Date): Promise<Visitor | null> {
  const token = bearerOf(authorization);
  if (token === null) return null;
  try {
    await jwtVerify(token, keyOf(secret), { algorithms: ['HS256'], audience: inboxId, currentDate: now, requiredClaims: ['sub', 'exp'] });
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
  return claimed(token);
}

/** Whom a token names that was verified before. */
export function claimed(token: string): Visitor {
  const { sub, name } = decodeJwt(token);
  if (sub === undefined) throw new Error('A token of a visitor names nobody.');
  return { id: sub, name: maybe(name) };
}

/** Lower-case hexadecimal HMAC-SHA256 of the user's id, as the tenant's own server makes it for a page of somebody who signed in. */
export function isProved(userId: string, hash: string, secrets: readonly (string | undefined)[]): boolean {
  if (!/^[0-9a-f]{64}$/.test(hash)) return false;
  const given = Buffer.from(hash, 'hex');
  return secrets.some((secret) => secret !== undefined && secret !== '' && timingSafeEqual(given, createHmac('sha256', secret).update(userId).digest()));
}
