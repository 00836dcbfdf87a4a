// Who is calling: an access token becomes an actor, signed for the subgraphs. Absent is anonymous; bad is refused.
import { createLocalJWKSet, errors as jose, jwtVerify, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import type { KeyObject } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { HeaderMap } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import { anonymous, signActor, type Actor } from '../subgraphs/kernel/base/actor.js';
import type { Clock } from '../subgraphs/kernel/base/clock.js';
import { withDeadline } from '../subgraphs/kernel/base/deadline.js';
import type { Origin } from '../subgraphs/kernel/base/http.exchange.js';
import { signRoute, type RouteClaims } from '../subgraphs/kernel/base/route.token.js';
import type { AuthenticatePort, Authentication } from '../subgraphs/kernel/base/subgraph-port.js';

const SESSION_MS = 1_000;
const REFETCH_KEYS_MS = 5_000;
const KEYS_MS = 60_000;
const PORT_MS = 5_000;
const SIGNED_MS = 5_000;

/** One caller: the actor to act as and, for a signed-in one, when the access token ends. */
export interface Caller {
  actor: Actor;
  session: { id: string; tokenExpiresAt: Date } | null;
}

const WORDS = {
  invalid: 'This access token is not valid: sign in again.',
  expired: 'This access token has expired: refresh it.',
  revoked: 'This session has ended: sign in again.',
};

/** A credential that was given and does not hold: HTTP 401, never anonymous. */
const refused = (reason: keyof typeof WORDS): GraphQLError =>
  new GraphQLError(WORDS[reason], {
    extensions: {
      code: 'UNAUTHENTICATED', reason,
      http: { status: 401, headers: new HeaderMap([['www-authenticate', 'Bearer error="invalid_token"']]) },
    },
  });

/** Identity does not answer: the call fails, it is not anonymous. HTTP 503. */
const unavailable = (cause: unknown): GraphQLError =>
  new GraphQLError('Authentication is unavailable', {
    originalError: cause instanceof Error ? cause : new Error(String(cause)),
    extensions: { code: 'INTERNAL', http: { status: 503, headers: new HeaderMap([['retry-after', '1']]) } },
  });

export class Authenticator {
  readonly #sessions = new LRUCache<string, { at: number; answer: Promise<Authentication> }>({ max: 10_000 });
  #keys: { at: number; answer: Promise<LocalJWKSet> } | null = null;

  constructor(private readonly port: AuthenticatePort, private readonly clock: Clock) {}

  /** @throws GraphQLError UNAUTHENTICATED for a credential that does not hold, INTERNAL when identity does not answer. */
  async authenticate(authorization: string | undefined, origin: Origin): Promise<Caller> {
    const credential = authorization?.trim();
    if (!credential) return { actor: anonymous(origin.ip, origin.userAgent), session: null };
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(credential)?.[1];
    if (!token) throw refused('invalid');
    const { sid, expiresAt } = await this.#verify(token);
    const answer = await this.session(sid);
    if (!answer.ok) throw refused(answer.reason);
    return { actor: actorOf(answer, origin), session: { id: sid, tokenExpiresAt: expiresAt } };
  }

  /** What identity says of a session, at most a second old. @throws GraphQLError INTERNAL when it does not answer. */
  async session(sessionId: string): Promise<Authentication> {
    const now = this.clock.now().getTime();
    const known = this.#sessions.get(sessionId);
    if (known && now - known.at < SESSION_MS) return expiryChecked(await known.answer, now);
    const answer = withDeadline(this.port.session(sessionId), PORT_MS, 'the session check').catch((cause: unknown) => {
      this.#sessions.delete(sessionId);
      throw unavailable(cause);
    });
    this.#sessions.set(sessionId, { at: now, answer });
    return expiryChecked(await answer, now);
  }

  async #verify(token: string): Promise<{ sid: string; expiresAt: Date }> {
    const options = {
      algorithms: ['EdDSA'], issuer: 'switchboard', audience: 'switchboard', requiredClaims: ['exp', 'sid'],
      currentDate: this.clock.now(),
    };
    const attempt = async (keys: LocalJWKSet): Promise<{ sid: string; expiresAt: Date }> => {
      const { payload } = await jwtVerify(token, keys, options);
      if (typeof payload['sid'] !== 'string' || payload.exp === undefined) throw refused('invalid');
      return { sid: payload['sid'], expiresAt: new Date(payload.exp * 1000) };
    };
    try {
      try {
        return await attempt(await this.#jwks(KEYS_MS));
      } catch (error) {
        if (!(error instanceof jose.JWKSNoMatchingKey)) throw error;
        return await attempt(await this.#jwks(REFETCH_KEYS_MS));
      }
    } catch (error) {
      if (error instanceof GraphQLError) throw error;
      if (error instanceof jose.JWTExpired) throw refused('expired');
      if (error instanceof jose.JOSEError) throw refused('invalid');
      throw error;
    }
  }

  /** The published keys, fetched again when older than `maxAge` milliseconds. */
  #jwks(maxAge: number): Promise<LocalJWKSet> {
    const now = this.clock.now().getTime();
    if (this.#keys && now - this.#keys.at < maxAge) return this.#keys.answer;
    const answer = withDeadline(this.port.jwks(), PORT_MS, 'the key set').then(
      (document) => createLocalJWKSet(document as JSONWebKeySet),
    ).catch((cause: unknown) => {
      this.#keys = null;
      throw unavailable(cause);
    });
    this.#keys = { at: now, answer };
    return answer;
  }
}

/** The actor of a session as identity describes it. */
export const actorOf = (answer: Authentication & { ok: true }, origin: Origin): Actor => ({
  kind: 'user', sub: answer.sub, apiKey: null, tenant: answer.tenant, session: answer.session, permissions: answer.permissions,
  epoch: answer.epoch, ip: origin.ip, userAgent: origin.userAgent,
});

const expiryChecked = (answer: Authentication, now: number): Authentication =>
  answer.ok && new Date(answer.expiresAt).getTime() <= now ? { ok: false, reason: 'expired' } : answer;

/** Signs actors, reusing a signature for the same actor for a few of its 30 seconds. */
export class ActorSigner {
  readonly #signed = new LRUCache<string, { at: number; text: string }>({ max: 5_000 });

  constructor(private readonly key: KeyObject, private readonly clock: Clock) {}

  sign(actor: Actor): string {
    const now = this.clock.now();
    const name = JSON.stringify(actor);
    const known = this.#signed.get(name);
    if (known && now.getTime() - known.at < SIGNED_MS) return known.text;
    const text = signActor(actor, this.key, now);
    this.#signed.set(name, { at: now.getTime(), text });
    return text;
  }

  /** What the owner of a route believes of one HTTP request; never reused. */
  signRoute(claims: RouteClaims): string {
    return signRoute(claims, this.key, this.clock.now());
  }
}
