// Following reservations live.
import { Arg, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { WithBooking } from '../booking.services.js';
import { ReservationFeedEvent, ReservationTouchedEvent } from './reservation.feed.type.js';
import { reservationById } from './reservation.loaders.js';
import { ReservationType } from './reservation.type.js';

interface Asked {
  reservationId?: string | null;
  after?: string | null;
}

@Resolver(() => ReservationTouchedEvent)
export class ReservationTouchedResolver {
  @FieldResolver(() => ReservationType, { nullable: true, description: 'The reservation, as it is now.' })
  reservation(@Root() { reservationId }: { reservationId: string }, @Ctx() context: OperationContext) {
    return context.load(reservationById, reservationId);
  }
}

@Resolver()
export class ReservationFeedResolver {
  @Subscription(() => ReservationFeedEvent, {
    description: 'Reservations as tables are held and parties come and go, of your tenant or one alone. With `after` it first replays what came later than that cursor.',
    subscribe: ({ args, context }) => {
      const { reservationId = null, after = null } = args as Asked;
      const operation = context as unknown as OperationContext<WithBooking>;
      return operation.services.booking.feed.open(operation, reservationId, after) as never;
    },
  })
  reservationFeed(
    @Root() event: Record<string, unknown>,
    @Arg('reservationId', () => ID, { nullable: true, description: 'This reservation only; all reservations when absent.' }) _reservationId?: string | null,
    @Arg('after', () => String, { nullable: true, description: 'Go on after this cursor; from now on when absent.' }) _after?: string | null,
  ): ReservationFeedEvent {
    return event as unknown as ReservationFeedEvent;
  }
}
