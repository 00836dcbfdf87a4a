// Reservations: read alone, by day, customer and conversation.
import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { badInput } from '../../kernel/base/errors.js';
import { PageArgs, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { customerById } from '../customer/customer.loaders.js';
import { CustomerType } from '../customer/customer.type.js';
import { venueById } from '../venue/venue.loaders.js';
import { DiningTableType, VenueType } from '../venue/venue.type.js';
import { boundOf, dayAfter, isDay } from '../venue/wall.js';
import { availabilityOf, type AvailabilityAnswer } from './availability.js';
import { AvailabilityType } from './availability.type.js';
import { eventsOfReservation, reservationById, reservationsBetween, tablesOfReservation, type ReservationRow } from './reservation.loaders.js';
import { ConversationRef, ReservationConnection, ReservationEventType, ReservationType } from './reservation.type.js';

@Resolver(() => ReservationType)
export class ReservationResolver {
  @Query(() => AvailabilityType, {
    nullable: true, description: 'When a party may begin on a day at a venue, and whether a table for it is free. Null when there is no such venue in use. Costs the same however many tables there are.',
  })
  async availability(
    @Arg('venueId', () => ID, { description: 'The venue.' }) venueId: string,
    @Arg('date', () => String, { description: 'The day by the clock of the venue, `2026-12-24`: today or later.' }) date: string,
    @Arg('partySize', () => Int, { description: 'How many people, 1 to 1,000.' }) partySize: number,
    @Arg('areaId', () => ID, { nullable: true, description: 'In this area only; absent or null: anywhere.' }) areaId: string | null | undefined,
    @Ctx() context: OperationContext,
  ): Promise<AvailabilityAnswer | null> {
    const area = typeof areaId === 'string' ? inputId('area', areaId, ['areaId']) : null;
    return availabilityOf(context, { venueId: inputId('ven', venueId, ['venueId']), date, partySize, areaId: area });
  }

  @Query(() => ReservationType, { nullable: true, description: 'One reservation of your tenant; null when there is none with this id.' })
  async reservation(@Arg('id', () => ID, { description: 'Id of a reservation, `rsv_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(reservationById, inputId('rsv', id, ['id']));
  }

  @Query(() => ReservationConnection, { nullable: true, description: 'Reservations of one day at a venue, whatever became of them: by their begin, then `id`, the earliest first. Null when there is no such venue.' })
  async reservations(
    @Arg('venueId', () => ID, { description: 'The venue.' }) venueId: string,
    @Arg('date', () => String, { description: 'The day by the clock of the venue, `2026-12-24`.' }) date: string,
    @Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext,
  ): Promise<Page<ReservationRow> | null> {
    const [id, size] = [inputId('ven', venueId, ['venueId']), pageSize(first)];
    if (!isDay(date)) throw badInput('date is a day, e.g. 2026-12-24.', ['date']);
    const venue = await context.load(venueById, id);
    return venue && reservationsBetween(context, id, [boundOf(venue.timeZone, date, 0), boundOf(venue.timeZone, dayAfter(date), 0)], size, after ?? null);
  }

  @FieldResolver(() => VenueType, { nullable: true, description: 'Where.' })
  async venue(@Root() { venueId }: ReservationRow, @Ctx() context: OperationContext) {
    return context.load(venueById, venueId);
  }

  @FieldResolver(() => [DiningTableType], { description: 'Its tables: one, or up to 20 that are put together. Also afterwards those it had.' })
  async tables(@Root() { id }: ReservationRow, @Ctx() context: OperationContext) {
    return (await context.load(tablesOfReservation, id)) ?? [];
  }

  @FieldResolver(() => CustomerType, { nullable: true, description: 'The customer it is for; null when there is none. Needs `order:read` besides.' })
  async customer(@Root() { customerId }: ReservationRow, @Ctx() context: OperationContext) {
    return customerId === null ? null : context.load(customerById, customerId);
  }

  @FieldResolver(() => ConversationRef, { nullable: true, description: 'The conversation it came from; null when it came from none, or you may not see it.' })
  conversation(@Root() { conversationId }: ReservationRow): ConversationRef | null {
    return conversationId === null ? null : { id: conversationId };
  }

  @FieldResolver(() => [ReservationEventType], { description: 'What became of it, the newest step first: at most 100.' })
  async history(@Root() { id }: ReservationRow, @Ctx() context: OperationContext) {
    return (await context.load(eventsOfReservation, id)) ?? [];
  }
}
