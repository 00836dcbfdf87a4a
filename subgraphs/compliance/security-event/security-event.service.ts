// Lists security events, newest first, acknowledges them, and records both.
import { sql, type RawBuilder } from 'kysely';
import { badInput, ErrorCode, forbidden, Refusal } from '../../kernel/base/errors.js';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { PLATFORM_PERMISSION } from '../permissions.js';
import { db } from '../tables.js';
import { TRANSITIONS, type SecurityEventState } from './security-event.entity.js';
import type { SecurityEventFilter, SecurityEventsArgs } from './security-event.inputs.js';
import { securityEventById, type SecurityEventRow } from './security-event.loaders.js';

const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

/** Those of the tenant, or of the platform for an actor of none. @throws FORBIDDEN */
function ofPlatform({ actor }: OperationContext): boolean {
  const platform = actor.tenant === null;
  if (platform && !actor.permissions.includes(PLATFORM_PERMISSION)) throw forbidden(PLATFORM_PERMISSION);
  return platform;
}

const recordRead = (context: OperationContext, id: string | null): void =>
  context.record({ action: 'security_event.read', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'SecurityEvent', id } });

/** One by its id, as `node(id)` asks; null: there is none for this caller. @throws FORBIDDEN */
export async function readSecurityEvent(context: OperationContext, id: string): Promise<SecurityEventRow | null> {
  ofPlatform(context);
  const row = await context.load(securityEventById, id);
  if (row) recordRead(context, id);
  return row;
}

export class SecurityEventService {
  /** @throws FORBIDDEN, BAD_USER_INPUT */
  async page(context: OperationContext, { first, after, filter }: SecurityEventsArgs): Promise<Page<SecurityEventRow>> {
    const platform = ofPlatform(context);
    const size = pageSize(first);
    const conditions = conditionsOf(filter ?? {}, after ?? null);
    const read = db(await context.read());
    const found: SecurityEventRow[] = platform
      ? await read.selectFrom('PlatformSecurityEvent').selectAll().where((on) => on.and(conditions)).orderBy('id', 'desc').limit(size + 1).execute()
      : await read.selectFrom('SecurityEvent').selectAll().where((on) => on.and(conditions)).orderBy('id', 'desc').limit(size + 1).execute();
    recordRead(context, null);
    return pageOf(found, size, after, ({ id }) => encodeCursor([id]));
  }

  /** Once acknowledged it stays as it was acknowledged first. @throws FORBIDDEN, Refusal SecurityEventNotFound */
  async acknowledge(context: OperationContext, id: string, note: string | null): Promise<void> {
    const { userId } = context;
    const platform = ofPlatform(context);
    await context.mutate(async (unit, audit) => {
      const events = db(unit.tx);
      const row = await (platform
        ? events.selectFrom('PlatformSecurityEvent').select('state').where('id', '=', id).forUpdate().executeTakeFirst()
        : events.selectFrom('SecurityEvent').select('state').where('id', '=', id).forUpdate().executeTakeFirst());
      if (!row) throw securityEventNotFound();
      audit.draft = { ...audit.draft, resource: { type: 'SecurityEvent', id } };
      const next: readonly SecurityEventState[] = TRANSITIONS[row.state];
      if (!next.includes('ACKNOWLEDGED')) {
        audit.draft = { ...audit.draft, after: { repeated: true } };
        return;
      }
      const change = { state: 'ACKNOWLEDGED' as const, acknowledgedBy: userId, acknowledgedAt: unit.now, note: note?.trim() || null };
      await (platform
        ? events.updateTable('PlatformSecurityEvent').set(change).where('id', '=', id).execute()
        : events.updateTable('SecurityEvent').set(change).where('id', '=', id).execute());
      audit.draft = { ...audit.draft, before: { state: row.state }, after: { state: change.state, note: change.note !== null } };
    });
  }
}

const securityEventNotFound = (): Refusal =>
  new Refusal('SecurityEventNotFound', ErrorCode.NOT_FOUND, 'The security event was not found.', ['input', 'id']);

/** The same columns in both tables, hence plain SQL. */
function conditionsOf({ severities, state, rules, from, to }: SecurityEventFilter, after: string | null): RawBuilder<boolean>[] {
  if (from && to && from > to) throw badInput('filter.from is after filter.to.', ['filter', 'from']);
  const conditions: RawBuilder<boolean>[] = [];
  if (severities) conditions.push(sql`severity = any (${severities}::text[])`);
  if (state) conditions.push(sql`state = ${state}`);
  if (rules) conditions.push(sql`rule = any (${rules}::text[])`);
  if (from) conditions.push(sql`last_at >= ${from}`);
  if (to) conditions.push(sql`first_at < ${to}`);
  const cursor = decodeCursor(after, [isId]);
  if (cursor) conditions.push(sql`id < ${cursor[0]}::uuid`);
  return conditions;
}
