// Arguments of operations on venues. What is absent in an update stays.
import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { StayType } from './venue.type.js';

const NAME = 'Its name, 1 to 100 characters in one line.';
const ZONE = 'IANA name of its time zone, e.g. `Europe/Rome`.';
const SLOT = 'Parties begin every so many minutes from the opening on, 5 to 240.';
const LEAD = 'A booking is made at least so many minutes ahead, 0 to 43,200.';
const CANCEL = 'A booking is canceled at least so many minutes ahead, 0 to 43,200.';
const AHEAD = 'A booking is made at most so many days ahead, 1 to 730.';
const BY_HAND = 'Whether staff accept each booking before it stands.';
const STAYS = 'How long parties stay, 1 to 20 sizes; the last holds for all larger ones.';
const ARCHIVED = 'True takes it out of use: it is given to nobody any more, and what was booked stays. False takes it back.';
const MIN = 'The smallest party it is given to, 1 to 1,000.';
const MAX = 'The largest party it takes, 1 to 1,000.';
const VENUE = 'The venue.';

@InputType({ description: 'Input of `venueCreate`.' })
export class VenueCreateInput {
  @Field(() => String, { description: NAME }) name!: string;
  @Field(() => String, { description: ZONE }) timeZone!: string;
  @Field(() => Int, { defaultValue: 30, description: SLOT }) slotMinutes!: number;
  @Field(() => Int, { defaultValue: 0, description: LEAD }) leadMinutes!: number;
  @Field(() => Int, { defaultValue: 0, description: CANCEL }) cancelMinutes!: number;
  @Field(() => Int, { defaultValue: 90, description: AHEAD }) daysAhead!: number;
  @Field(() => Boolean, { defaultValue: false, description: BY_HAND }) confirmsByHand!: boolean;
  @Field(() => [StayType], { description: STAYS }) stays!: StayType[];
}

@InputType({ description: 'Input of `venueUpdate`. What is absent or null stays.' })
export class VenueUpdateInput {
  @Field(() => ID, { description: VENUE }) venueId!: string;
  @Field(() => String, { nullable: true, description: NAME }) name?: string | null;
  @Field(() => String, { nullable: true, description: ZONE }) timeZone?: string | null;
  @Field(() => Int, { nullable: true, description: SLOT }) slotMinutes?: number | null;
  @Field(() => Int, { nullable: true, description: LEAD }) leadMinutes?: number | null;
  @Field(() => Int, { nullable: true, description: CANCEL }) cancelMinutes?: number | null;
  @Field(() => Int, { nullable: true, description: AHEAD }) daysAhead?: number | null;
  @Field(() => Boolean, { nullable: true, description: BY_HAND }) confirmsByHand?: boolean | null;
  @Field(() => [StayType], { nullable: true, description: STAYS }) stays?: StayType[] | null;
  @Field(() => Boolean, { nullable: true, description: ARCHIVED }) archived?: boolean | null;
}

@InputType({ description: 'Hours of one day.' })
export class HoursInput {
  @Field(() => String, { description: 'E.g. `18:30`.' }) opens!: string;
  @Field(() => String, { description: 'E.g. `23:00`; at or before `opens` it is the next day\'s.' }) closes!: string;
}

@InputType({ description: 'Hours of one weekday.' })
export class WeekHoursInput extends HoursInput {
  @Field(() => Int, { description: '1 Monday to 7 Sunday.' }) weekday!: number;
}

@InputType({ description: 'Input of `venueHoursSet`.' })
export class VenueHoursSetInput {
  @Field(() => ID, { description: VENUE }) venueId!: string;
  @Field(() => [WeekHoursInput], { description: 'All hours of a week, at most 50, none of one day overlapping another: they take the place of those before.' }) hours!: WeekHoursInput[];
}

@InputType({ description: 'Input of `venueDaySet`.' })
export class VenueDaySetInput {
  @Field(() => ID, { description: VENUE }) venueId!: string;
  @Field(() => String, { description: 'The day, `2026-12-24`.' }) day!: string;
  @Field(() => [HoursInput], { nullable: true, description: 'Its hours, at most 5; none: closed all day; null or absent: as its weekday again.' }) hours?: HoursInput[] | null;
}

@InputType({ description: 'Input of `areaCreate`.' })
export class AreaCreateInput {
  @Field(() => ID, { description: VENUE }) venueId!: string;
  @Field(() => String, { description: NAME }) name!: string;
}

@InputType({ description: 'Input of `areaUpdate`. What is absent or null stays.' })
export class AreaUpdateInput {
  @Field(() => ID, { description: 'The area.' }) areaId!: string;
  @Field(() => String, { nullable: true, description: NAME }) name?: string | null;
  @Field(() => Boolean, { nullable: true, description: ARCHIVED }) archived?: boolean | null;
}

@InputType({ description: 'Input of `diningTableCreate`.' })
export class DiningTableCreateInput {
  @Field(() => ID, { description: 'The area it stands in.' }) areaId!: string;
  @Field(() => String, { description: NAME }) name!: string;
  @Field(() => Int, { description: MIN }) minParty!: number;
  @Field(() => Int, { description: MAX }) maxParty!: number;
}

@InputType({ description: 'Input of `diningTableUpdate`. What is absent or null stays.' })
export class DiningTableUpdateInput {
  @Field(() => ID, { description: 'The table.' }) tableId!: string;
  @Field(() => String, { nullable: true, description: NAME }) name?: string | null;
  @Field(() => Int, { nullable: true, description: MIN }) minParty?: number | null;
  @Field(() => Int, { nullable: true, description: MAX }) maxParty?: number | null;
  @Field(() => Boolean, { nullable: true, description: ARCHIVED }) archived?: boolean | null;
}

@InputType({ description: 'Input of `tableCombinationCreate`.' })
export class TableCombinationCreateInput {
  @Field(() => ID, { description: VENUE }) venueId!: string;
  @Field(() => String, { description: NAME }) name!: string;
  @Field(() => [ID], { description: 'Its tables, 2 to 20 of the venue. Other tables are another combination.' }) tableIds!: string[];
  @Field(() => Int, { description: MIN }) minParty!: number;
  @Field(() => Int, { description: MAX }) maxParty!: number;
}

@InputType({ description: 'Input of `tableCombinationUpdate`. What is absent or null stays.' })
export class TableCombinationUpdateInput {
  @Field(() => ID, { description: 'The combination.' }) combinationId!: string;
  @Field(() => String, { nullable: true, description: NAME }) name?: string | null;
  @Field(() => Int, { nullable: true, description: MIN }) minParty?: number | null;
  @Field(() => Int, { nullable: true, description: MAX }) maxParty?: number | null;
  @Field(() => Boolean, { nullable: true, description: ARCHIVED }) archived?: boolean | null;
}

@InputType({ description: 'Input of `blockedPeriodCreate`.' })
export class BlockedPeriodCreateInput {
  @Field(() => ID, { description: VENUE }) venueId!: string;
  @Field(() => ID, { nullable: true, description: 'The table; absent or null: the whole venue.' }) tableId?: string | null;
  @Field(() => DateTime, { description: 'When it begins.' }) startsAt!: Date;
  @Field(() => DateTime, { description: 'When it is over: in the future, and at most 366 days after it began.' }) endsAt!: Date;
  @Field(() => String, { nullable: true, description: 'Why, at most 200 characters.' }) reason?: string | null;
}

@InputType({ description: 'Input of `blockedPeriodDelete`.' })
export class BlockedPeriodDeleteInput {
  @Field(() => ID, { description: 'The period.' }) periodId!: string;
}
