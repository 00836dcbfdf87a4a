// What would be deleted of bookings.
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { RetentionCount, countRetained } from '../../kernel/graphql/retention-count.js';
import { BOOKING_CLASSES } from './retention.classes.js';

@Resolver()
export class RetentionResolver {
  @Query(() => [RetentionCount], {
    nullable: true,
    description: 'What `TenantSettings.retention` would delete of bookings if it were set to these days: a dry run, nothing is changed. Those that were paid for stay, without what their guests said. Needs `settings:read`.',
  })
  bookingRetentionPreview(
    @Ctx() context: OperationContext,
    @Arg('bookingDays', () => Int, { nullable: true, description: 'Days to try, from when the party was to begin; absent: nothing is counted.' }) bookingDays?: number | null,
  ): Promise<RetentionCount[]> {
    return countRetained(context, BOOKING_CLASSES, { BOOKINGS: { argument: 'bookingDays', days: bookingDays } });
  }
}
