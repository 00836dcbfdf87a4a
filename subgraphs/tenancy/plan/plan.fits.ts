// Whether what a tenant has fits into what it chose: asked when it chooses, and again when that is to hold.
import type { Tx } from '../../kernel/data/database.js';
import { db } from '../tables.js';
import { TIERS } from './plan.catalogue.js';
import type { TooMuch } from './plan.entity.js';
import type { TenantFeature } from './plan.enums.js';
import { ceilingsOf, type Granted } from './plan.limits.js';

/** What lasts must fit; a month's conversations begin anew. @returns all that does not, by name */
export async function tooMuch(tx: Tx, tenantId: string, before: Granted, after: Granted): Promise<TooMuch[]> {
  const used = await db(tx).selectFrom('Usage').select(['name', 'used', 'over']).where('tenantId', '=', tenantId).where('endsAt', 'is', null).orderBy('name').execute();
  const ceilings = ceilingsOf(after);
  const lost = TIERS[before.tier].features.filter((feature) => !TIERS[after.tier].features.includes(feature));
  const limitOf = (name: string): number | null => (lost.includes(name as TenantFeature) ? 0 : ceilings[name] ?? null);
  return used.flatMap(({ name, used: within, over }): TooMuch[] => {
    const [limit, count] = [limitOf(name), Number(within) + Number(over)];
    return limit !== null && count > limit ? [{ quota: name, used: count, limit }] : [];
  });
}
