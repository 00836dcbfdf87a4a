// The statements that read pages of the trail, for the tenant of the transaction or for the platform.
import { sql, type RawBuilder, type Selectable, type SelectQueryBuilder } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { AuditType } from '../../kernel/messaging/audit.js';
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
  if (tenant !== null && listing.criteria.types !== null) return typed(tx, tenant, listing, listing.criteria.types);
  const { order, limit } = listing;
  const conditions = conditionsAfter(listing, tenant);
  const way = order === 'NEWEST_FIRST' ? 'desc' : 'asc';
  const table = tenant === null
    ? db(tx).selectFrom('PlatformAuditEvent').selectAll().where((on) => on.and(conditions)).orderBy('occurredAt', way).orderBy('id', way).limit(limit)
    : db(tx).selectFrom('AuditEvent').selectAll().where((on) => on.and(conditions)).orderBy('occurredAt', way).orderBy('id', way).limit(limit);
  return table as unknown as Query;
}

/** What a page asks of the rows. */
function conditionsAfter({ criteria, order, after }: AuditListing, tenant: string | null): RawBuilder<boolean>[] {
  const beyond = sql<boolean>`(occurred_at, id) ${sql.raw(order === 'NEWEST_FIRST' ? '<' : '>')} (${after?.occurredAt ?? null}::timestamptz, ${after?.id ?? null}::uuid)`;
  return [...conditionsOf(criteria, tenant), ...(after ? [beyond] : [])];
}

/** The rows of these keys, read under the policy. */
function keyed(tx: Tx, keys: readonly RawBuilder<unknown>[], { order, limit }: Pick<AuditListing, 'order' | 'limit'>): Query {
  const way = order === 'NEWEST_FIRST' ? 'desc' : 'asc';
  const all = keys.length === 0 ? sql`select null::timestamptz, null::uuid where false` : sql.join(keys, sql` union all `);
  return db(tx).selectFrom('AuditEvent').selectAll().where(sql<boolean>`(occurred_at, id) in (${all})`)
    .orderBy('occurredAt', way).orderBy('id', way).limit(limit) as unknown as Query;
}

/** Of several types as many of each as would fill the page, each by its index: what is not among those is not on it. */
function typed(tx: Tx, tenant: string, listing: AuditListing, types: readonly AuditType[]): Query {
  const { criteria, order, limit } = listing;
  const way = order === 'NEWEST_FIRST' ? 'desc' : 'asc';
  const keysOf = (type: AuditType) => sql`(select occurred_at, id from compliance.audit_event
    where ${sql.join(conditionsAfter({ ...listing, criteria: { ...criteria, type, types: null } }, tenant), sql` and `)}
    order by occurred_at ${sql.raw(way)}, id ${sql.raw(way)} limit ${limit})`;
  return keyed(tx, types.map(keysOf), listing);
}

/** A text search, newest first: the function finds keys through its index, and the policy shows their rows. */
function found(tx: Tx, { criteria: one, after, limit }: AuditListing): Query {
  const keysOf = (type: string | null) => sql<{ occurred_at: Date; id: string }>`compliance.audit_search(${one.text}, ${type}, ${one.severities}::text[], ${one.outcome},
    ${one.action}, ${one.actionPrefix}, ${one.actorId}, ${one.resourceType}, ${one.resourceId}, ${one.correlationId},
    ${one.from}::timestamptz, ${one.to}::timestamptz, ${after?.occurredAt ?? null}::timestamptz, ${after?.id ?? null}::uuid, ${limit}::int)`;
  // Of several types as many of each as would fill the page: what is not among those is not on it.
  const searches = one.types ? one.types.map((type) => keysOf(type)) : [keysOf(one.type)];
  return keyed(tx, searches.map((keys) => sql`select found.occurred_at, found.id from ${keys} as found`), { order: 'NEWEST_FIRST', limit });
}
