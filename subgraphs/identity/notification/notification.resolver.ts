// The caller's notifications: reading, marking, choosing where, and following live.
import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { Viewer } from '../viewer/viewer.type.js';
import {
  NotificationMarkReadInput, NotificationPreferencesUpdateInput, NotificationsArgs, NotificationsMarkAllReadInput,
} from './notification.inputs.js';
import { notificationById, type NotificationRow } from './notification.loaders.js';
import { readerLocale } from './notification.locale.js';
import { wordsOf } from './notification.texts.js';
import {
  Notification, NotificationAddedEvent, NotificationConnection, NotificationFeedEvent, NotificationMarkReadPayload, NotificationPreference,
  NotificationPreferencesUpdatePayload, NotificationsMarkAllReadPayload,
} from './notification.type.js';

@Resolver(() => Viewer)
export class ViewerNotificationsResolver {
  constructor(private readonly services: IdentityServices) {}

  @FieldResolver(() => NotificationConnection, { description: 'What the caller is told of, newest first. Empty for an API key.' })
  notifications(@Args(() => NotificationsArgs) args: NotificationsArgs, @Ctx() context: OperationContext) {
    return this.services.notifications.list(context, args);
  }

  @FieldResolver(() => Int, { description: 'How many notifications wait to be read. Counts to 100: that means 100 or more.' })
  unreadNotifications(@Ctx() context: OperationContext) {
    return this.services.notifications.unread(context);
  }

  @FieldResolver(() => [NotificationPreference], { description: 'Where the caller is told of what, one entry for each kind. Empty for an API key.' })
  notificationPreferences(@Ctx() context: OperationContext) {
    return this.services.notificationPreferences.list(context);
  }
}

@Resolver(() => Notification)
export class NotificationResolver {
  constructor(private readonly services: IdentityServices) {}

  @FieldResolver(() => String, { description: 'A few words, in the reader\'s language.' })
  async title(@Root() row: NotificationRow, @Ctx() context: OperationContext) {
    return wordsOf(row.kind, row.params, await readerLocale(context)).title;
  }

  @FieldResolver(() => String, { description: 'A sentence or two, in the reader\'s language.' })
  async text(@Root() row: NotificationRow, @Ctx() context: OperationContext) {
    return wordsOf(row.kind, row.params, await readerLocale(context)).text;
  }

  @Mutation(() => NotificationMarkReadPayload, { nullable: true, description: 'Marks notifications of the caller read. Marking one twice changes nothing.' })
  async notificationMarkRead(
    @Ctx() context: OperationContext,
    @Arg('input', () => NotificationMarkReadInput, { description: 'Which.' }) input: NotificationMarkReadInput,
  ) {
    const ids = input.ids.map((id, index) => inputId('ntf', id, ['input', 'ids', String(index)]));
    const marked = await this.services.notifications.markRead(context, ids);
    return { notifications: await Promise.all(marked.map((id) => context.load(notificationById, id))), userErrors: [] };
  }

  @Mutation(() => NotificationsMarkAllReadPayload, { nullable: true, description: 'Marks every notification of the caller up to one read.' })
  async notificationsMarkAllRead(
    @Ctx() context: OperationContext,
    @Arg('input', () => NotificationsMarkAllReadInput, { description: 'Up to where.' }) input: NotificationsMarkAllReadInput,
  ) {
    return { marked: await this.services.notifications.markAllRead(context, inputId('ntf', input.upTo, ['input', 'upTo'])), userErrors: [] };
  }

  @Mutation(() => NotificationPreferencesUpdatePayload, {
    nullable: true, description: 'Chooses where the caller is told of what. Notices of security cannot be switched off.',
  })
  async notificationPreferencesUpdate(
    @Ctx() context: OperationContext,
    @Arg('input', () => NotificationPreferencesUpdateInput, { description: 'What to change.' }) input: NotificationPreferencesUpdateInput,
  ) {
    return { preferences: await this.services.notificationPreferences.update(context, input.preferences), userErrors: [] };
  }
}

@Resolver(() => NotificationAddedEvent)
export class NotificationAddedResolver {
  @FieldResolver(() => Notification, { nullable: true, description: 'The notification, as it is now; null when it is gone.' })
  notification(@Root() root: { notificationId: string }, @Ctx() context: OperationContext) {
    return context.load(notificationById, root.notificationId);
  }
}

@Resolver()
export class NotificationFeedResolver {
  @Subscription(() => NotificationFeedEvent, {
    description: 'The caller\'s notifications as they come. With `after` it first replays what came later than that cursor. For people of a tenant.',
    subscribe: ({ args, context }) => {
      const operation = context as unknown as OperationContext<IdentityServices>;
      return operation.services.notificationFeed.open(operation, (args as { after?: string | null }).after ?? null) as never;
    },
  })
  notificationAdded(
    @Root() event: Record<string, unknown>,
    @Arg('after', () => String, { nullable: true, description: 'Go on after this cursor; from now on when absent.' }) _after?: string | null,
  ): NotificationFeedEvent {
    return event as unknown as NotificationFeedEvent;
  }
}
