// The statements that read pages of the trail, for the tenant of the transaction or for the platform.
import { sql, type Selectable, type SelectQueryBuilder } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { db, type ComplianceTables } from '../tables.js';
import { conditionsOf, type AuditCriteria } from './audit.criteria.js';
import type { AuditOrder } from './audit.type.js';

export type AuditRow = Selectable<ComplianceTables['PlatformAuditEvent']>;

/** Where a page begins: the last row of the one before it. */
export interface AuditAfter { occurredAt: string; id: string }

export interface AuditListing {
  criteria: AuditCriteria;
  order: AuditOrder;
  after: AuditAfter | null;
  limit: number;
}

type Query = SelectQueryBuilder<Record<string, never>, never, AuditRow>;

/** @param tenant of the transaction; null: the platform's own trail */
export function auditPage(tx: Tx, tenant: string | null, listing: AuditListing): Query {
  if (tenant !== null && listing.criteria.text !== null) return found(tx, listing);
  const { criteria, order, after, limit } = listing;
  const conditions = conditionsOf(criteria, tenant);
  const way = order === 'NEWEST_FIRST' ? 'desc' : 'asc';
  if (after) conditions.push(sql`(occurred_at, id) ${sql.raw(way === 'desc' ? '<' : '>')} (${after.occurredAt}::timestamptz, ${after.id}::uuid)`);
  const table = tenant === null
    ? db(tx).selectFrom('PlatformAuditEvent').selectAll().where((on) => on.and(conditions)).orderBy('occurredAt', way).orderBy('id', way).limit(limit)
    : db(tx).selectFrom('AuditEvent').selectAll().where((on) => on.and(conditions)).orderBy('occurredAt', way).orderBy('id', way).limit(limit);
  return table as unknown as Query;
}

/** A text search, newest first: the function finds keys through its index, and the policy shows their rows. */
function found(tx: Tx, { criteria: one, after, limit }: AuditListing): Query {
  const keysOf = (type: string | null) => sql<{ occurred_at: Date; id: string }>`compliance.audit_search(${one.text}, ${type}, ${one.severities}::text[], ${one.outcome},
    ${one.action}, ${one.actionPrefix}, ${one.actorId}, ${one.resourceType}, ${one.resourceId}, ${one.correlationId},
    ${one.from}::timestamptz, ${one.to}::timestamptz, ${after?.occurredAt ?? null}::timestamptz, ${after?.id ?? null}::uuid, ${limit}::int)`;
  // Of several types as many of each as would fill the page: what is not among those is not on it.
  const searches = one.types ? one.types.map((type) => keysOf(type)) : [keysOf(one.type)];
  const keys = searches.length === 0 ? sql`select null::timestamptz, null::uuid where false`
    : sql.join(searches.map((keysOfOne) => sql`select found.occurred_at, found.id from ${keysOfOne} as found`), sql` union all `);
  return db(tx).selectFrom('AuditEvent').selectAll().where(sql<boolean>`(occurred_at, id) in (${keys})`)
    .orderBy('occurredAt', 'desc').orderBy('id', 'desc').limit(limit) as unknown as Query;
}
