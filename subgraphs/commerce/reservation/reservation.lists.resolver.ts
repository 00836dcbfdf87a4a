// The reservations of a customer, and of a conversation of conversations.
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { PageArgs, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { CustomerRow } from '../customer/customer.loaders.js';
import { CustomerType } from '../customer/customer.type.js';
import { checkReservationCursor, reservationPages, type ReservationPageKey, type ReservationRow } from './reservation.loaders.js';
import { ConversationRef, ReservationConnection } from './reservation.type.js';

function pageOf(context: OperationContext, of: ReservationPageKey['of'], id: string, { first, after = null }: PageArgs): Promise<Page<ReservationRow> | null> {
  checkReservationCursor(after);
  return context.load(reservationPages, { of, id, size: pageSize(first), after });
}

@Resolver(() => CustomerType)
export class CustomerReservationsResolver {
  @FieldResolver(() => ReservationConnection, { nullable: true, description: 'Reservations of this customer: by `startsAt`, then `id`, the latest first. Needs `booking:read`.' })
  async reservations(@Root() { id }: CustomerRow, @Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return pageOf(context, 'customer', id, page);
  }
}

@Resolver(() => ConversationRef)
export class ConversationReservationsResolver {
  @FieldResolver(() => ReservationConnection, { nullable: true, description: 'Reservations that came from this conversation: by `startsAt`, then `id`, the latest first. Needs `booking:read`.' })
  async reservations(@Root() { id }: ConversationRef, @Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return pageOf(context, 'conversation', id, page);
  }
}
