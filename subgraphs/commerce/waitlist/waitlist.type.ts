// The GraphQL face of waitlists.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { payloadOf } from '../venue/payload.js';
import { WAITLIST_STATUSES, type WaitlistStatus } from './waitlist.follow.js';

const WaitlistStatusEnum = Object.fromEntries(WAITLIST_STATUSES.map((status) => [status, status])) as { [Status in WaitlistStatus]: Status };
registerEnumType(WaitlistStatusEnum, {
  name: 'WaitlistStatus', description: 'What became of a party that waits for a table.',
  valuesConfig: {
    WAITING: { description: 'It waits.' },
    OFFERED: { description: 'A table is held for it until `offeredUntil`: `reservationConfirm` takes it.' },
    ACCEPTED: { description: 'It took what it was offered.' },
    LAPSED: { description: 'It did not take it in time, or its own time is over.' },
    LEFT: { description: 'It waits no longer.' },
  },
});

@ObjectType('WaitlistEntry', { description: 'A party that waits for a table at a venue.' })
export class WaitlistEntryType {
  @Field(() => ID, { description: 'Global id, `wait_…`.' })
  id!: string;

  @Field(() => WaitlistStatusEnum, { description: 'What became of it.' })
  status!: WaitlistStatus;

  @Field(() => Int, { description: 'How many people.' })
  partySize!: number;

  @Field(() => DateTime, { description: 'The earliest it would begin.' })
  earliestAt!: Date;

  @Field(() => DateTime, { description: 'The latest it would begin.' })
  latestAt!: Date;

  @Field(() => String, { nullable: true, description: 'Who waits, as they said; null when nobody said.' })
  guestName!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when it may take what it was offered; null when it was offered nothing, or that is over.' })
  offeredUntil!: Date | null;

  @Field(() => DateTime, { description: 'Since when it waits.' })
  createdAt!: Date;
}

export const { Connection: WaitlistEntryConnection } = connectionOf('WaitlistEntry', () => WaitlistEntryType);

@InputType({ description: 'Input of `waitlistJoin`.' })
export class WaitlistJoinInput {
  @Field(() => ID, { description: 'The venue.' }) venueId!: string;
  @Field(() => Int, { description: 'How many people, 1 to 1,000.' }) partySize!: number;
  @Field(() => DateTime, { description: 'The earliest it would begin.' }) earliestAt!: Date;
  @Field(() => DateTime, { description: 'The latest it would begin: in the future, and at most a day after the earliest.' }) latestAt!: Date;
  @Field(() => ID, { nullable: true, description: 'The customer it is for, where there is one.' }) customerId?: string | null;
  @Field(() => ID, { nullable: true, description: 'The conversation it came from, where it came from one.' }) conversationId?: string | null;
  @Field(() => String, { nullable: true, description: 'Who waits, at most 100 characters.' }) guestName?: string | null;
  @Field(() => String, { description: 'A new one for each party, 1 to 200 printable ASCII characters without spaces: the same key and input again is the same entry.' }) idempotencyKey!: string;
}

@InputType({ description: 'Input of `waitlistLeave`.' })
export class WaitlistLeaveInput {
  @Field(() => ID, { description: 'The party.' }) waitlistEntryId!: string;
}

@ObjectType({ implements: UserError, description: 'Nobody like that is on a waitlist of your tenant.' })
export class WaitlistEntryNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'As many parties wait at the venue as may: 500.' })
export class WaitlistFull extends UserError {}

export const WaitlistJoinPayload = payloadOf('waitlistJoin', 'entry', () => WaitlistEntryType);
export const WaitlistLeavePayload = payloadOf('waitlistLeave', 'entry', () => WaitlistEntryType);
