// Deposits: what a venue asks for, what was asked for a reservation, and the payments of it.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { moneyOf } from '../money/money.type.js';
import type { PaymentRow } from '../payment/payment.rows.js';
import { PaymentType } from '../payment/payment.type.js';
import { reservationById, type ReservationRow } from '../reservation/reservation.loaders.js';
import { ReservationType } from '../reservation/reservation.type.js';
import { venueById, type VenueRow } from '../venue/venue.loaders.js';
import { VenueType } from '../venue/venue.type.js';
import { paidOfReservation, paymentsOfReservation, statusOf } from './deposit.loaders.js';
import { ruleOf } from './deposit.rule.js';
import { setDepositRule } from './deposit.set.js';
import { DepositRuleType, ReservationDepositType, VenueDepositSetInput, VenueDepositSetPayload, type DepositPerEnum } from './deposit.type.js';

@Resolver(() => VenueType)
export class VenueDepositResolver {
  @Mutation(() => VenueDepositSetPayload, {
    nullable: true, description: 'Says from which size of party on a venue asks for a deposit, and how much, or that it asks for none. What was held before keeps what was asked for it.',
  })
  async venueDepositSet(@Arg('input', () => VenueDepositSetInput, { description: 'Which venue, and its rule.' }) input: VenueDepositSetInput, @Ctx() context: OperationContext) {
    const id = inputId('ven', input.venueId, ['input', 'venueId']);
    const rule = input.rule ? ruleOf(input.rule) : null;
    await setDepositRule(context, id, rule);
    return { venue: await context.load(venueById, id), userErrors: [] };
  }

  @FieldResolver(() => DepositRuleType, { nullable: true, description: 'When it asks for a deposit, and how much; null: it asks for none.' })
  deposit(@Root() { deposit }: VenueRow): DepositRuleType | null {
    return deposit && { fromParty: deposit.fromParty, amount: moneyOf(deposit.minor, deposit.currency), per: deposit.per as DepositPerEnum, keptWhenLate: deposit.kept };
  }
}

@Resolver(() => ReservationType)
export class ReservationDepositResolver {
  @FieldResolver(() => ReservationDepositType, { nullable: true, description: 'What was asked for it when its table was held, and where that is; null: nothing was asked.' })
  async deposit(@Root() row: ReservationRow, @Ctx() context: OperationContext): Promise<ReservationDepositType | null> {
    const { id, depositMinor, depositCurrency: currency, depositKept } = row;
    if (depositMinor === null || currency === null) return null;
    const paid = await context.load(paidOfReservation, id);
    return { amount: moneyOf(depositMinor, currency), status: statusOf(row, paid), paid: moneyOf(paid?.captured ?? '0', currency), returned: moneyOf(paid?.refunded ?? '0', currency), keptWhenLate: depositKept === true };
  }

  @FieldResolver(() => [PaymentType], { description: 'Payments of its deposit, oldest first: at most 100. Needs `payment:read`.' })
  async payments(@Root() { id }: ReservationRow, @Ctx() context: OperationContext) {
    return (await context.load(paymentsOfReservation, id)) ?? [];
  }
}

@Resolver(() => PaymentType)
export class PaymentReservationResolver {
  @FieldResolver(() => ReservationType, { nullable: true, description: 'The reservation whose deposit is paid; null: it is of an order. Needs `booking:read`.' })
  reservation(@Root() { reservationId }: PaymentRow, @Ctx() context: OperationContext) {
    return reservationId === null ? null : context.load(reservationById, reservationId);
  }
}
