// Counts attempts at the moment of use: each is reserved before it is judged, so that parallel ones cannot pass a limit.
import { sql } from 'kysely';
import { networkOf } from '../../kernel/base/client-network.js';
import { tenantScope, platformScope } from '../../kernel/data/scope.js';
import type { Tx } from '../../kernel/data/database.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { AttemptKeys, KNOWN_MS, KNOWS_NETWORKS, LIMITS, type AttemptKind, type Limit } from './attempt.policy.js';
import { tooManyAttempts } from './attempt.refusals.js';

export interface Attempted {
  kind: AttemptKind;
  /** What is tried at: an account's id, or an address that may have none. */
  subject: string;
  ip: string | null;
}

export interface Reservation extends Attempted {
  at: Date;
  keys: string[];
  /** The limits this attempt fills; if it fails, they lock. */
  fills: { tier: Limit['tier']; until: Date }[];
}

interface Counted {
  key: string;
  taken: Date[];
}

/** Rolls a reservation back: an attempt that is not judged does not count. */
class Full extends Error {
  constructor(readonly retryAt: Date) { super('too many attempts'); }
}

export class AttemptService {
  #readKeys: AttemptKeys | null = null;

  constructor(private readonly deps: SubgraphDeps) {}

  /** Reads the platform's key of its hashes, once for each process: it neither rotates nor goes. To be done before the first attempt. */
  async prepare(): Promise<void> {
    this.#readKeys = new AttemptKeys(await this.deps.database.inScope(tenantScope(PLATFORM_TENANT_ID), (tx) => this.deps.envelope.derivedKey(tx, PLATFORM_TENANT_ID, 'attempts')));
  }

  get #keys(): AttemptKeys {
    if (!this.#readKeys) throw new Error('Attempts are counted under a key: prepare() comes first.');
    return this.#readKeys;
  }

  /**
   * Takes one attempt, in a transaction of its own that commits before anything is judged.
   * @throws Refusal TooManyAttempts
   */
  async reserve(attempted: Attempted): Promise<Reservation> {
    const at = this.deps.clock.now();
    const limits: readonly Limit[] = LIMITS[attempted.kind];
    const subject = this.#keys.subject(attempted.subject);
    const network = networkOf(attempted.ip);
    const keyed = limits.map((limit) => ({
      ...limit, key: this.#keys.of(attempted.kind, limit.tier, attempted.subject, network), owner: limit.tier === 'NETWORK' ? this.#keys.subject(network) : subject,
    }));
    const known = this.#keys.of(attempted.kind, 'KNOWN', attempted.subject, network);
    const taken = await this.deps.database.inScope(platformScope, async (tx) => {
      const counted = await take(tx, keyed, known, at);
      const late = counted.flatMap(({ key, taken: [oldest = at, ...others] }) => {
        const limit = keyed.find((one) => one.key === key);
        return limit && others.length >= limit.most ? [oldest.getTime() + limit.windowMs] : [];
      });
      if (late.length > 0) throw new Full(new Date(Math.max(...late)));
      return counted;
    }).catch((error: unknown) => {
      if (error instanceof Full) throw tooManyAttempts(error.retryAt);
      throw error;
    });
    const fills = keyed.flatMap(({ key, tier, most, windowMs }) => {
      const [oldest = at, ...others] = taken.find((one) => one.key === key)?.taken ?? [];
      return others.length + 1 === most ? [{ tier, until: new Date(oldest.getTime() + windowMs) }] : [];
    });
    return { ...attempted, at, keys: taken.map(({ key }) => key), fills };
  }

  /** The attempt succeeded: it no longer counts. Inside a change, as its last rows: others wait for these locks. */
  async giveBack(tx: Tx, { kind, subject, ip, at, keys }: Reservation): Promise<void> {
    await sql`
      update identity.attempt a set taken = a.taken[:array_position(a.taken, ${at}::timestamptz(3)) - 1] || a.taken[array_position(a.taken, ${at}::timestamptz(3)) + 1:]
      where a.key in (select key from identity.attempt where key = any(${keys}::text[]) order by key for update)
        and ${at}::timestamptz(3) = any (a.taken)`.execute(tx.getKysely());
    if (!KNOWS_NETWORKS.has(kind)) return;
    const until = new Date(at.getTime() + KNOWN_MS);
    // Once a day is often enough to remember a month.
    await sql`
      insert into identity.attempt as a (key, subject, taken, expires_at)
      values (${this.#keys.of(kind, 'KNOWN', subject, networkOf(ip))}, ${this.#keys.subject(subject)}, '{}', ${until})
      on conflict (key) do update set expires_at = excluded.expires_at where a.expires_at < excluded.expires_at - interval '1 day'`
      .execute(tx.getKysely());
  }

  /** `giveBack` for who makes no change. */
  async release(reservation: Reservation): Promise<void> {
    await this.deps.database.inScope(platformScope, (tx) => this.giveBack(tx, reservation));
  }

  /** The attempt failed and stays counted. Raises one security event when a lock begins with it. */
  async failed(context: OperationContext, { kind, fills }: Reservation): Promise<void> {
    if (fills.length === 0) return;
    const { scope, actor, draft } = auditOf(context);
    const where = scope.tenant === null ? platformScope : tenantScope(scope.tenant, scope.user);
    await runUnit(this.deps.unit, where, { actor, correlationId: context.correlationId }, async (unit) => {
      unit.audit({
        action: 'auth.lock', type: 'SECURITY', severity: 'WARNING', outcome: 'DENIED', reason: 'RATE_LIMITED',
        resource: draft.resource?.type === 'User' ? draft.resource : { type: 'User', id: null },
        after: { kind, locks: fills.map(({ tier, until }) => ({ of: tier, until: until.toISOString() })) },
      });
    });
  }

  /**
   * Forgets what was counted against these subjects, inside a change. Codes of the second factor stay counted: who tries them knows the
   * password, and six digits bear few tries.
   * @returns how many counters
   */
  async clear(tx: Tx, subjects: readonly string[]): Promise<number> {
    const hashes = subjects.map((subject) => this.#keys.subject(subject));
    const codes = subjects.map((subject) => this.#keys.of('MFA_CODE', 'SUBJECT', subject, ''));
    const { numAffectedRows } = await sql`
      delete from identity.attempt where key in (
        select key from identity.attempt where subject = any(${hashes}::text[]) and key <> all(${codes}::text[]) and cardinality(taken) > 0
        order by key for update)`
      .execute(tx.getKysely());
    return Number(numAffectedRows ?? 0);
  }
}

/** One statement: concurrent attempts queue on the rows, always in the order of their keys. Each limit counts in a sliding window. */
async function take(tx: Tx, limits: (Limit & { key: string; owner: string })[], known: string, at: Date): Promise<Counted[]> {
  const values = limits.map(({ key, owner, tier, windowMs }) => sql`(${key}, ${owner}, ${windowMs}::int, ${tier !== 'SUBJECT_AND_NETWORK'}::boolean)`);
  const { rows } = await sql<Counted>`
    insert into identity.attempt as a (key, subject, taken, expires_at)
    select v.key, v.subject, array[${at}::timestamptz(3)], ${at}::timestamptz + v.window_ms * interval '1 millisecond'
    from (values ${sql.join(values)}) v(key, subject, window_ms, wide)
    where not (v.wide and exists (select from identity.attempt k where k.key = ${known} and k.expires_at > ${at}::timestamptz))
    order by v.key
    on conflict (key) do update set expires_at = excluded.expires_at,
      taken = array(select t from unnest(a.taken) t where t > ${at}::timestamptz - (excluded.expires_at - ${at}::timestamptz) order by t) || excluded.taken
    returning key, taken`.execute(tx.getKysely());
  return rows;
}
