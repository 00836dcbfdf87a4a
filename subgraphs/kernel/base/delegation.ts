// What says "I act for them": made by identity for a worker, good for a minute, and judged by identity when it is shown. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Delegate } from './graph-client.js';

/** How long one is good: a query, and a clock that is a little off. */
export const DELEGATION_SECONDS = 60;
/** Names the key of the tenant that signs them. */
export const DELEGATION_PURPOSE = 'delegation';

const claims = z.object({
  kind: z.enum(['user', 'api_key']), id: z.uuid(), tenant: z.uuid(), ip: z.string().nullable(), userAgent: z.string().nullable(), permission: z.string(), exp: z.number().int(),
});
export type Delegation = z.infer<typeof claims>;

const macOf = (key: Buffer, body: string): Buffer => createHmac('sha256', key).update(`switchboard delegation\n${body}`).digest();

export function signedDelegation(delegate: Delegate, permission: string, key: Buffer, now: Date): string {
  const exp = Math.floor(now.getTime() / 1_000) + DELEGATION_SECONDS;
  const body = Buffer.from(JSON.stringify({ ...delegate, permission, exp } satisfies Delegation)).toString('base64url');
  return `${body}.${macOf(key, body).toString('base64url')}`;
}

/** What a delegation says of itself, and whether it was signed with a key. Null: it is none. */
export function readDelegation(token: string): { delegation: Delegation; signedWith: (key: Buffer) => boolean } | null {
  const [body = '', signature = '', ...rest] = token.split('.');
  const mac = Buffer.from(signature, 'base64url');
  if (rest.length > 0 || mac.length !== 32 || mac.toString('base64url') !== signature) return null;
  const delegation = claims.safeParse(jsonIn(body));
  return delegation.success ? { delegation: delegation.data, signedWith: (key) => timingSafeEqual(mac, macOf(key, body)) } : null;
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
