// When a venue asks for a deposit, and how much.
import { invalidInput } from '../../kernel/base/errors.js';
import { amountOf, currencyOf, MOST_MINOR } from '../given.js';
import { MOST_PARTY, wholeOf } from '../venue/venue.checks.js';

export type DepositPer = 'PERSON' | 'BOOKING';

export interface DepositRule {
  /** Parties of at least so many are asked for one. */
  fromParty: number;
  /** Minor units, as decimal text. */
  minor: string;
  currency: string;
  per: DepositPer;
  /** Whether who cancels late, or does not come, does not get it back. */
  kept: boolean;
}

export interface Deposit {
  minor: string;
  currency: string;
  kept: boolean;
}

/** Null: none is asked of a party of this size. */
export function depositOf(rule: DepositRule | null, partySize: number): Deposit | null {
  if (rule === null || partySize < rule.fromParty) return null;
  const { minor, currency, kept } = rule;
  return { minor: rule.per === 'PERSON' ? String(BigInt(minor) * BigInt(partySize)) : minor, currency, kept };
}

/** @throws Refusal InputInvalid */
export function ruleOf({ fromParty, amount, per, keptWhenLate }: { fromParty: number; amount: { minor: bigint; currency: string }; per: DepositPer; keptWhenLate: boolean }): DepositRule {
  const at = ['input', 'rule'];
  const minor = amountOf(amount.minor, [...at, 'amount', 'minor'], 1n);
  // The largest party has to be able to pay it.
  if (per === 'PERSON' && minor * BigInt(MOST_PARTY) > MOST_MINOR) throw invalidInput(`For each of ${MOST_PARTY} people this would be more than an amount can be.`, [...at, 'amount', 'minor']);
  return { fromParty: wholeOf(fromParty, 1, MOST_PARTY, [...at, 'fromParty']), minor: String(minor), currency: currencyOf(amount.currency, [...at, 'amount', 'currency']), per, kept: keptWhenLate };
}

/** The rule of a row of venues; null: it has none. As `jsonb`, so that it is one column. */
export const RULE_OF_VENUE = `case when v.deposit_from_party is null then null else jsonb_build_object('fromParty', v.deposit_from_party, 'minor', v.deposit_minor::text,
  'currency', v.deposit_currency, 'per', v.deposit_per, 'kept', v.deposit_kept) end`;
