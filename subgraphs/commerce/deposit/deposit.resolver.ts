// Deposits: what a venue asks for, what was asked for a reservation, and the payments of it.
import { sql } from 'kysely';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { moneyOf } from '../money/money.type.js';
import type { PaymentRow } from '../payment/payment.rows.js';
import { PaymentType } from '../payment/payment.type.js';
import { reservationById, type ReservationRow } from '../reservation/reservation.loaders.js';
import { ReservationType } from '../reservation/reservation.type.js';
import { venueNotFound } from '../venue/venue.checks.js';
import { venueById, type VenueRow } from '../venue/venue.loaders.js';
import { VenueType } from '../venue/venue.type.js';
import { paidOfReservation, paymentsOfReservation, statusOf } from './deposit.loaders.js';
import { RULE_OF_VENUE, ruleOf, type DepositRule } from './deposit.rule.js';
import { DepositRuleType, ReservationDepositType, VenueDepositSetInput, VenueDepositSetPayload, type DepositPerEnum } from './deposit.type.js';

const told = (rule: DepositRule | null): Record<string, unknown> => ({ depositFromParty: rule?.fromParty ?? null, depositMinor: rule?.minor ?? null, currency: rule?.currency ?? null, depositPer: rule?.per ?? null, depositKept: rule?.kept ?? null });

@Resolver(() => VenueType)
export class VenueDepositResolver {
  @Mutation(() => VenueDepositSetPayload, {
    nullable: true, description: 'Says from which size of party on a venue asks for a deposit, and how much, or that it asks for none. What was held before keeps what was asked for it.',
  })
  async venueDepositSet(@Arg('input', () => VenueDepositSetInput, { description: 'Which venue, and its rule.' }) input: VenueDepositSetInput, @Ctx() context: OperationContext) {
    const id = inputId('ven', input.venueId, ['input', 'venueId']);
    const rule = input.rule ? ruleOf(input.rule) : null;
    await context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Venue', id } };
      const { rows: [before] } = await sql<{ rule: DepositRule | null }>`select ${sql.raw(RULE_OF_VENUE)} as rule from commerce.venue v where v.id = ${id}::uuid and v.archived_at is null for update`.execute(unit.tx.getKysely());
      if (!before) throw venueNotFound();
      await sql`update commerce.venue set deposit_from_party = ${rule?.fromParty ?? null}::int, deposit_minor = ${rule?.minor ?? null}::bigint, deposit_currency = ${rule?.currency ?? null}::text,
        deposit_per = ${rule?.per ?? null}::text, deposit_kept = ${rule?.kept ?? null}::boolean where id = ${id}::uuid`.execute(unit.tx.getKysely());
      audit.draft = { ...audit.draft, before: told(before.rule), after: told(rule) };
    });
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
