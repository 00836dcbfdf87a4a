// What would be deleted of bookings and carts.
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { RetentionCount, countRetained } from '../../kernel/graphql/retention-count.js';
import { BOOKING_CLASSES } from './booking.classes.js';
import { SELLING_CLASSES } from './selling.classes.js';

@Resolver()
export class RetentionResolver {
  @Query(() => [RetentionCount], {
    nullable: true,
    description: 'What `TenantSettings.retention` would delete of bookings and carts if it were set to these days: a dry run, nothing is changed. Bookings that were paid for stay, without what their guests said. Needs `settings:read`.',
  })
  commerceRetentionPreview(
    @Ctx() context: OperationContext,
    @Arg('bookingDays', () => Int, { nullable: true, description: 'Days to try, from when the party was to begin; absent: bookings are not counted.' }) bookingDays?: number | null,
    @Arg('cartDays', () => Int, { nullable: true, description: 'Days to try, from when a cart that became no order was last changed; absent: carts are not counted.' }) cartDays?: number | null,
  ): Promise<RetentionCount[]> {
    return countRetained(context, [...BOOKING_CLASSES, ...SELLING_CLASSES], {
      BOOKINGS: { argument: 'bookingDays', days: bookingDays }, CARTS: { argument: 'cartDays', days: cartDays },
    });
  }
}
