// The GraphQL face of deposits.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyInput } from '../money/money.input.js';
import { MoneyType } from '../money/money.type.js';
import { payloadOf } from '../venue/payload.js';
import { VenueType } from '../venue/venue.type.js';
import { DEPOSIT_STATUSES, type DepositStatus } from './deposit.loaders.js';

export enum DepositPerEnum { PERSON = 'PERSON', BOOKING = 'BOOKING' }
registerEnumType(DepositPerEnum, {
  name: 'DepositPer', description: 'What the amount of a deposit is for.',
  valuesConfig: { PERSON: { description: 'For each of the party.' }, BOOKING: { description: 'For the whole party.' } },
});

const DepositStatusEnum = Object.fromEntries(DEPOSIT_STATUSES.map((status) => [status, status])) as { [Status in DepositStatus]: Status };
registerEnumType(DepositStatusEnum, {
  name: 'DepositStatus', description: 'Where a deposit is.',
  valuesConfig: {
    DUE: { description: 'It is still to be paid, or not all of it is: the hold cannot be confirmed.' },
    AUTHORIZED: { description: 'The provider holds it: `paymentCapture` takes it.' },
    PAID: { description: 'It is there. When the party comes it goes on their bill.' },
    KEPT: { description: 'Who booked canceled late or did not come, and does not get it back.' },
    TO_RETURN: { description: 'It is to go back and is not on its way: staff took it by hand, or the provider refused. `paymentRefund` gives it back.' },
    RETURNING: { description: 'It is on its way back.' },
    RETURNED: { description: 'It was given back.' },
    LAPSED: { description: 'The reservation ended before it was paid.' },
  },
});

@ObjectType('DepositRule', { description: 'When a venue asks for a deposit, and how much.' })
export class DepositRuleType {
  @Field(() => Int, { description: 'Parties of at least so many are asked for one.' })
  fromParty!: number;

  @Field(() => MoneyType, { description: 'How much, for what `per` says.' })
  amount!: MoneyType;

  @Field(() => DepositPerEnum, { description: 'What the amount is for.' })
  per!: DepositPerEnum;

  @Field(() => Boolean, { description: 'Whether who cancels later than `Venue.cancelMinutes` ahead, or does not come, does not get it back.' })
  keptWhenLate!: boolean;
}

@InputType({ description: 'When a venue asks for a deposit, and how much.' })
export class DepositRuleInput {
  @Field(() => Int, { description: 'Parties of at least so many are asked for one, 1 to 1,000.' }) fromParty!: number;
  @Field(() => MoneyInput, { description: 'How much, for what `per` says.' }) amount!: MoneyInput;
  @Field(() => DepositPerEnum, { description: 'What the amount is for.' }) per!: DepositPerEnum;
  @Field(() => Boolean, { defaultValue: true, description: 'Whether who cancels late, or does not come, does not get it back.' }) keptWhenLate!: boolean;
}

@InputType({ description: 'Input of `venueDepositSet`.' })
export class VenueDepositSetInput {
  @Field(() => ID, { description: 'The venue.' }) venueId!: string;
  @Field(() => DepositRuleInput, { nullable: true, description: 'What holds for tables that are held from now on; null or absent: no deposits.' }) rule?: DepositRuleInput | null;
}

@ObjectType('ReservationDeposit', { description: 'What was asked for a reservation when its table was held, and where it is.' })
export class ReservationDepositType {
  @Field(() => MoneyType, { description: 'How much was asked for.' })
  amount!: MoneyType;

  @Field(() => DepositStatusEnum, { description: 'Where it is.' })
  status!: DepositStatus;

  @Field(() => MoneyType, { description: 'How much was taken.' })
  paid!: MoneyType;

  @Field(() => MoneyType, { description: 'How much of that was given back, or is on its way back.' })
  returned!: MoneyType;

  @Field(() => Boolean, { description: 'Whether it stays with the venue when the guest cancels late or does not come.' })
  keptWhenLate!: boolean;
}

@ObjectType({ implements: UserError, description: 'The table is held against a deposit, which is not there yet: `paymentCreate` or `paymentRecord` with `reservationId`. Once it is there the reservation stands by itself.' })
export class DepositRequired extends UserError {
  @Field(() => MoneyType, { description: 'How much is still due.' })
  due!: MoneyType;
}

@ObjectType({ implements: UserError, description: 'No deposit is asked for the reservation, or it is there already.' })
export class DepositNotDue extends UserError {}

export const VenueDepositSetPayload = payloadOf('venueDepositSet', 'venue', () => VenueType);
