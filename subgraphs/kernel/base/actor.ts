// Who is asking: signed by the gateway for every subgraph call, verified by the subgraph, in process as over HTTP.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

export const actorSchema = z.object({
  kind: z.enum(['anonymous', 'user', 'api_key', 'system']),
  /** User id (UUID); null for everybody but a person. */
  sub: z.uuid().nullable(),
  /** The API key (UUID) that acts for its tenant; null for everybody else. */
  apiKey: z.uuid().nullable(),
  tenant: z.uuid().nullable(),
  session: z.uuid().nullable(),
  permissions: z.array(z.string()),
  /** Revocation epoch of the session at signing time. */
  epoch: z.number().int(),
  /** Why the tenant is shut to them; absent: it is not. Then only fields whose rule says so are served. */
  closed: z.enum(['SUSPENDED', 'DELETING']).optional(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
});
export type Actor = z.infer<typeof actorSchema>;
/** Why a tenant is shut to its people and keys. */
export type Closed = NonNullable<Actor['closed']>;

const claimsSchema = actorSchema.extend({ aud: z.literal('switchboard-subgraph'), exp: z.number().int() });

export const ACTOR_HEADER = 'x-switchboard-actor';
export const CORRELATION_HEADER = 'x-correlation-id';
const LIFETIME_SECONDS = 30;
/** Prefixes of the API ids of a person and of an API key who act. */
export const ACTOR_ID_PREFIX = 'user';
export const API_KEY_ID_PREFIX = 'key';

export const anonymous = (ip: string | null, userAgent: string | null): Actor => ({
  kind: 'anonymous', sub: null, apiKey: null, tenant: null, session: null, permissions: [], epoch: 0, ip, userAgent,
});

/** The actor of jobs and of provider webhooks inside one tenant (or of the platform, tenant null). */
export const systemActor = (tenant: string | null): Actor => ({
  kind: 'system', sub: null, apiKey: null, tenant, session: null, permissions: [], epoch: 0, ip: null, userAgent: null,
});

export interface ActorKeys {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export const generateActorKeys = (): ActorKeys => generateKeyPairSync('ed25519');

/** Reads an Ed25519 private key in PEM; the public half is derived from it. */
export function actorKeysFromPem(pem: string): ActorKeys {
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** What every signed text says: what it may be used for, and until when (seconds since the epoch). */
interface Signed {
  aud: string;
  exp: number;
}

/** Signs `claims` for 30 seconds: `base64url(claims).base64url(ed25519 signature)`. */
export function signClaims(claims: Record<string, unknown> & Pick<Signed, 'aud'>, privateKey: KeyObject, now: Date): string {
  const exp = Math.floor(now.getTime() / 1000) + LIFETIME_SECONDS;
  const body = Buffer.from(JSON.stringify({ ...claims, exp })).toString('base64url');
  return `${body}.${sign(null, Buffer.from(body), privateKey).toString('base64url')}`;
}

/** The claims, or `null` when the text is malformed, forged, expired or says something else than `schema`. */
export function verifyClaims<T extends Signed>(text: string, schema: z.ZodType<T>, publicKey: KeyObject, now: Date): T | null {
  const [body, signature, rest] = text.split('.');
  if (!body || !signature || rest !== undefined) return null;
  if (!verify(null, Buffer.from(body), publicKey, Buffer.from(signature, 'base64url'))) return null;
  const parsed = schema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  return parsed.success && holds(parsed.data, now) ? parsed.data : null;
}

const holds = ({ exp }: Signed, now: Date): boolean => exp * 1000 >= now.getTime();

/** Signs `actor` for 30 seconds. */
export const signActor = (actor: Actor, privateKey: KeyObject, now: Date): string =>
  signClaims({ ...actor, aud: 'switchboard-subgraph' }, privateKey, now);

/** Verifies signed actors; remembers the last few thousand good signatures until they expire. */
export class ActorVerifier {
  readonly #seen = new LRUCache<string, z.infer<typeof claimsSchema>>({ max: 2_000 });

  constructor(private readonly publicKey: KeyObject) {}

  /** The actor, or `null` when the token is absent, malformed, forged or expired. */
  verify(token: string | undefined, now: Date): Actor | null {
    if (!token) return null;
    const claims = this.#seen.get(token) ?? this.claims(token, claimsSchema, now);
    if (!claims || !holds(claims, now)) return null;
    this.#seen.set(token, claims);
    return claims;
  }

  /** Other claims of the same signer, which are not remembered; `null` as for `verify`. */
  claims<T extends Signed>(text: string | undefined, schema: z.ZodType<T>, now: Date): T | null {
    return text ? verifyClaims(text, schema, this.publicKey, now) : null;
  }
}
