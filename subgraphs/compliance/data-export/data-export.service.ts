// Exports of lists as they are asked for, cancelled and looked at. A job reads and writes them (data-export.run.ts).
import { createHash } from 'node:crypto';
import { sql, type Selectable } from 'kysely';
import { ACTOR_ID_PREFIX, API_KEY_ID_PREFIX, type Actor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput, unauthenticated } from '../../kernel/base/errors.js';
import { encodeId, isUuid, newId } from '../../kernel/base/ids.js';
import { canonicalLocale, canonicalTimeZone } from '../../kernel/base/preferences.js';
import type { Tx } from '../../kernel/data/database.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { STORAGE_BYTES } from '../tenant-limit/tenant-limit.js';
import { db, type ComplianceTables } from '../tables.js';
import type { ExportColumn } from './data-export.columns.js';
import { planOf } from './data-export.document.js';
import type { RequesterKind } from './data-export.entity.js';
import { ExportProgressed } from './data-export.events.js';
import { DATA_FORMATS } from './data-export.format.js';
import type { ExportColumnInput, ExportCreateInput } from './data-export.inputs.js';

export type DataExportRow = Selectable<ComplianceTables['DataExport']>;

/** Exports that one person, or key, may ask for within an hour. */
export const HOURLY = 10;
const HOUR_MS = 3_600_000;
/** After an export has ended, whoever was still at it has noticed: what they left goes then. */
export const LEASE_MS = 30_000;

export const EXPORT_PERMISSION = 'data:export';
/** Sees and cancels everybody's. */
export const MANAGE_PERMISSION = 'data:manage';

export interface Requester { kind: RequesterKind; id: string }

/** @throws UNAUTHENTICATED for who is neither a person nor a key */
export function requesterOf({ sub, apiKey }: Actor): Requester {
  if (sub !== null) return { kind: 'user', id: sub };
  if (apiKey === null) throw unauthenticated();
  return { kind: 'api_key', id: apiKey };
}

export const requesterId = ({ requesterKind, requesterId: id }: Pick<DataExportRow, 'requesterKind' | 'requesterId'>): string =>
  encodeId(requesterKind === 'user' ? ACTOR_ID_PREFIX : API_KEY_ID_PREFIX, id);

export const dataExportsOf = (tx: Tx, tenantId: string) => db(tx).selectFrom('DataExport').where('tenantId', '=', tenantId);

/** Those that somebody may see: their own, or everybody's. */
export function visibleTo(tx: Tx, tenantId: string, actor: Actor) {
  const own = requesterOf(actor);
  const all = dataExportsOf(tx, tenantId);
  return actor.permissions.includes(MANAGE_PERMISSION) ? all : all.where('requesterKind', '=', own.kind).where('requesterId', '=', own.id);
}

export class DataExportService {
  constructor(private readonly quotas: Quotas) {}

  /** Begins an export, or finds the one an equal earlier request began. @throws Refusal */
  create(ctx: OperationContext, input: ExportCreateInput): Promise<DataExportRow> {
    const { tenantId, actor } = ctx;
    const { format, idempotencyKey } = input;
    if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
    }
    const { columns: selected, ...plan } = planOf(input.operation, input.variables ?? {});
    const columns = chosen(selected, input.columns ?? null);
    const { columnsMax } = DATA_FORMATS[format];
    if (columns.length > columnsMax) throw invalidInput(`${format} has room for ${columnsMax} columns: choose them, or another format.`, ['input', input.columns ? 'columns' : 'operation']);
    const timeZone = canonicalTimeZone(input.timeZone ?? 'UTC', ['input', 'timeZone']);
    const language = canonicalLocale(input.language ?? 'en', ['input', 'language']);
    const asked = { format, plan, columns, timeZone, language, title: input.title ?? plan.list.at(-1) ?? 'Export' };
    const requestHash = createHash('sha256').update(JSON.stringify(asked)).digest('hex');
    const requester = requesterOf(actor);
    return ctx.mutate(async (unit, audit) => {
      // One request at a time for each who asks, so that none goes beyond the limit and equal ones find each other.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`switchboard export ${tenantId} ${requester.id}`}, 0))`.execute(unit.tx.getKysely());
      const own = () => dataExportsOf(unit.tx, tenantId).where('requesterKind', '=', requester.kind).where('requesterId', '=', requester.id);
      const known = await own().selectAll().where('idempotencyKey', '=', idempotencyKey).executeTakeFirst();
      if (known && known.requestHash !== requestHash) {
        throw new Refusal('InputInvalid', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before for another export.', ['input', 'idempotencyKey']);
      }
      audit.draft = { ...audit.draft, resource: { type: 'Export', id: known?.id ?? null }, after: { repeated: true } };
      if (known) return known;
      const recent = await own().select('requestedAt').where('requestedAt', '>', new Date(unit.now.getTime() - HOUR_MS)).orderBy('requestedAt', 'desc').limit(HOURLY).execute();
      if (recent.length === HOURLY) {
        const resetsAt = new Date((recent.at(-1)?.requestedAt ?? unit.now).getTime() + HOUR_MS);
        throw new Refusal('ExportLimit', ErrorCode.LIMIT_REACHED, `${HOURLY} exports within an hour are the most: the next may be asked for at ${resetsAt.toISOString()}.`, null, { resetsAt });
      }
      await this.quotas.assertRoom(unit, tenantId, STORAGE_BYTES, null);
      const row = await db(unit.tx).insertInto('DataExport').values({
        ...asked, plan: JSON.stringify(plan), columns: JSON.stringify(columns), tenantId, id: newId(), state: 'QUEUED', requesterKind: requester.kind, requesterId: requester.id,
        requesterIp: actor.ip, requesterAgent: actor.userAgent?.slice(0, 500) ?? null, idempotencyKey, requestHash, requestedAt: unit.now, dueAt: unit.now,
      } as never).returningAll().executeTakeFirstOrThrow();
      unit.emit(ExportProgressed, { exportId: row.id }, { streamId: row.id });
      const operation = createHash('sha256').update(plan.query).digest('hex');
      audit.draft = { ...audit.draft, resource: { type: 'Export', id: row.id }, after: { format, list: plan.list.join('.'), operation, columns: columns.map(({ heading }) => heading).join(', ') } };
      return row;
    });
  }

  /** Stops one that has not ended; whoever is at it notices at their next word. @throws Refusal */
  cancel(ctx: OperationContext, id: string): Promise<DataExportRow> {
    const { tenantId, actor } = ctx;
    return ctx.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Export', id } };
      const row = await visibleTo(unit.tx, tenantId, actor).selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
      if (!row) throw new Refusal('ExportNotFound', ErrorCode.NOT_FOUND, 'There is no such export.', ['input', 'id']);
      if (row.state === 'CANCELLED') {
        audit.draft = { ...audit.draft, after: { repeated: true } };
        return row;
      }
      if (row.state !== 'QUEUED' && row.state !== 'RUNNING') throw new Refusal('ExportEnded', ErrorCode.WRONG_STATE, 'This export has come to its end.', ['input', 'id']);
      const changes = { state: 'CANCELLED', dueAt: new Date(unit.now.getTime() + LEASE_MS) } as const;
      await db(unit.tx).updateTable('DataExport').set(changes).where('tenantId', '=', tenantId).where('id', '=', id).execute();
      unit.emit(ExportProgressed, { exportId: id }, { streamId: id });
      return { ...row, ...changes };
    });
  }

  /** Newest first: ids grow with time. @throws BAD_USER_INPUT */
  async page(ctx: OperationContext, { first, after }: PageArgs): Promise<Page<DataExportRow>> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]);
    let query = visibleTo(await ctx.read(), ctx.tenantId, ctx.actor).selectAll().orderBy('id', 'desc').limit(size + 1);
    if (cursor) query = query.where('id', '<', String(cursor[0]));
    return pageOf(await query.execute(), size, after, ({ id }) => encodeCursor([id]));
  }
}

/** The columns that were chosen among those that are selected. @throws Refusal */
function chosen(selected: readonly ExportColumn[], wanted: readonly ExportColumnInput[] | null): ExportColumn[] {
  if (wanted === null) return [...selected];
  const columns = wanted.map(({ path, heading }, place) => {
    const column = selected.find((one) => one.path.join('.') === path);
    if (!column) throw invalidInput(`The query selects no ${path.slice(0, 100)}.`, ['input', 'columns', String(place), 'path']);
    return { ...column, heading: heading ?? column.heading };
  });
  const twice = columns.findIndex(({ heading }, place) => columns.findIndex((other) => other.heading === heading) < place);
  if (twice >= 0) throw invalidInput('Two columns have the same heading.', ['input', 'columns', String(twice), 'heading']);
  // An amount whose currency is left out is a number of its minor units.
  return columns.map((column) => (column.currency && !columns.some(({ path }) => path.join('.') === column.currency?.join('.')) ? { path: column.path, heading: column.heading, kind: 'NUMBER', list: column.list } : column));
}
