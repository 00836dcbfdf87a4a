// Vouchers: made, put away, listed; taken by one conditional counter in the transaction of the order, and given back by it.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { isUuid, newId } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { Tx } from '../../kernel/data/database.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { amountOf, currencyOf, wholeOf } from '../given.js';
import type { Discount } from '../pricing/pricing.js';
import { db } from '../tables.js';
import type { VoucherCreateInput } from './voucher.type.js';

const COLUMNS = ['id', 'code', 'percentPpm', 'minor', 'currency', 'startsAt', 'endsAt', 'mostUses', 'mostUsesEach', 'used', 'archivedAt'] as const;
export interface VoucherRow {
  id: string;
  code: string;
  percentPpm: number | null;
  minor: string | null;
  currency: string | null;
  startsAt: Date | null;
  endsAt: Date | null;
  mostUses: number | null;
  mostUsesEach: number | null;
  used: number;
  archivedAt: Date | null;
}

export const unusable = (field: readonly string[]): Refusal =>
  new Refusal('VoucherUnusable', ErrorCode.WRONG_STATE, 'The voucher cannot be taken: it is not there, not now, used up, or of another currency.', field);

export const voucherById = defineLoader<OperationContext, string, VoucherRow>({
  name: 'voucher.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('Voucher').select(COLUMNS).where('id', '=', sql<string>`any (${[...ids]}::uuid[])`).execute();
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** What it takes off a cart of `currency` at `now`; null: it cannot be taken. */
export function discountOf({ percentPpm, minor, currency: of, startsAt, endsAt, archivedAt, mostUses, used }: VoucherRow, currency: string, now: Date): Discount | null {
  if (archivedAt !== null || (startsAt !== null && startsAt > now) || (endsAt !== null && endsAt <= now) || (mostUses !== null && used >= mostUses)) return null;
  return ruleOf({ percentPpm, minor, currency: of }, currency);
}

/** What it says, whenever: a voucher is put away and never changed, so that one that was taken goes on saying the same. */
export function ruleOf({ percentPpm, minor, currency: of }: Pick<VoucherRow, 'percentPpm' | 'minor' | 'currency'>, currency: string): Discount | null {
  if (percentPpm !== null) return { kind: 'PERCENT', ppm: percentPpm };
  return of === currency && minor !== null ? { kind: 'AMOUNT', minor: BigInt(minor) } : null;
}

export async function voucherByCode(tx: Tx, code: string): Promise<VoucherRow | null> {
  return await db(tx).selectFrom('Voucher').select(COLUMNS).where('code', '=', code.trim().toUpperCase()).executeTakeFirst() ?? null;
}

export async function voucherOf(tx: Tx, id: string): Promise<VoucherRow | null> {
  return await db(tx).selectFrom('Voucher').select(COLUMNS).where('id', '=', id).executeTakeFirst() ?? null;
}

/** In the transaction of the order that takes it: one conditional counter in all, and one of the customer. @throws Refusal VoucherUnusable */
export async function takeVoucher({ tx, now }: UnitOfWork, tenantId: string, { voucherId, customerId }: { voucherId: string; customerId: string }, field: readonly string[]): Promise<void> {
  const { rows } = await sql`with taken as (update commerce.voucher set used = used + 1
      where tenant_id = ${tenantId}::uuid and id = ${voucherId}::uuid and archived_at is null and (most_uses is null or used < most_uses)
        and (starts_at is null or starts_at <= ${now}) and (ends_at is null or ends_at > ${now})
      returning most_uses_each)
    insert into commerce.voucher_customer as c (tenant_id, voucher_id, customer_id, used) select ${tenantId}::uuid, ${voucherId}::uuid, ${customerId}::uuid, 1 from taken
    on conflict (tenant_id, voucher_id, customer_id) do update set used = c.used + 1 where (select most_uses_each is null or c.used < most_uses_each from taken) returning 1`.execute(tx.getKysely());
  if (rows.length === 0) throw unusable(field);
}

/** By an order that comes to nothing. */
export async function giveVoucherBack({ tx }: UnitOfWork, tenantId: string, { voucherId, customerId }: { voucherId: string; customerId: string }): Promise<void> {
  await sql`update commerce.voucher set used = used - 1 where tenant_id = ${tenantId}::uuid and id = ${voucherId}::uuid`.execute(tx.getKysely());
  await sql`update commerce.voucher_customer set used = used - 1 where tenant_id = ${tenantId}::uuid and voucher_id = ${voucherId}::uuid and customer_id = ${customerId}::uuid`.execute(tx.getKysely());
}

export class VoucherService {
  /** Newest first. @throws BAD_USER_INPUT */
  async page(context: OperationContext, { first, after }: { first?: number | null; after?: string | null }): Promise<Page<VoucherRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]);
    const rows = await db(await context.read()).selectFrom('Voucher').select(COLUMNS).where('tenantId', '=', context.tenantId)
      .$if(beyond !== null, (query) => query.where('id', '<', String(beyond?.[0]))).orderBy('id', 'desc').limit(size + 1).execute();
    return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
  }

  /** @throws Refusal InputInvalid, VoucherCodeTaken */
  create(context: OperationContext, input: VoucherCreateInput): Promise<string> {
    const { tenantId } = context;
    const given = givenOf(input);
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Voucher', id }, after: { code: given.code, percentPpm: given.percentPpm, minor: given.minor, currency: given.currency } };
      const made = await db(unit.tx).insertInto('Voucher').values({ tenantId, id, ...given, used: 0, archivedAt: null, createdAt: unit.now })
        .onConflict((conflict) => conflict.columns(['tenantId', 'code']).doNothing()).returning('id').executeTakeFirst();
      if (!made) throw new Refusal('VoucherCodeTaken', ErrorCode.NAME_TAKEN, 'Another voucher has this code.', ['input', 'code']);
      return id;
    });
  }

  /** Repeating it changes nothing. @throws Refusal VoucherNotFound */
  archive(context: OperationContext, id: string): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Voucher', id } };
      const held = await db(unit.tx).selectFrom('Voucher').select(['archivedAt']).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!held) throw new Refusal('VoucherNotFound', ErrorCode.NOT_FOUND, 'There is no such voucher in your tenant.', ['input', 'voucherId']);
      await db(unit.tx).updateTable('Voucher').set({ archivedAt: held.archivedAt ?? unit.now }).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { archived: held.archivedAt !== null }, after: { archived: true } };
    });
  }
}

/** @throws Refusal InputInvalid */
function givenOf({ code, percentPpm, amount, startsAt = null, endsAt = null, mostUses, mostUsesEach }: VoucherCreateInput) {
  const text = code.trim().toUpperCase();
  if (!/^[A-Z0-9-]{1,40}$/.test(text)) throw invalidInput('A code is 1 to 40 letters, digits and hyphens.', ['input', 'code']);
  if ((typeof percentPpm === 'number') === Boolean(amount)) throw invalidInput('Give either a part or an amount.', ['input', 'percentPpm']);
  if (startsAt && endsAt && startsAt >= endsAt) throw invalidInput('It ends after it begins.', ['input', 'endsAt']);
  const times = (given: number | null | undefined, name: string): number | null => (typeof given === 'number' ? wholeOf(given, ['input', name], 1, 2_000_000_000) : null);
  return {
    code: text, percentPpm: typeof percentPpm === 'number' ? wholeOf(percentPpm, ['input', 'percentPpm'], 1, 1_000_000) : null,
    minor: amount ? String(amountOf(amount.minor, ['input', 'amount', 'minor'], 1n)) : null, currency: amount ? currencyOf(amount.currency, ['input', 'amount', 'currency']) : null,
    startsAt: startsAt ?? null, endsAt: endsAt ?? null, mostUses: times(mostUses, 'mostUses'), mostUsesEach: times(mostUsesEach, 'mostUsesEach'),
  };
}
