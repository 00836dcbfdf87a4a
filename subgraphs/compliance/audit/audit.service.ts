// Reads the audit trail and the history of one resource, and records that they were read.
import { badInput, forbidden } from '../../kernel/base/errors.js';
import { decodeId, isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { PLATFORM_PERMISSION } from '../permissions.js';
import { criteriaOf, type AuditCriteria } from './audit.criteria.js';
import { coverageOf, within, type BasicAudit } from './audit.coverage.js';
import type { AuditEventsArgs, AuditHistoryArgs } from './audit.inputs.js';
import { auditPage, type AuditAfter, type AuditRow } from './audit.list.js';
import type { AuditOrder } from './audit.type.js';

const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
const cursorOf = (row: AuditRow): string => encodeCursor([row.occurredAt.toISOString(), row.id]);

/** Longest name of a type, and longest id, that the trail holds. */
const NAME_MAX = 200;

/** A page, and what part of the trail it is of. */
export interface AuditEventPage extends Page<AuditRow> {
  /** Null: all of it. */
  limitedTo: BasicAudit | null;
}

export class AuditService {
  constructor(private readonly quotas: Quotas) {}

  /** The trail of the actor's tenant, or of the platform for an actor of none. @throws FORBIDDEN, BAD_USER_INPUT */
  async page(ctx: OperationContext, { first, after, filter }: AuditEventsArgs): Promise<AuditEventPage> {
    const tenant = trailOf(ctx);
    const criteria = criteriaOf(filter ?? {}, (message, field) => badInput(message, ['filter', ...field]));
    const page = await this.#page(ctx, tenant, criteria, 'NEWEST_FIRST', first, after);
    ctx.record({ action: 'audit.read', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'AuditEvent', id: null } });
    return page;
  }

  /** @throws FORBIDDEN, BAD_USER_INPUT */
  async history(ctx: OperationContext, { first, after, resource: { type, id }, order }: AuditHistoryArgs): Promise<AuditEventPage> {
    const tenant = trailOf(ctx);
    for (const [field, given] of Object.entries({ type, id })) {
      if (given === '' || given.length > NAME_MAX) throw badInput(`resource.${field} must have 1 to ${NAME_MAX} characters.`, ['resource', field]);
    }
    const criteria = criteriaOf({ resourceType: type, resourceId: id }, () => badInput('resource holds a NUL character.', ['resource']));
    const page = await this.#page(ctx, tenant, criteria, order, first, after);
    // Ids of types this subgraph knows are encoded when the event is staged.
    const prefix = ctx.deps.ids[type];
    const read = { type, id: prefix ? (decodeId(prefix, id) ?? null) : id };
    ctx.record({ action: 'audit.read', type: 'DATA_READ', outcome: 'SUCCESS', resource: read });
    return page;
  }

  async #page(
    ctx: OperationContext, tenant: string | null, criteria: AuditCriteria, order: AuditOrder, first: number | null | undefined, after: string | null | undefined,
  ): Promise<AuditEventPage> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [isInstantText, isId]);
    const from: AuditAfter | null = cursor && { occurredAt: String(cursor[0]), id: String(cursor[1]) };
    const tx = await ctx.read();
    const limitedTo = await coverageOf(this.quotas, tx, tenant, ctx.deps.clock.now());
    const found = await auditPage(tx, tenant, { criteria: within(limitedTo, criteria), order, after: from, limit: size + 1 }).execute();
    return { ...pageOf(found, size, after, cursorOf), limitedTo };
  }
}

/** The tenant whose trail the actor reads; null: the platform's. @throws FORBIDDEN */
export function trailOf({ actor }: OperationContext): string | null {
  if (actor.tenant === null && !actor.permissions.includes(PLATFORM_PERMISSION)) throw forbidden(PLATFORM_PERMISSION);
  return actor.tenant;
}
