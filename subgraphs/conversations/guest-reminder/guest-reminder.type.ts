// The GraphQL face of how guests are reminded.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('GuestReminderSettings', { description: 'How guests are reminded of what they booked, a day and two hours before. What became of each reminder is in `Reservation.reminders`.' })
export class GuestReminderSettingsType {
  @Field(() => Boolean, { description: 'Whether they are reminded at all; true until somebody says otherwise.' })
  enabled!: boolean;

  @Field(() => String, { nullable: true, description: 'The template that is sent when too long has passed since a guest wrote. Its places are filled by their names `venue`, `when` and `people`, or in this order. Null: none, such guests are not reminded.' })
  templateName!: string | null;

  @Field(() => String, { description: 'The language of guests whose own is not known (the attribute `language` of a contact, e.g. `es`): de, en, es, fr, it or pt.' })
  language!: string;
}

@InputType({ description: 'Input of `guestReminderSettingsUpdate`. What is absent stays.' })
export class GuestReminderSettingsUpdateInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether guests are reminded.' }) enabled?: boolean | null;
  @Field(() => ID, { nullable: true, description: 'The inbox they are reminded by; null: the one in which they were last heard of.' }) inboxId?: string | null;
  @Field(() => String, { nullable: true, description: 'Name of a template, as `messageTemplates` has it; null: none.' }) templateName?: string | null;
  @Field(() => String, { nullable: true, description: 'de, en, es, fr, it or pt.' }) language?: string | null;
}

@ObjectType({ description: 'Result of `guestReminderSettingsUpdate`.' })
export class GuestReminderSettingsUpdatePayload {
  @Field(() => GuestReminderSettingsType, { nullable: true, description: 'As they are now; null when the change was refused.' })
  settings!: object | null;

  @Field(() => [UserError], { description: 'Why nothing changed; empty when it did.' })
  userErrors!: UserError[];
}
