// A table that others follow: every row of it once, however late its transaction was committed.
import { sql } from 'kysely';
import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Database } from './database.js';
import { platformScope } from './scope.js';

/** More at once are not told one by one. */
const MOST = 1_000;
/** How long a cursor is known; a transaction that is open for longer than what is left until the purge could be missed. */
const KNOWN_MS = 5 * 60_000;
const KEPT_MS = 60 * 60_000;
const PURGE_EVERY_MS = 10 * 60_000;

/** Milliseconds since the epoch, and PostgreSQL's text of a snapshot: `xmin:xmax:what was open in between`. */
const CURSOR = /^(\d{1,15})@((\d{1,19}):(\d{1,19}):((?:\d{1,19},)*\d{1,19})?)$/;

interface ChangeLogDeps {
  database: Database;
  clock: Clock;
  logger: Logger;
}

/** A row, by the names of its columns. */
export type ChangeRow<Column extends string> = Record<Column, string | null> & { home: string };

type Read<Column extends string> = Record<Column, string | null> & { snapshot: string; ahead: boolean; home: string | null };

/** Columns `home` (the tenant of what changed), `txid xid8`, `changed_at`, and those of `columns`. */
export class ChangeLog<const Column extends string = never> {
  #purgedAt = 0;

  /** @param table a platform table, with its schema */
  constructor(private readonly deps: ChangeLogDeps, private readonly table: `${string}.${string}`, private readonly columns: readonly Column[]) {}

  /**
   * What has changed since `cursor` (null begins); rows null: more, or others, than can be told. The cursor is a snapshot: what is visible
   * now and was not visible then is what has changed.
   */
  async since(cursor: string | null): Promise<{ cursor: string; rows: ChangeRow<Column>[] | null }> {
    const now = this.deps.clock.now().getTime();
    const before = knownSnapshot(cursor, now);
    const columns = sql.join(['home', ...this.columns].map((column) => sql.ref(`told.${column}`)));
    const found = await this.deps.database.inScope(platformScope, async (tx) => {
      // One statement, so that the rows and the snapshot given back are of the same instant.
      const { rows } = await sql<Read<Column>>`
        with seen as (select pg_current_snapshot() as snapshot, ${before}::pg_snapshot as before),
        told as (
          select c.* from ${sql.table(this.table)} c, seen
          where c.txid >= pg_snapshot_xmin(seen.before) and not pg_visible_in_snapshot(c.txid, seen.before) limit ${MOST + 1}
        )
        select seen.snapshot::text as snapshot, seen.before is not null and pg_snapshot_xmax(seen.before) > pg_snapshot_xmax(seen.snapshot) as ahead,
          ${columns}
        from seen left join told on true`.execute(tx.getKysely());
      return rows;
    }, { readOnly: true });
    this.#purge(now);
    const [first] = found;
    if (!first) throw new Error('A snapshot is always there.');
    // A snapshot ahead of this one is of another history of the database.
    const forgotten = before === null || first.ahead || found.length > MOST;
    const rows = found.filter((row): row is Read<Column> & { home: string } => row.home !== null);
    return { cursor: `${now}@${first.snapshot}`, rows: forgotten ? null : rows };
  }

  /** Not awaited by the call it belongs to; a lost purge is made up for by the next. */
  #purge(now: number): void {
    if (Math.abs(now - this.#purgedAt) < PURGE_EVERY_MS) return;
    this.#purgedAt = now;
    this.deps.database.inScope(platformScope, (tx) =>
      sql`delete from ${sql.table(this.table)} where changed_at < ${new Date(now - KEPT_MS).toISOString()}::timestamptz`.execute(tx.getKysely()),
    ).catch((error: Error) => this.deps.logger.warn({ err: error.message, table: this.table }, 'old changes were not purged'));
  }
}

/** The snapshot in a cursor; null when it is none of ours, or so old that changes since may have been purged. */
function knownSnapshot(cursor: string | null, now: number): string | null {
  const [, at, snapshot = null, xmin = '', xmax = '', open = ''] = CURSOR.exec(cursor ?? '') ?? [];
  if (at === undefined || now - Number(at) > KNOWN_MS) return null;
  const bounds = [xmin, ...(open ? open.split(',') : []), xmax].map(BigInt);
  const ordered = bounds.every((bound, index) => index === 0 || bound >= (bounds[index - 1] ?? 0n));
  return ordered && (bounds[0] ?? 0n) > 0n && (bounds.at(-1) ?? 0n) < 2n ** 63n ? snapshot : null;
}
