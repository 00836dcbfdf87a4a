// How guests are reminded: read and changed.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import { InboxType } from '../inbox/inbox.type.js';
import { changeSettings, settingsOf, type GuestReminderSettings } from './guest-reminder.settings.js';
import { GuestReminderSettingsType, GuestReminderSettingsUpdateInput, GuestReminderSettingsUpdatePayload } from './guest-reminder.type.js';

@Resolver(() => GuestReminderSettingsType)
export class GuestReminderResolver {
  @Query(() => GuestReminderSettingsType, { nullable: true, description: 'How guests of your tenant are reminded of what they booked.' })
  async guestReminderSettings(@Ctx() context: OperationContext) {
    return settingsOf(await context.read());
  }

  @Mutation(() => GuestReminderSettingsUpdatePayload, { nullable: true, description: 'Says whether and how guests are reminded of what they booked. Repeating it changes nothing.' })
  async guestReminderSettingsUpdate(@Arg('input', () => GuestReminderSettingsUpdateInput, { description: 'What changes.' }) input: GuestReminderSettingsUpdateInput, @Ctx() context: OperationContext) {
    return { settings: await changeSettings(context, input), userErrors: [] };
  }

  @FieldResolver(() => InboxType, { nullable: true, description: 'The inbox they are reminded by; null: the one in which they were last heard of.' })
  inbox(@Root() { inboxId }: GuestReminderSettings, @Ctx() context: OperationContext) {
    return inboxId === null ? null : context.load(inboxById, inboxId);
  }
}
