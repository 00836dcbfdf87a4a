// Arguments of notification operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import type { NotificationKind as Kind } from './notification.kinds.js';
import { NotificationKind } from './notification.type.js';

@ArgsType()
export class NotificationsArgs extends PageArgs {
  @Field(() => Boolean, { nullable: true, description: 'True: only those that wait to be read.' })
  unreadOnly?: boolean | null;
}

@InputType({ description: 'Input of `notificationMarkRead`.' })
export class NotificationMarkReadInput {
  @Field(() => [ID], { description: 'The notifications that were read, 1 to 100.' })
  ids!: string[];
}

@InputType({ description: 'Input of `notificationsMarkAllRead`.' })
export class NotificationsMarkAllReadInput {
  @Field(() => ID, { description: 'The newest notification the person has seen: it and all older ones are read now. What came since stays unread.' })
  upTo!: string;
}

@InputType({ description: 'Where to be told of one kind.' })
export class NotificationPreferenceInput {
  @Field(() => NotificationKind, { description: 'The kind.' })
  kind!: Kind;

  @Field(() => Boolean, { nullable: true, description: 'In `viewer.notifications`; as before when absent.' })
  inApp?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'By e-mail; as before when absent.' })
  email?: boolean | null;
}

@InputType({ description: 'Input of `notificationPreferencesUpdate`.' })
export class NotificationPreferencesUpdateInput {
  @Field(() => [NotificationPreferenceInput], { description: 'What to change, each kind once; kinds that are not named stay as they are.' })
  preferences!: NotificationPreferenceInput[];
}
