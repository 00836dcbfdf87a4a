// Waitlists: read, joined and left.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { WithBooking } from '../booking.services.js';
import { reservationById } from '../reservation/reservation.loaders.js';
import { ReservationType } from '../reservation/reservation.type.js';
import { waitlistEntryById, waitlistOf, type WaitlistEntryRow } from './waitlist.loaders.js';
import { WaitlistEntryConnection, WaitlistEntryType, WaitlistJoinInput, WaitlistJoinPayload, WaitlistLeaveInput, WaitlistLeavePayload } from './waitlist.type.js';

const optional = (prefix: string, id: string | null | undefined, field: string): string | null => (typeof id === 'string' ? inputId(prefix, id, ['input', field]) : null);
const answered = async (context: OperationContext, id: string) => ({ entry: await context.load(waitlistEntryById, id), userErrors: [] });

@Resolver(() => WaitlistEntryType)
export class WaitlistResolver {
  constructor(private readonly services: WithBooking) {}

  @Query(() => WaitlistEntryConnection, { nullable: true, description: 'Parties that wait at a venue, or were offered a table just now: the oldest first.' })
  async waitlist(@Arg('venueId', () => ID, { description: 'The venue.' }) venueId: string, @Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return waitlistOf(context, inputId('ven', venueId, ['venueId']), first, after);
  }

  @Query(() => WaitlistEntryType, { nullable: true, description: 'One party, whatever became of it; null when there is none with this id.' })
  async waitlistEntry(@Arg('id', () => ID, { description: 'Id of a party, `wait_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(waitlistEntryById, inputId('wait', id, ['id']));
  }

  @Mutation(() => WaitlistJoinPayload, {
    nullable: true, description: 'Puts a party on the waitlist. When a table for it is free, it is held for the party for 15 minutes (`WaitlistOffered`, `WaitlistEntry.reservation`), the oldest first; `reservationConfirm` takes it.',
  })
  async waitlistJoin(@Arg('input', () => WaitlistJoinInput, { description: 'Who, where and when.' }) input: WaitlistJoinInput, @Ctx() context: OperationContext) {
    const { partySize, earliestAt, latestAt, idempotencyKey } = input;
    return answered(context, await this.services.booking.waitlist.join(context, {
      venueId: inputId('ven', input.venueId, ['input', 'venueId']), partySize, earliestAt, latestAt, idempotencyKey, guestName: input.guestName ?? null,
      customerId: optional('cust', input.customerId, 'customerId'), conversationId: optional('conv', input.conversationId, 'conversationId'),
    }));
  }

  @Mutation(() => WaitlistLeavePayload, { nullable: true, description: 'A party waits no longer; what it was offered goes to the next. Repeating it changes nothing.' })
  async waitlistLeave(@Arg('input', () => WaitlistLeaveInput, { description: 'Which party.' }) input: WaitlistLeaveInput, @Ctx() context: OperationContext) {
    const id = inputId('wait', input.waitlistEntryId, ['input', 'waitlistEntryId']);
    await this.services.booking.waitlist.leave(context, id);
    return answered(context, id);
  }

  @FieldResolver(() => ReservationType, { nullable: true, description: 'What it was offered, or took; null when there was nothing yet.' })
  async reservation(@Root() { reservationId }: WaitlistEntryRow, @Ctx() context: OperationContext) {
    return reservationId === null ? null : context.load(reservationById, reservationId);
  }
}
