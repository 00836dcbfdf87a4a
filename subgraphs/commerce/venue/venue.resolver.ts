// Venues: read with all that is in them, made and changed.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, PageArgs, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { WithBooking } from '../booking.services.js';
import { VenueCreateInput, VenueDaySetInput, VenueHoursSetInput, VenueUpdateInput } from './venue.inputs.js';
import { areasOfVenue, combinationsOfVenue, openingsOfVenue, tablesOfVenue, venueById, venuesAfter, type VenueRow } from './venue.loaders.js';
import {
  AreaType, DiningTableType, OpeningHoursType, TableCombinationType, VenueConnection, VenueCreatePayload, VenueDaySetPayload, VenueHoursSetPayload, VenueType, VenueUpdatePayload,
} from './venue.type.js';
import { clockOf } from './wall.js';

const venueOf = ({ venueId }: { venueId: string }): string => inputId('ven', venueId, ['input', 'venueId']);

@Resolver(() => VenueType)
export class VenueResolver {
  constructor(private readonly services: WithBooking) {}

  @Query(() => VenueType, { nullable: true, description: 'One venue of your tenant, also one that is out of use; null when there is none with this id.' })
  async venue(@Arg('id', () => ID, { description: 'Id of a venue, `ven_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(venueById, inputId('ven', id, ['id']));
  }

  @Query(() => VenueConnection, { nullable: true, description: 'Venues of your tenant, also those out of use, by when they were made: the oldest first.' })
  async venues(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext): Promise<Page<VenueRow>> {
    const size = pageSize(first);
    const [beyond = null] = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]) ?? [];
    return pageOf(await venuesAfter(context, beyond === null ? null : String(beyond), size + 1), size, after, ({ id }) => encodeCursor([id]));
  }

  @Mutation(() => VenueCreatePayload, { nullable: true, description: 'Makes a venue: a place that receives parties. A tenant has at most 100.' })
  async venueCreate(@Arg('input', () => VenueCreateInput, { description: 'Its name, zone and rules.' }) input: VenueCreateInput, @Ctx() context: OperationContext) {
    return answered(context, await this.services.booking.venues.create(context, input));
  }

  @Mutation(() => VenueUpdatePayload, { nullable: true, description: 'Changes the rules of a venue, or takes it out of use. What was booked stays as it was.' })
  async venueUpdate(@Arg('input', () => VenueUpdateInput, { description: 'Which venue, and what changes.' }) input: VenueUpdateInput, @Ctx() context: OperationContext) {
    const id = venueOf(input);
    await this.services.booking.venues.update(context, id, input);
    return answered(context, id);
  }

  @Mutation(() => VenueHoursSetPayload, { nullable: true, description: 'Says when a venue is open in a week. What was booked stays, also outside of the new hours.' })
  async venueHoursSet(@Arg('input', () => VenueHoursSetInput, { description: 'Which venue, and all its hours.' }) input: VenueHoursSetInput, @Ctx() context: OperationContext) {
    const id = venueOf(input);
    await this.services.booking.venues.setHours(context, id, input);
    return answered(context, id);
  }

  @Mutation(() => VenueDaySetPayload, { nullable: true, description: 'Says when a venue is open on one day, closes it all day, or lets the day be as its weekday again.' })
  async venueDaySet(@Arg('input', () => VenueDaySetInput, { description: 'Which venue and day, and its hours.' }) input: VenueDaySetInput, @Ctx() context: OperationContext) {
    const id = venueOf(input);
    await this.services.booking.venues.setDay(context, id, input);
    return answered(context, id);
  }

  @FieldResolver(() => [OpeningHoursType], { description: 'When it is open: by weekday, then the days that have hours of their own: at most 50 hours of a week, and 5 of each of 100 days.' })
  async openingHours(@Root() { id }: VenueRow, @Ctx() context: OperationContext): Promise<OpeningHoursType[]> {
    const found = await context.load(openingsOfVenue, id);
    return (found ?? []).map(({ weekday, day, opens, closes }) => ({ weekday, day, opens: opens === null ? null : clockOf(opens), closes: closes === null ? null : clockOf(closes) }));
  }

  @FieldResolver(() => [AreaType], { description: 'Its areas, also those out of use: at most 50.' })
  async areas(@Root() { id }: VenueRow, @Ctx() context: OperationContext) {
    return (await context.load(areasOfVenue, id)) ?? [];
  }

  @FieldResolver(() => [DiningTableType], { description: 'Its tables, also those out of use: at most 300.' })
  async tables(@Root() { id }: VenueRow, @Ctx() context: OperationContext) {
    return (await context.load(tablesOfVenue, id)) ?? [];
  }

  @FieldResolver(() => [TableCombinationType], { description: 'Tables that may be put together, also those out of use: at most 300.' })
  async combinations(@Root() { id }: VenueRow, @Ctx() context: OperationContext) {
    return (await context.load(combinationsOfVenue, id)) ?? [];
  }
}

const answered = async (context: OperationContext, id: string) => ({ venue: await context.load(venueById, id), userErrors: [] });
