// What would be deleted of what people leave behind.
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { RetentionCount, countRetained } from '../../kernel/graphql/retention-count.js';
import { STAFF_CLASSES } from './retention.classes.js';

@Resolver()
export class RetentionResolver {
  @Query(() => [RetentionCount], {
    nullable: true,
    description: 'What `TenantSettings.retention` would delete of what staff leave behind if it were set to these days: a dry run, nothing is changed. Notifications are their readers\' own and are not counted. Needs `user:manage`.',
  })
  staffRetentionPreview(
    @Ctx() context: OperationContext,
    @Arg('sessionDays', () => Int, { nullable: true, description: 'Days to try for sessions that ended; absent: they are not counted.' }) sessionDays?: number | null,
  ): Promise<RetentionCount[]> {
    return countRetained(context, STAFF_CLASSES, { SESSIONS: { argument: 'sessionDays', days: sessionDays } });
  }
}
