// The timeline of a customer in the graph.
import { Args, ArgsType, Ctx, Field, FieldResolver, ObjectType, registerEnumType, Resolver, Root } from 'type-graphql';
import { connectionOf, PageArgs, pageSize } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { moneyOf, MoneyType } from '../money/money.type.js';
import { FulfillmentStatusEnum } from '../order/order.enums.js';
import { orderById } from '../order/order.loaders.js';
import { OrderType } from '../order/order.type.js';
import { PaymentEventKindEnum } from '../payment/payment.enums.js';
import { paymentById } from '../payment/payment.loaders.js';
import { PaymentType } from '../payment/payment.type.js';
import { reservationById } from '../reservation/reservation.loaders.js';
import { ReservationStatusEnum, ReservationType } from '../reservation/reservation.type.js';
import type { CustomerRow } from './customer.loaders.js';
import { CustomerType } from './customer.type.js';
import { checkTimelineCursor, timelineOfCustomer, visibleKinds, type TimelineKind, type TimelineRow } from './timeline.js';

export const TimelineKindEnum: { [Kind in TimelineKind]: Kind } = { ORDER: 'ORDER', PAYMENT: 'PAYMENT', RESERVATION: 'RESERVATION' };
registerEnumType(TimelineKindEnum, {
  name: 'TimelineKind', description: 'What an entry of a timeline is about.',
  valuesConfig: { ORDER: { description: 'An order was placed or changed, or went on.' }, PAYMENT: { description: 'Money was held, taken, given back or contested.' }, RESERVATION: { description: 'A reservation was made, or went on.' } },
});

@ObjectType('TimelineEntry', { description: 'Something that happened with a customer.' })
export class TimelineEntryType {
  @Field(() => TimelineKindEnum, { description: 'What it is about.' })
  kind!: TimelineKind;

  @Field(() => DateTime, { description: 'When, UTC.' })
  at!: Date;
}

const { Connection: TimelineEntryConnection } = connectionOf('TimelineEntry', () => TimelineEntryType);

@ArgsType()
class TimelineArgs extends PageArgs {
  @Field(() => [TimelineKindEnum], { nullable: true, description: 'Only of these; all that you may see when absent.' })
  kinds?: TimelineKind[] | null;
}

@Resolver(() => CustomerType)
export class CustomerTimelineResolver {
  @FieldResolver(() => TimelineEntryConnection, {
    nullable: true, description: 'What happened with this customer in the shop, newest first: by `at` descending. Payments for those who may `payment:read`, reservations for those who may `booking:read`. What was said is in `contacts { conversations }`.',
  })
  timeline(@Root() { id }: CustomerRow, @Args(() => TimelineArgs) { first, after, kinds }: TimelineArgs, @Ctx() context: OperationContext) {
    checkTimelineCursor(after ?? null);
    return context.load(timelineOfCustomer, { customerId: id, size: pageSize(first), after: after ?? null, kinds: visibleKinds(context, kinds) });
  }
}

@Resolver(() => TimelineEntryType)
export class TimelineEntryResolver {
  @FieldResolver(() => FulfillmentStatusEnum, { nullable: true, description: 'Of an order: where it was since; null: it is about something else.' })
  orderStatus(@Root() { kind, what }: TimelineRow) {
    return kind !== 'ORDER' ? null : what === 'CHANGED' ? 'PLACED' : what;
  }

  @FieldResolver(() => Boolean, { description: 'Of an order: whether what was ordered changed, which stayed where it was.' })
  orderChanged(@Root() { what }: TimelineRow) {
    return what === 'CHANGED';
  }

  @FieldResolver(() => PaymentEventKindEnum, { nullable: true, description: 'Of a payment: what happened to it; null: it is about something else.' })
  paymentEvent(@Root() { kind, what }: TimelineRow) {
    return kind === 'PAYMENT' ? what : null;
  }

  @FieldResolver(() => ReservationStatusEnum, { nullable: true, description: 'Of a reservation: how far it was since; null: it is about something else.' })
  reservationStatus(@Root() { kind, what }: TimelineRow) {
    return kind === 'RESERVATION' ? what : null;
  }

  @FieldResolver(() => MoneyType, { nullable: true, description: 'What the order cost when it was placed or changed; what moved of a payment, less than 0 where it went back; null: no money is told of.' })
  amount(@Root() { minor, currency }: TimelineRow) {
    return minor === null || currency === null ? null : moneyOf(minor, currency);
  }

  @FieldResolver(() => OrderType, { nullable: true, description: 'The order, as it is now; null: it is about something else.' })
  order(@Root() { kind, subjectId }: TimelineRow, @Ctx() context: OperationContext) {
    return kind === 'ORDER' ? context.load(orderById, subjectId) : null;
  }

  @FieldResolver(() => PaymentType, { nullable: true, description: 'The payment, as it is now; null: it is about something else.' })
  payment(@Root() { kind, subjectId }: TimelineRow, @Ctx() context: OperationContext) {
    return kind === 'PAYMENT' ? context.load(paymentById, subjectId) : null;
  }

  @FieldResolver(() => ReservationType, { nullable: true, description: 'The reservation, as it is now; null: it is about something else.' })
  reservation(@Root() { kind, subjectId }: TimelineRow, @Ctx() context: OperationContext) {
    return kind === 'RESERVATION' ? context.load(reservationById, subjectId) : null;
  }
}
