// Access tokens: verified against identity's published keys, strictly, and remembered by their digest until they end.
import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { createLocalJWKSet, decodeProtectedHeader, errors as jose, jwtVerify, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { withDeadline } from '../../subgraphs/kernel/base/deadline.js';
import type { AuthenticatePort } from '../../subgraphs/kernel/base/subgraph-port.js';
import { AuthenticationUnavailable, tokenRefused } from './access.refusals.js';

const REFETCH_KEYS_MS = 5_000;
const KEYS_MS = 60_000;
const PORT_MS = 5_000;
/** Ours have some 400 characters. */
const MAX_LENGTH = 4_096;
/** Clocks of two machines differ; a token from further ahead is nobody's. */
const AHEAD_SECONDS = 60;
/** Ours live for 10 minutes; whoever forges one would rather have it for good. */
const LIFETIME_SECONDS = 3_600;
/** All that a header of ours says. A key, or where to fetch one, has no business in it. */
const HEADER = new Set(['alg', 'kid', 'typ']);

export interface VerifiedToken {
  sid: string;
  expiresAt: Date;
  kid: string;
}

interface KeySet {
  kids: ReadonlySet<string>;
  find: LocalJWKSet;
}

export class TokenVerifier {
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: 10_000 });
  #keys: { at: number; answer: Promise<KeySet> } | null = null;

  constructor(private readonly port: Pick<AuthenticatePort, 'jwks'>, private readonly clock: Clock) {}

  /** @throws UNAUTHENTICATED for a token that does not hold, INTERNAL when the keys cannot be had */
  async verify(token: string): Promise<VerifiedToken> {
    if (token.length > MAX_LENGTH || !isCanonical(token)) throw tokenRefused('invalid');
    const digest = createHash('sha256').update(token).digest('base64');
    const keys = await this.#jwks(KEYS_MS);
    const known = this.#verified.get(digest);
    // A retired key takes what it signed with it.
    if (known && keys.kids.has(known.kid)) {
      if (known.expiresAt <= this.clock.now()) throw tokenRefused('expired');
      return known;
    }
    const verified = await this.#fresh(token, keys);
    this.#verified.set(digest, verified);
    return verified;
  }

  async #fresh(token: string, keys: KeySet): Promise<VerifiedToken> {
    try {
      const { kid, ...header } = decodeProtectedHeader(token);
      if (typeof kid !== 'string' || Object.keys(header).some((name) => !HEADER.has(name))) throw tokenRefused('invalid');
      const set = keys.kids.has(kid) ? keys : await this.#jwks(REFETCH_KEYS_MS);
      const { payload } = await jwtVerify(token, set.find, {
        algorithms: ['EdDSA'], typ: 'JWT', issuer: 'switchboard', audience: 'switchboard', requiredClaims: ['exp', 'iat', 'sid'],
        currentDate: this.clock.now(),
      });
      const { exp, iat, sid } = payload;
      if (typeof sid !== 'string' || exp === undefined || iat === undefined) throw tokenRefused('invalid');
      if (iat > this.clock.now().getTime() / 1000 + AHEAD_SECONDS || exp - iat > LIFETIME_SECONDS) throw tokenRefused('invalid');
      return { sid, kid, expiresAt: new Date(exp * 1000) };
    } catch (error) {
      if (error instanceof GraphQLError) throw error;
      if (error instanceof jose.JWTExpired) throw tokenRefused('expired');
      if (error instanceof jose.JOSEError || error instanceof TypeError) throw tokenRefused('invalid');
      throw error;
    }
  }

  /** The published keys, fetched again when older than `maxAge` milliseconds. */
  #jwks(maxAge: number): Promise<KeySet> {
    const now = this.clock.now().getTime();
    if (this.#keys && Math.abs(now - this.#keys.at) < maxAge) return this.#keys.answer;
    const fetched = withDeadline(this.port.jwks(), PORT_MS, 'the key set').then(
      (document): KeySet => ({ kids: new Set(document.keys.map(({ kid }) => String(kid))), find: createLocalJWKSet(document as JSONWebKeySet) }),
    ).catch((cause: unknown) => {
      if (this.#keys?.answer === fetched) this.#keys = null;
      throw new AuthenticationUnavailable(cause);
    });
    this.#keys = { at: now, answer: fetched };
    return fetched;
  }
}

/** One text for one token: base64url allows bits that say nothing, and another text for the same bytes would be another token to a log or cache. */
function isCanonical(token: string): boolean {
  const parts = token.split('.');
  return parts.length === 3 && parts.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part);
}
