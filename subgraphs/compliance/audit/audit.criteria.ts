// What a filter asks for, checked, and the conditions it becomes.
import { sql, type RawBuilder } from 'kysely';
import type { AuditOutcome, AuditSeverity, AuditType } from '../../kernel/messaging/audit.js';
import type { AuditFilter } from './audit.inputs.js';

/** A filter that can be asked of the database; null: anything. */
export interface AuditCriteria {
  type: AuditType | null;
  /** One of these: what the tier includes. */
  types: readonly AuditType[] | null;
  severities: AuditSeverity[] | null;
  outcome: AuditOutcome | null;
  action: string | null;
  actionPrefix: string | null;
  actorId: string | null;
  resourceType: string | null;
  resourceId: string | null;
  correlationId: string | null;
  text: string | null;
  from: Date | null;
  to: Date | null;
}

export const TEXT_MAX = 200;

/** @param refuse makes the error for a message and the path below the filter */
export function criteriaOf(filter: AuditFilter, refuse: (message: string, field: string[]) => Error): AuditCriteria {
  const text = (field: 'action' | 'actorId' | 'resourceType' | 'resourceId' | 'correlationId' | 'text'): string | null => {
    const given = filter[field] ?? null;
    // The database has no such text, so nothing could match, and it refuses to be asked.
    if (given?.includes('\0')) throw refuse(`filter.${field} holds a NUL character.`, [field]);
    return given;
  };
  const { from = null, to = null } = filter;
  if (from && to && from > to) throw refuse('filter.from is after filter.to.', ['from']);
  const words = text('text');
  if (words !== null && (words.length > TEXT_MAX || !/[\p{L}\p{N}]/u.test(words))) {
    throw refuse(`filter.text must hold a word and at most ${TEXT_MAX} characters.`, ['text']);
  }
  const action = text('action');
  const prefix = action?.endsWith('*') ? action.slice(0, -1) : null;
  return {
    type: filter.type ?? null, types: null, severities: filter.severities ?? null, outcome: filter.outcome ?? null,
    action: prefix === null ? action : null, actionPrefix: prefix, actorId: text('actorId'),
    resourceType: text('resourceType'), resourceId: text('resourceId'), correlationId: text('correlationId'), text: words, from, to,
  };
}

/** The same columns in both tables, hence plain SQL. @param tenant null: the platform's own trail */
export function conditionsOf(criteria: AuditCriteria, tenant: string | null): RawBuilder<boolean>[] {
  const { type, types, severities, outcome, action, actionPrefix, actorId, resourceType, resourceId, correlationId, text, from, to } = criteria;
  const conditions: RawBuilder<boolean>[] = [];
  if (type !== null) conditions.push(sql`type = ${type}`);
  if (types !== null) conditions.push(sql`type = any (${[...types]}::text[])`);
  if (severities !== null) conditions.push(sql`severity = any (${severities}::text[])`);
  if (outcome !== null) conditions.push(sql`outcome = ${outcome}`);
  if (action !== null) conditions.push(sql`action collate "C" = ${action}`);
  // Row-level security lets comparisons use an index, and no other test of a prefix. Nothing sorts after the last character there is.
  if (actionPrefix !== null) conditions.push(sql`action collate "C" >= ${actionPrefix}`, sql`action collate "C" < ${`${actionPrefix}\u{10ffff}`}`);
  if (actorId !== null) conditions.push(sql`actor_id = ${actorId}`);
  if (resourceType !== null) conditions.push(sql`resource_type = ${resourceType}`);
  if (resourceId !== null) conditions.push(sql`resource_id = ${resourceId}`);
  if (correlationId !== null) conditions.push(sql`correlation_id = ${correlationId}`);
  // The platform's own words name no tenant; PostgreSQL knows the index by this very expression.
  const named = tenant === null ? sql`null::uuid` : sql`tenant_id`;
  const words = sql`compliance.audit_words(${named}, action, reason, ip, user_agent, before, after)`;
  if (text !== null) conditions.push(sql`${words} @@ compliance.audit_query(${tenant}::uuid, ${text})`);
  if (from !== null) conditions.push(sql`occurred_at >= ${from}`);
  if (to !== null) conditions.push(sql`occurred_at < ${to}`);
  return conditions;
}
