// Payments of a tenant or an order, and what of an order was given back or is contested: newest first, by keyset, however many there are.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { sql, type RawBuilder } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, PageArgs, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { PaymentStateEnum } from './payment.enums.js';
import type { DisputeRow, RefundRow } from './payment.loaders.js';
import { PAYMENT_COLUMNS, type PaymentRow } from './payment.rows.js';
import type { PaymentState } from './payment.states.js';

@InputType({ description: 'Which payments to list; absent fields do not filter.' })
export class PaymentFilter {
  @Field(() => ID, { nullable: true, description: 'Those of this order.' })
  orderId?: string | null;

  @Field(() => PaymentStateEnum, { nullable: true, description: 'Those that are this far.' })
  state?: PaymentState | null;
}

@ArgsType()
export class PaymentsArgs extends PageArgs {
  @Field(() => PaymentFilter, { nullable: true, description: 'Which payments to list.' })
  filter?: PaymentFilter | null;
}

const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
const cursorOf = ({ id }: { id: string }): string => encodeCursor([id]);
/** @throws BAD_USER_INPUT when it is no cursor of such a list */
export const checkIdCursor = (after: string | null | undefined): string | null => (decodeCursor(after, [isId])?.[0] as string | undefined) ?? null;

/** @throws BAD_USER_INPUT */
export async function listPayments(context: OperationContext, { first, after, filter }: PaymentsArgs): Promise<Page<PaymentRow>> {
  const size = pageSize(first);
  const beyond = checkIdCursor(after);
  const conditions: RawBuilder<unknown>[] = [
    sql`p.tenant_id = ${context.tenantId}::uuid`, ...(beyond === null ? [] : [sql`p.id < ${beyond}::uuid`]),
    ...(typeof filter?.orderId === 'string' ? [sql`p.order_id = ${inputId('ord', filter.orderId, ['filter', 'orderId'])}::uuid`] : []), ...(filter?.state ? [sql`p.state = ${filter.state}`] : []),
  ];
  const { rows } = await sql<PaymentRow>`select ${PAYMENT_COLUMNS} from commerce.payment p where ${sql.join(conditions, sql` and `)} order by p.id desc limit ${size + 1}`.execute((await context.read()).getKysely());
  return pageOf(rows, size, after, cursorOf);
}

export interface OfOrderKey { orderId: string; size: number; after: string | null }
type OfOrder = { orderId: string };

const alike = ({ size, after }: OfOrderKey): string => `${size}/${after ?? ''}`;

/** One statement for all orders whose lists are asked for alike. @param columns of `r`, a row of `table`, and of its payment `p` */
const pagesOf = <Row extends { id: string }>(table: string, columns: string) => defineLoader<OperationContext, OfOrderKey, Page<Row>>({
  name: `payment.pages.${table}`, keyOf: (key) => `${key.orderId}/${alike(key)}`,
  batch: async (context, keys) => {
    const pages = new Map<string, Page<Row>>();
    for (const group of Map.groupBy(keys, alike).values()) {
      const [shared] = group;
      if (!shared) continue;
      const beyond = checkIdCursor(shared.after);
      const limit = shared.size + 1;
      const { rows } = await sql<Row & OfOrder>`select newest.*, wanted.id as "orderId" from unnest(${group.map(({ orderId }) => orderId)}::uuid[]) wanted(id) cross join lateral (
          select own.* from commerce.payment p cross join lateral (
            select ${sql.raw(columns)} from ${sql.table(`commerce.${table}`)} r where r.tenant_id = p.tenant_id and r.payment_id = p.id ${beyond === null ? sql`` : sql`and r.id < ${beyond}::uuid`} order by r.id desc limit ${limit}) own
          where p.order_id = wanted.id order by own.id desc limit ${limit}) newest
        order by newest.id desc`.execute((await context.read()).getKysely());
      const found = Map.groupBy(rows, ({ orderId }) => orderId);
      for (const key of group) pages.set(`${key.orderId}/${alike(key)}`, pageOf<Row>(found.get(key.orderId) ?? [], key.size, key.after, cursorOf));
    }
    return pages;
  },
});

export const refundPagesOfOrder = pagesOf<RefundRow>('payment_refund', 'r.id, r.payment_id as "paymentId", r.minor, p.currency, r.state, r.reason, r.failure_code as "failureCode", r.created_at as "createdAt"');
export const disputePagesOfOrder = pagesOf<DisputeRow>('payment_dispute', 'r.id, r.payment_id as "paymentId", r.minor, p.currency, r.reason, r.state, r.created_at as "createdAt"');
