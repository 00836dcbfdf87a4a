// The GraphQL face of venues and of what is in them.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { payloadOf } from './payload.js';

const ARCHIVED = 'Since when it is not in use any more; null while it is. What was booked stays.';

@ObjectType('Stay', { description: 'How long a party has its table.' })
@InputType('StayInput', { description: 'How long a party has its table.' })
export class StayType {
  @Field(() => Int, { description: 'Parties of at most so many, beyond the next smaller one.' })
  upTo!: number;

  @Field(() => Int, { description: 'Minutes, 5 to 1,440.' })
  minutes!: number;
}

@ObjectType('Area', { description: 'A part of a venue, e.g. its terrace.' })
export class AreaType {
  @Field(() => ID, { description: 'Global id, `area_…`.' })
  id!: string;

  @Field(() => String, { description: 'Its name, unique in the venue among areas in use.' })
  name!: string;

  @Field(() => DateTime, { nullable: true, description: ARCHIVED })
  archivedAt!: Date | null;
}

@ObjectType('DiningTable', { description: 'A table that can be booked.' })
export class DiningTableType {
  @Field(() => ID, { description: 'Global id, `tbl_…`.' })
  id!: string;

  @Field(() => String, { description: 'What staff call it, unique in the venue among tables in use.' })
  name!: string;

  @Field(() => Int, { description: 'The smallest party it is given to.' })
  minParty!: number;

  @Field(() => Int, { description: 'The largest party it takes.' })
  maxParty!: number;

  @Field(() => DateTime, { nullable: true, description: ARCHIVED })
  archivedAt!: Date | null;
}

@ObjectType('TableCombination', { description: 'Tables that are put together for a party that none of them takes.' })
export class TableCombinationType {
  @Field(() => ID, { description: 'Global id, `comb_…`.' })
  id!: string;

  @Field(() => String, { description: 'What staff call it, unique in the venue among combinations in use.' })
  name!: string;

  @Field(() => Int, { description: 'The smallest party it is given to.' })
  minParty!: number;

  @Field(() => Int, { description: 'The largest party it takes.' })
  maxParty!: number;

  @Field(() => DateTime, { nullable: true, description: ARCHIVED })
  archivedAt!: Date | null;
}

@ObjectType('OpeningHours', { description: 'A time in which parties are received, by the clock on the wall of the venue.' })
export class OpeningHoursType {
  @Field(() => Int, { nullable: true, description: '1 Monday to 7 Sunday, every week; null: of one day.' })
  weekday!: number | null;

  @Field(() => String, { nullable: true, description: 'The one day, `2026-12-24`: its hours take the place of those of its weekday; null: every week.' })
  day!: string | null;

  @Field(() => String, { nullable: true, description: 'E.g. `18:30`; null: closed all day.' })
  opens!: string | null;

  @Field(() => String, { nullable: true, description: 'E.g. `23:00`; beyond midnight it goes on, `25:30` being half past one; null: closed all day.' })
  closes!: string | null;
}

@ObjectType('BlockedPeriod', { description: 'A time in which a table, or a whole venue, is not given to anybody. Reservations that were there before stay.' })
export class BlockedPeriodType {
  @Field(() => ID, { description: 'Global id, `blk_…`.' })
  id!: string;

  @Field(() => DateTime, { description: 'When it begins.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'When it is over.' })
  endsAt!: Date;

  @Field(() => String, { nullable: true, description: 'Why; null when nobody said.' })
  reason!: string | null;
}

@ObjectType('Venue', { description: 'A place that receives parties: its tables, hours and rules of booking.' })
export class VenueType {
  @Field(() => ID, { description: 'Global id, `ven_…`.' })
  id!: string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { description: 'IANA name of the time zone of its clock, e.g. `Europe/Rome`.' })
  timeZone!: string;

  @Field(() => Int, { description: 'Parties begin every so many minutes from the opening on.' })
  slotMinutes!: number;

  @Field(() => Int, { description: 'A booking is made at least so many minutes ahead.' })
  leadMinutes!: number;

  @Field(() => Int, { description: 'A booking is canceled at least so many minutes ahead, but by who may `booking:manage`.' })
  cancelMinutes!: number;

  @Field(() => Int, { description: 'A booking is made at most so many days ahead.' })
  daysAhead!: number;

  @Field(() => Boolean, { description: 'Whether staff accept each booking (`reservationAccept`) before it stands.' })
  confirmsByHand!: boolean;

  @Field(() => [StayType], { description: 'How long parties stay, by their size; the last holds for all larger ones.' })
  stays!: StayType[];

  @Field(() => DateTime, { nullable: true, description: ARCHIVED })
  archivedAt!: Date | null;
}

export const { Connection: VenueConnection } = connectionOf('Venue', () => VenueType);
export const { Connection: BlockedPeriodConnection } = connectionOf('BlockedPeriod', () => BlockedPeriodType);

@ObjectType({ implements: UserError, description: 'There is no such venue in use in your tenant.' })
export class VenueNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'There is no such area, table, combination or blocked period in your tenant, or not at this venue.' })
export class PlaceNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another area, table or combination in use at this venue has the name.' })
export class PlaceNameTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'There are as many as there may be: of a tenant 100 venues; of a venue 50 areas, 300 tables, 300 combinations and 100 days with hours of their own.' })
export class PlaceLimitReached extends UserError {}

export const VenueCreatePayload = payloadOf('venueCreate', 'venue', () => VenueType);
export const VenueUpdatePayload = payloadOf('venueUpdate', 'venue', () => VenueType);
export const VenueHoursSetPayload = payloadOf('venueHoursSet', 'venue', () => VenueType);
export const VenueDaySetPayload = payloadOf('venueDaySet', 'venue', () => VenueType);
export const AreaCreatePayload = payloadOf('areaCreate', 'area', () => AreaType);
export const AreaUpdatePayload = payloadOf('areaUpdate', 'area', () => AreaType);
export const DiningTableCreatePayload = payloadOf('diningTableCreate', 'table', () => DiningTableType);
export const DiningTableUpdatePayload = payloadOf('diningTableUpdate', 'table', () => DiningTableType);
export const TableCombinationCreatePayload = payloadOf('tableCombinationCreate', 'combination', () => TableCombinationType);
export const TableCombinationUpdatePayload = payloadOf('tableCombinationUpdate', 'combination', () => TableCombinationType);
export const BlockedPeriodCreatePayload = payloadOf('blockedPeriodCreate', 'period', () => BlockedPeriodType);
export const BlockedPeriodDeletePayload = payloadOf('blockedPeriodDelete', 'period', () => BlockedPeriodType);
