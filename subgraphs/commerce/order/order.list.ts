// The orders of a tenant, newest first, by keyset.
import { ArgsType, Field, InputType } from 'type-graphql';
import { sql } from 'kysely';
import { decodeCursor, encodeCursor, isInstantText, PageArgs, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { isUuid } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import { FulfillmentStatusEnum } from './order.enums.js';
import type { OrderRow } from './order.loaders.js';
import type { OrderState } from './order.states.js';

@InputType({ description: 'Which orders to list; absent fields do not filter.' })
export class OrderFilter {
  @Field(() => FulfillmentStatusEnum, { nullable: true, description: 'Those that are this far.' })
  fulfillmentStatus?: OrderState | null;
}

@ArgsType()
export class OrdersArgs extends PageArgs {
  @Field(() => OrderFilter, { nullable: true, description: 'Which orders to list.' })
  filter?: OrderFilter | null;
}

/** @throws BAD_USER_INPUT */
export async function listOrders(context: OperationContext, { first, after, filter }: OrdersArgs): Promise<Page<OrderRow>> {
  const size = pageSize(first);
  const beyond = decodeCursor(after, [isInstantText, (value) => typeof value === 'string' && isUuid(value)]);
  let query = db(await context.read()).selectFrom('Order').selectAll().where('tenantId', '=', context.tenantId)
    .orderBy('placedAt', 'desc').orderBy('id', 'desc').limit(size + 1);
  if (filter?.fulfillmentStatus) query = query.where('fulfillmentStatus', '=', filter.fulfillmentStatus);
  if (beyond) query = query.where(sql<boolean>`(placed_at, id) < (${beyond[0]}::timestamptz, ${beyond[1]}::uuid)`);
  return pageOf(await query.execute(), size, after, (row) => encodeCursor([row.placedAt.toISOString(), row.id]));
}
