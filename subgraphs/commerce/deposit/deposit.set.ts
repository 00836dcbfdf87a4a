// A venue says when it asks for a deposit: one transaction with its audit event.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { venueNotFound } from '../venue/venue.checks.js';
import { RULE_OF_VENUE, type DepositRule } from './deposit.rule.js';

const told = (rule: DepositRule | null): Record<string, unknown> =>
  ({ depositFromParty: rule?.fromParty ?? null, depositMinor: rule?.minor ?? null, currency: rule?.currency ?? null, depositPer: rule?.per ?? null, depositKept: rule?.kept ?? null });

/** @param rule null: it asks for none @throws Refusal VenueNotFound */
export function setDepositRule(context: OperationContext, id: string, rule: DepositRule | null): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Venue', id } };
    const { rows: [before] } = await sql<{ rule: DepositRule | null }>`select ${sql.raw(RULE_OF_VENUE)} as rule from commerce.venue v where v.id = ${id}::uuid and v.archived_at is null for update`.execute(unit.tx.getKysely());
    if (!before) throw venueNotFound();
    await sql`update commerce.venue set deposit_from_party = ${rule?.fromParty ?? null}::int, deposit_minor = ${rule?.minor ?? null}::bigint, deposit_currency = ${rule?.currency ?? null}::text,
      deposit_per = ${rule?.per ?? null}::text, deposit_kept = ${rule?.kept ?? null}::boolean where id = ${id}::uuid`.execute(unit.tx.getKysely());
    audit.draft = { ...audit.draft, before: told(before.rule), after: told(rule) };
  });
}
