// Reads the audit trail, newest first, and records that it was read.
import { sql, type RawBuilder, type Selectable } from 'kysely';
import { badInput, forbidden } from '../../kernel/base/errors.js';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { PLATFORM_PERMISSION } from '../permissions.js';
import { db, type ComplianceTables } from '../tables.js';
import type { AuditEventsArgs, AuditFilter } from './audit.inputs.js';

export type AuditRow = Selectable<ComplianceTables['PlatformAuditEvent']>;

const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
const cursorOf = (row: AuditRow): string => encodeCursor([row.occurredAt.toISOString(), row.id]);

export class AuditService {
  /** The trail of the actor's tenant, or of the platform for an actor of none. @throws FORBIDDEN, BAD_USER_INPUT */
  async page(ctx: OperationContext, { first, after, filter }: AuditEventsArgs): Promise<Page<AuditRow>> {
    const platform = ctx.actor.tenant === null;
    if (platform && !ctx.actor.permissions.includes(PLATFORM_PERMISSION)) throw forbidden(PLATFORM_PERMISSION);
    const size = pageSize(first);
    const conditions = conditionsOf(filter ?? {}, after ?? null);
    const read = db(await ctx.read());
    const found: AuditRow[] = platform
      ? await read.selectFrom('PlatformAuditEvent').selectAll().where((on) => on.and(conditions))
        .orderBy('occurredAt', 'desc').orderBy('id', 'desc').limit(size + 1).execute()
      : await read.selectFrom('AuditEvent').selectAll().where((on) => on.and(conditions))
        .orderBy('occurredAt', 'desc').orderBy('id', 'desc').limit(size + 1).execute();
    ctx.record({ action: 'audit.read', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'AuditEvent', id: null } });
    return pageOf(found, size, after, cursorOf);
  }
}

/** The same columns in both tables, hence plain SQL. */
function conditionsOf(filter: AuditFilter, after: string | null): RawBuilder<boolean>[] {
  const { type, outcome, from, to } = filter;
  if (from && to && from > to) throw badInput('filter.from is after filter.to.', ['filter', 'from']);
  const conditions: RawBuilder<boolean>[] = [];
  const [action, actorId, resourceId] = [textOf(filter, 'action'), textOf(filter, 'actorId'), textOf(filter, 'resourceId')];
  if (type) conditions.push(sql`type = ${type}`);
  if (outcome) conditions.push(sql`outcome = ${outcome}`);
  if (action?.endsWith('*')) conditions.push(sql`starts_with(action, ${action.slice(0, -1)})`);
  else if (action !== null) conditions.push(sql`action = ${action}`);
  if (actorId !== null) conditions.push(sql`actor_id = ${actorId}`);
  if (resourceId !== null) conditions.push(sql`resource_id = ${resourceId}`);
  if (from) conditions.push(sql`occurred_at >= ${from}`);
  if (to) conditions.push(sql`occurred_at < ${to}`);
  const cursor = decodeCursor(after, [isInstantText, isId]);
  if (cursor) conditions.push(sql`(occurred_at, id) < (${cursor[0]}::timestamptz, ${cursor[1]}::uuid)`);
  return conditions;
}

function textOf(filter: AuditFilter, field: 'action' | 'actorId' | 'resourceId'): string | null {
  const text = filter[field] ?? null;
  // The database has no such text, so nothing could match, and it refuses to be asked.
  if (text?.includes('\0')) throw badInput(`filter.${field} holds a NUL character.`, ['filter', field]);
  return text;
}
