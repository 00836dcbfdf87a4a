// The reminders of a reservation, and what became of them.
import { Ctx, Field, FieldResolver, ObjectType, registerEnumType, Resolver, Root } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import type { ReservationRow } from '../reservation/reservation.loaders.js';
import { ReservationType } from '../reservation/reservation.type.js';
import { REMINDER_OUTCOMES, type ReminderKind, type ReminderOutcome } from './reminder.js';
import { remindersOfReservation } from './reminder.loaders.js';

const ReminderKindEnum: { [Kind in ReminderKind]: Kind } = { H24: 'H24', H2: 'H2' };
registerEnumType(ReminderKindEnum, {
  name: 'ReminderKind', description: 'When a guest is reminded.',
  valuesConfig: { H24: { description: 'A day before.' }, H2: { description: 'Two hours before.' } },
});

const ReminderOutcomeEnum = Object.fromEntries(REMINDER_OUTCOMES.map((outcome) => [outcome, outcome])) as { [Outcome in ReminderOutcome]: Outcome };
registerEnumType(ReminderOutcomeEnum, {
  name: 'ReminderOutcome', description: 'What became of the reminder of a guest.',
  valuesConfig: {
    SENT: { description: 'It is a message of the guest\'s conversation: how far that is, its `status` says.' },
    SWITCHED_OFF: { description: 'The tenant does not want guests to be reminded (`guestReminderSettings`).' },
    NOBODY: { description: 'No inbox knows the guest: the reservation has neither a conversation nor a customer with contacts, or the chosen inbox does not know them.' },
    OPTED_OUT: { description: 'They do not want to be written to by that inbox.' },
    BLOCKED: { description: 'They are blocked.' },
    WINDOW_CLOSED: { description: 'Too long since they wrote, and no approved template is named in `guestReminderSettings` for that inbox.' },
    TEMPLATE_UNFIT: { description: 'The template has places that a reminder does not fill.' },
    CHANNEL_UNAVAILABLE: { description: 'The inbox is switched off, or does not take it.' },
    LIMIT_REACHED: { description: 'The tenant has as many conversations this month as it may.' },
    TOO_LATE: { description: 'The party had begun, or was not to come any more.' },
  },
});

@ObjectType('ReservationReminder', { description: 'A reminder of the guest of a reservation.' })
export class ReservationReminderType {
  @Field(() => ReminderKindEnum, { description: 'Which.' })
  kind!: ReminderKind;

  @Field(() => DateTime, { description: 'When it is due.' })
  dueAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was; null: not yet.' })
  toldAt!: Date | null;

  @Field(() => ReminderOutcomeEnum, { nullable: true, description: 'What became of it; null: it is not due, or that is not known yet.' })
  outcome!: ReminderOutcome | null;
}

@Resolver(() => ReservationType)
export class ReservationRemindersResolver {
  @FieldResolver(() => [ReservationReminderType], { description: 'Reminders of its guest, by when they are due: a day and two hours before, if that was to come when it was confirmed. At most 2.' })
  async reminders(@Root() { id }: ReservationRow, @Ctx() context: OperationContext) {
    return (await context.load(remindersOfReservation, id)) ?? [];
  }
}
