// What gateways follow: every access change once, however late its transaction was committed.
import { sql } from 'kysely';
import type { AccessChange, AccessChanges } from '../../kernel/base/subgraph-port.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { tenantOf } from '../platform.js';
import { db } from '../tables.js';

/** More at once are not told one by one. */
const MOST = 1_000;
/** How long a cursor is known; a transaction that is open for longer than what is left until the purge could be missed. */
const KNOWN_MS = 5 * 60_000;
const KEPT_MS = 60 * 60_000;
const PURGE_EVERY_MS = 10 * 60_000;

/** Milliseconds since the epoch, and PostgreSQL's text of a snapshot: `xmin:xmax:what was open in between`. */
const CURSOR = /^(\d{1,15})@((\d{1,19}):(\d{1,19}):((?:\d{1,19},)*\d{1,19})?)$/;

interface Read extends Record<keyof AccessChange, string | null> {
  snapshot: string;
  /** Null beside a snapshot without changes. */
  home: string | null;
}

export class AccessChangeLog {
  #purgedAt = 0;

  constructor(private readonly deps: SubgraphDeps) {}

  /** See the port. Its cursor is a snapshot: what is visible now and was not visible then is what has changed. */
  async since(cursor: string | null): Promise<AccessChanges> {
    const now = this.deps.clock.now().getTime();
    const before = knownSnapshot(cursor, now);
    const rows = await this.deps.database.inScope(platformScope, async (tx) => {
      // One statement, so that the rows and the snapshot given back are of the same instant.
      const found = await sql<Read>`
        with seen as (select pg_current_snapshot() as snapshot, ${before}::pg_snapshot as before),
        told as (
          select c.home, c.user_id, c.session_id, c.api_key_id from identity.access_change c, seen
          where c.txid >= pg_snapshot_xmin(seen.before) and not pg_visible_in_snapshot(c.txid, seen.before) limit ${MOST + 1}
        )
        select seen.snapshot::text as snapshot, seen.before is not null and pg_snapshot_xmax(seen.before) > pg_snapshot_xmax(seen.snapshot) as ahead,
          told.home, told.user_id as "userId", told.session_id as "sessionId", told.api_key_id as "apiKeyId"
        from seen left join told on true`.execute(tx.getKysely());
      return found.rows as (Read & { ahead: boolean })[];
    }, { readOnly: true });
    this.#purge(now);
    const [first] = rows;
    if (!first) throw new Error('A snapshot is always there.');
    // A snapshot ahead of this one is of another history of the database.
    const forgotten = before === null || first.ahead || rows.length > MOST;
    return { cursor: `${now}@${first.snapshot}`, changes: forgotten ? null : rows.flatMap(changeOf) };
  }

  /** Not awaited by the call it belongs to; a lost purge is made up for by the next. */
  #purge(now: number): void {
    if (Math.abs(now - this.#purgedAt) < PURGE_EVERY_MS) return;
    this.#purgedAt = now;
    this.deps.database.inScope(platformScope, (tx) =>
      db(tx).deleteFrom('AccessChange').where('changedAt', '<', new Date(now - KEPT_MS)).execute(),
    ).catch((error: Error) => this.deps.logger.warn({ err: error.message }, 'old access changes were not purged'));
  }
}

function changeOf({ home, userId, sessionId, apiKeyId }: Read): AccessChange[] {
  return home === null ? [] : [{ tenant: tenantOf(home), userId, sessionId, apiKeyId }];
}

/** The snapshot in a cursor; null when it is none of ours, or so old that changes since may have been purged. */
function knownSnapshot(cursor: string | null, now: number): string | null {
  const [, at, snapshot = null, xmin = '', xmax = '', open = ''] = CURSOR.exec(cursor ?? '') ?? [];
  if (at === undefined || now - Number(at) > KNOWN_MS) return null;
  const bounds = [xmin, ...(open ? open.split(',') : []), xmax].map(BigInt);
  const ordered = bounds.every((bound, index) => index === 0 || bound >= (bounds[index - 1] ?? 0n));
  return ordered && (bounds[0] ?? 0n) > 0n && (bounds.at(-1) ?? 0n) < 2n ** 63n ? snapshot : null;
}
