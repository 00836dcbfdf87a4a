// Exports as they are asked for and looked at. Their files are written by a job (export.run.ts).
import { createHash, randomBytes } from 'node:crypto';
import { sql, type Selectable } from 'kysely';
import { ACTOR_ID_PREFIX, API_KEY_ID_PREFIX, type Actor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { encodeId, isUuid, newId } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type PageArgs, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { featureNotInTier } from '../../kernel/graphql/quota.errors.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import type { Tx } from '../../kernel/data/database.js';
import { coverageOf, within } from '../audit/audit.coverage.js';
import { criteriaOf, type AuditCriteria } from '../audit/audit.criteria.js';
import { enterStream, streamFor } from '../log/log.scope.js';
import { tenantOf } from '../log/stream.js';
import { FULL_AUDIT, STORAGE_BYTES } from '../tenant-limit/tenant-limit.js';
import { db, type ComplianceTables } from '../tables.js';
import type { AuditExportRequestInput } from './export.inputs.js';

export type ExportRow = Selectable<ComplianceTables['AuditExport']>;

/** Exports of one tenant that are written at the same time. */
export const OPEN_MAX = 3;

export const requesterOf = ({ sub, apiKey }: Actor): string =>
  (sub !== null ? encodeId(ACTOR_ID_PREFIX, sub) : encodeId(API_KEY_ID_PREFIX, apiKey ?? ''));

export class ExportService {
  constructor(private readonly quotas: Quotas) {}

  /** Begins an export, or finds the one an equal earlier request began. @throws Refusal */
  request(ctx: OperationContext, input: AuditExportRequestInput): Promise<ExportRow> {
    const stream = streamFor(ctx);
    const { format, idempotencyKey } = input;
    const criteria = criteriaOf(input.filter ?? {}, (message, field) => invalidInput(message, ['input', 'filter', ...field]));
    if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
    }
    const asked = filterOf(criteria);
    const requestHash = createHash('sha256').update(JSON.stringify([format, asked])).digest('hex');
    return ctx.mutate(async (unit, audit) => {
      const requestedBy = requesterOf(ctx.actor);
      await enterStream(unit.tx, stream);
      // One request at a time for each stream, so that none goes beyond the limit and equal ones find each other.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`switchboard audit export ${stream}`}, 0))`.execute(unit.tx.getKysely());
      const known = await exportsOf(unit.tx, stream).selectAll()
        .where('requestedBy', '=', requestedBy).where('idempotencyKey', '=', idempotencyKey).executeTakeFirst();
      if (known && known.requestHash !== requestHash) {
        throw new Refusal('InputInvalid', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before for another export.', ['input', 'idempotencyKey']);
      }
      const filter = known ? asked : filterOf(await this.#allowed(unit, stream, criteria));
      const row = known ?? await this.#begin(unit.tx, {
        tenantId: stream, id: newId(), state: 'QUEUED', format, filter: JSON.stringify(filter), requestedBy, idempotencyKey, requestHash, requestedAt: unit.now, dueAt: unit.now,
      });
      audit.draft = { ...audit.draft, resource: { type: 'AuditExport', id: row.id }, after: known ? { repeated: true } : { format, filter: JSON.parse(JSON.stringify(filter)) } };
      return row;
    });
  }

  /** What the tier lets be exported. @throws Refusal FeatureNotInTier, QuotaExceeded */
  async #allowed(unit: UnitOfWork, stream: string, criteria: AuditCriteria): Promise<AuditCriteria> {
    const tenant = tenantOf(stream);
    if (tenant === null) return criteria;
    const basic = await coverageOf(this.quotas, unit.tx, tenant, unit.now);
    if (basic && criteria.type !== null && !basic.types.includes(criteria.type)) throw featureNotInTier(FULL_AUDIT, basic.tiersThatAllow, ['input', 'filter', 'type']);
    if (basic && criteria.to !== null && criteria.to <= basic.since) throw featureNotInTier(FULL_AUDIT, basic.tiersThatAllow, ['input', 'filter', 'to']);
    // How large it becomes shows when it is written: what was begun is finished, and counts.
    await this.quotas.assertRoom(unit, tenant, STORAGE_BYTES, null);
    return within(basic, criteria);
  }

  async #begin(tx: Tx, values: Record<string, unknown>): Promise<ExportRow> {
    const open = await exportsOf(tx, String(values['tenantId'])).select('id').where('state', 'in', ['QUEUED', 'RUNNING']).limit(OPEN_MAX).execute();
    if (open.length === OPEN_MAX) {
      throw new Refusal('AuditExportLimitReached', ErrorCode.LIMIT_REACHED, `${OPEN_MAX} exports are being written already: wait for one of them.`);
    }
    const log = await db(tx).selectFrom('LogStream').select('size').where('tenantId', '=', String(values['tenantId'])).executeTakeFirst();
    return db(tx).insertInto('AuditExport').values({ ...values, sealed: log?.size ?? '0' } as never).returningAll().executeTakeFirstOrThrow();
  }

  async get(ctx: OperationContext, id: string): Promise<ExportRow | null> {
    return (await exportsOf(...await reading(ctx)).selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
  }

  /** Newest first: ids grow with time. @throws BAD_USER_INPUT */
  async page(ctx: OperationContext, { first, after }: PageArgs): Promise<Page<ExportRow>> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]);
    let query = exportsOf(...await reading(ctx)).selectAll().orderBy('id', 'desc').limit(size + 1);
    if (cursor) query = query.where('id', '<', String(cursor[0]));
    return pageOf(await query.execute(), size, after, ({ id }) => encodeCursor([id]));
  }
}

/** As it is stored, and as the file tells it. */
const filterOf = (criteria: AuditCriteria): Record<string, unknown> => Object.fromEntries(Object.entries(criteria).filter(([, value]) => value !== null));

const exportsOf = (tx: Tx, stream: string) => db(tx).selectFrom('AuditExport').where('tenantId', '=', stream);

async function reading(ctx: OperationContext): Promise<[Tx, string]> {
  const stream = streamFor(ctx);
  const tx = await ctx.read();
  await enterStream(tx, stream);
  return [tx, stream];
}

export const newUrlSecret = (): string => randomBytes(32).toString('hex');
