// Who is calling: a credential becomes an actor, signed for the subgraphs. Absent is anonymous; bad is refused.
import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { anonymous, signActor, type Actor } from '../subgraphs/kernel/base/actor.js';
import type { Clock } from '../subgraphs/kernel/base/clock.js';
import { withDeadline } from '../subgraphs/kernel/base/deadline.js';
import type { Origin } from '../subgraphs/kernel/base/http.exchange.js';
import { addressJudge } from '../subgraphs/kernel/base/ip-networks.js';
import { signRoute, type RouteClaims } from '../subgraphs/kernel/base/route.token.js';
import type { AccessChange, AuthenticatePort, Authentication, KeyAuthentication, Refused } from '../subgraphs/kernel/base/subgraph-port.js';
import { AuthenticationUnavailable, keyRefused, tokenRefused } from './access/access.refusals.js';
import { AnswerCache } from './access/answer.cache.js';
import { ChangeFollower, type Changes, type Monotonic } from './access/change.follower.js';
import { credentialOf, type Given } from './access/credential.js';
import { TokenVerifier } from './access/token.verifier.js';

const PORT_MS = 5_000;
const SIGNED_MS = 5_000;

/** What a caller has proven, to be looked at again later. */
export type Proof = { kind: 'session'; id: string; tokenExpiresAt: Date } | { kind: 'api_key'; hash: string } | { kind: 'delegation'; token: string };

/** One caller: the actor to act as and, for a known one, the proof and when it must be looked at again at the latest. */
export interface Caller {
  actor: Actor;
  proof: Proof | null;
  validUntil: Date | null;
}

type Session = Extract<Authentication, { ok: true }>;
type Key = Extract<KeyAuthentication, { ok: true }>;
/** With the judge of its list, made once for as long as the answer is remembered. */
type JudgedKey = Key & { allows(ip: string | null): boolean };

export interface AuthenticatorOptions {
  /** Told of every round of changes, after what they name was forgotten. */
  onChange?: (changes: Changes<AccessChange>) => void;
  /** Told once when changes cannot be followed, and once (error null) when they can again. */
  onSilence?: (error: unknown) => void;
  time?: Monotonic;
}

export class Authenticator {
  readonly follower: ChangeFollower<AccessChange>;
  readonly #tokens: TokenVerifier;
  readonly #sessions: AnswerCache<Session, Refused, AccessChange>;
  readonly #keys: AnswerCache<JudgedKey, Refused, AccessChange>;
  /** Key -> the minute in which a use from a wrong address was told. */
  readonly #told = new LRUCache<string, number>({ max: 10_000 });

  constructor(private readonly port: AuthenticatePort, private readonly clock: Clock, options: AuthenticatorOptions = {}) {
    const { onChange, onSilence, time = () => performance.now() } = options;
    const following = (): boolean => this.follower.following;
    this.#tokens = new TokenVerifier(port, clock);
    this.#sessions = new AnswerCache<Session, Refused, AccessChange>({ following, time, concerns: concernsSession });
    this.#keys = new AnswerCache<JudgedKey, Refused, AccessChange>({ following, time, concerns: concernsKey });
    this.follower = new ChangeFollower(port, {
      changed: (changes) => {
        this.#sessions.forget(changes);
        this.#keys.forget(changes);
        onChange?.(changes);
      },
      silence: (error) => onSilence?.(error),
    }, time);
  }

  /** @throws GraphQLError UNAUTHENTICATED for a credential that does not hold, INTERNAL when identity does not answer. */
  async authenticate(given: Given, origin: Origin): Promise<Caller> {
    const credential = credentialOf(given);
    if (!credential) return { actor: anonymous(origin.ip, origin.userAgent), proof: null, validUntil: null };
    if (credential.kind !== 'token') return this.check(credential, origin);
    const { sid, expiresAt } = await this.#tokens.verify(credential.token);
    return this.check({ kind: 'session', id: sid, tokenExpiresAt: expiresAt }, origin);
  }

  /** What a proof is worth now. @throws as `authenticate` */
  check(proof: Proof, origin: Origin): Promise<Caller> {
    if (proof.kind === 'delegation') return this.#delegate(proof);
    return proof.kind === 'session' ? this.#session(proof, origin) : this.#key(proof, origin);
  }

  async #session(proof: Extract<Proof, { kind: 'session' }>, origin: Origin): Promise<Caller> {
    const now = this.clock.now();
    if (proof.tokenExpiresAt <= now) throw tokenRefused('expired');
    // A use prolongs a session, so that whether its time is over is for identity to say.
    const answer = await this.#sessions.get(
      proof.id, ({ expiresAt, validUntil }) => inFuture(expiresAt, now) && inFuture(validUntil, now),
      () => asked(this.port.session(proof.id), 'the session check'),
    );
    if (!answer.ok) throw tokenRefused(answer.reason);
    const { sub, tenant, session, permissions, epoch, expiresAt, validUntil } = answer;
    const actor: Actor = { kind: 'user', sub, apiKey: null, tenant, session, permissions, epoch, ...closedIn(answer), ip: origin.ip, userAgent: origin.userAgent };
    return { actor, proof, validUntil: earliest(proof.tokenExpiresAt, expiresAt, validUntil) };
  }

  /** Never remembered: whoever acts for somebody is told with each call what they may do now. */
  async #delegate(proof: Extract<Proof, { kind: 'delegation' }>): Promise<Caller> {
    const answer = await asked(this.port.delegation(proof.token), 'the check of a delegation');
    if (!answer.ok) throw tokenRefused(answer.reason);
    const { sub, apiKey, tenant, permissions, ip, userAgent, expiresAt } = answer;
    const actor: Actor = { kind: sub === null ? 'api_key' : 'user', sub, apiKey, tenant, session: null, permissions, epoch: 0, ...closedIn(answer), ip, userAgent };
    return { actor, proof, validUntil: new Date(expiresAt) };
  }

  async #key(proof: Extract<Proof, { kind: 'api_key' }>, origin: Origin): Promise<Caller> {
    const now = this.clock.now();
    const answer = await this.#keys.get(
      proof.hash, ({ expiresAt }) => inFuture(expiresAt, now),
      async () => judged(await asked(this.port.apiKey(proof.hash, origin.ip), 'the key check')),
    );
    if (!answer.ok) throw keyRefused(answer.reason);
    if (!answer.allows(origin.ip)) {
      await this.#tell(proof.hash, origin.ip, now);
      throw keyRefused('address');
    }
    const { apiKey, tenant, permissions, expiresAt } = answer;
    const actor: Actor = {
      kind: 'api_key', sub: null, apiKey, tenant, session: null, permissions, epoch: 0, ...closedIn(answer), ip: origin.ip, userAgent: origin.userAgent,
    };
    return { actor, proof, validUntil: earliest(expiresAt) };
  }

  /** Identity tells the tenant of a use from a wrong address, of which a remembered answer let it know nothing. */
  async #tell(hash: string, ip: string | null, now: Date): Promise<void> {
    const minute = Math.floor(now.getTime() / MINUTE);
    if (this.#told.get(hash) === minute) return;
    this.#told.set(hash, minute);
    await asked(this.port.apiKey(hash, ip), 'the key check');
  }
}

const MINUTE = 60_000;

const asked = <T>(answer: Promise<T>, what: string): Promise<T> =>
  withDeadline(answer, PORT_MS, what).catch((cause: unknown) => { throw new AuthenticationUnavailable(cause); });

const closedIn = ({ closed }: Pick<Actor, 'closed'>): Pick<Actor, 'closed'> => (closed ? { closed } : {});

const inFuture = (instant: string | null, now: Date): boolean => instant === null || new Date(instant) > now;

function earliest(...instants: (Date | string | null)[]): Date | null {
  const times = instants.filter((instant) => instant !== null).map((instant) => new Date(instant).getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
}

const judged = (answer: Key | Refused): JudgedKey | Refused => (answer.ok ? { ...answer, allows: addressJudge(answer.ips) } : answer);

/** Nothing named: everybody of that tenant. */
const everybody = ({ userId, sessionId, apiKeyId }: AccessChange): boolean => userId === null && sessionId === null && apiKeyId === null;

const concernsSession = ({ sub, tenant, session }: Pick<Session, 'sub' | 'tenant' | 'session'>, change: AccessChange): boolean =>
  change.sessionId === session || (change.tenant === tenant && (change.userId === sub || everybody(change)));

const concernsKey = ({ apiKey, tenant }: Pick<Key, 'apiKey' | 'tenant'>, change: AccessChange): boolean =>
  change.apiKeyId === apiKey || (change.tenant === tenant && everybody(change));

/** Whether a change is about somebody who acts. */
export function concernsActor({ sub, tenant, session, apiKey }: Actor, change: AccessChange): boolean {
  if (apiKey !== null && tenant !== null) return concernsKey({ apiKey, tenant }, change);
  return sub !== null && session !== null && concernsSession({ sub, tenant, session }, change);
}

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
