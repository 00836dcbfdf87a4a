// What would be deleted of conversations.
import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { RetentionCount, countRetained } from '../../kernel/graphql/retention-count.js';
import { CONVERSATION_CLASSES } from './retention.classes.js';

@Resolver()
export class RetentionResolver {
  @Query(() => [RetentionCount], {
    nullable: true,
    description: 'What `TenantSettings.retention` would delete of conversations if it were set to these days: a dry run, nothing is changed. Needs `settings:read`.',
  })
  retentionPreview(
    @Ctx() context: OperationContext,
    @Arg('messageDays', () => Int, { nullable: true, description: 'Days to try for messages; absent: they are not counted.' }) messageDays?: number | null,
    @Arg('contactDays', () => Int, { nullable: true, description: 'Days to try for contacts that have no conversation now; absent: they are not counted.' }) contactDays?: number | null,
    @Arg('webhookDeliveryDays', () => Int, { nullable: true, description: 'Days to try for what providers delivered, as it came; absent: they are not counted.' }) webhookDeliveryDays?: number | null,
  ): Promise<RetentionCount[]> {
    return countRetained(context, CONVERSATION_CLASSES, {
      MESSAGES: { argument: 'messageDays', days: messageDays }, CONTACTS: { argument: 'contactDays', days: contactDays },
      WEBHOOK_DELIVERIES: { argument: 'webhookDeliveryDays', days: webhookDeliveryDays },
    });
  }
}
