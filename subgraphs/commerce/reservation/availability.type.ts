// The GraphQL face of what is free.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { SLOT_STATES, type SlotState } from './availability.js';

const SlotStateEnum = Object.fromEntries(SLOT_STATES.map((state) => [state, state])) as { [State in SlotState]: State };
registerEnumType(SlotStateEnum, {
  name: 'SlotState', description: 'Whether a time can be booked.',
  valuesConfig: {
    FREE: { description: 'A table for the party is free now; whether it still is when it is held, `reservationHold` tells.' },
    TAKEN: { description: 'No table for the party is free.' },
    PAST: { description: 'It is over.' },
    TOO_SOON: { description: 'It is nearer than `Venue.leadMinutes`.' },
    TOO_FAR: { description: 'It is further ahead than `Venue.daysAhead`.' },
  },
});

@ObjectType('AvailabilitySlot', { description: 'A time at which a party may begin.' })
export class AvailabilitySlotType {
  @Field(() => DateTime, { description: 'When it begins, UTC: what `reservationHold` takes.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'Until when the party would have its table, UTC.' })
  endsAt!: Date;

  @Field(() => String, { description: 'What the clock at the venue shows when it begins, `18:30`. Where the clock is put back two slots show the same.' })
  localTime!: string;

  @Field(() => SlotStateEnum, { description: 'Whether it can be booked.' })
  state!: SlotState;
}

@ObjectType('Availability', { description: 'What is free at a venue on a day.' })
export class AvailabilityType {
  @Field(() => String, { description: 'The day that was asked about, by the clock of the venue: slots after midnight belong to the evening before.' })
  date!: string;

  @Field(() => String, { description: 'IANA name of the time zone of the venue.' })
  timeZone!: string;

  @Field(() => [AvailabilitySlotType], { description: 'By time; none when it is closed. At most some 600: one every 5 minutes for two days of hours.' })
  slots!: AvailabilitySlotType[];
}
