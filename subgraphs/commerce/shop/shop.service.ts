// The shop of a tenant: what it begins with, read and changed.
import type { Tx } from '../../kernel/data/database.js';
import { sql } from 'kysely';
import { invalidInput, type Refusal } from '../../kernel/base/errors.js';
import { knownLocale } from '../../kernel/base/language.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { currencyOf, wholeOf } from '../given.js';
import { db } from '../tables.js';
import type { ShopUpdateInput } from './shop.type.js';

export const MOST_PPM = 1_000_000;

export interface ShopFacts {
  currency: string;
  timeZone: string;
  locale: string;
  pricesIncludeTax: boolean;
  taxRatePpm: number;
  holdMinutes: number;
}

/** Until a tenant says otherwise. */
const INITIAL: ShopFacts = { currency: 'EUR', timeZone: 'UTC', locale: 'en', pricesIncludeTax: true, taxRatePpm: 0, holdMinutes: 30 };

export async function shopOf(tx: Tx, tenantId: string): Promise<ShopFacts> {
  const known = await db(tx).selectFrom('Shop').select(['currency', 'timeZone', 'locale', 'pricesIncludeTax', 'taxRatePpm', 'holdMinutes'])
    .where('tenantId', '=', tenantId).executeTakeFirst();
  return known ?? INITIAL;
}

export class ShopService {
  async read(context: OperationContext): Promise<ShopFacts & { id: string }> {
    return { id: context.tenantId, ...await shopOf(await context.read(), context.tenantId) };
  }

  /** @throws Refusal InputInvalid */
  update(context: OperationContext, input: ShopUpdateInput): Promise<void> {
    const { tenantId } = context;
    const given: Partial<ShopFacts> = {
      ...(typeof input.currency === 'string' ? { currency: currencyOf(input.currency, ['input', 'currency']) } : {}),
      ...(typeof input.timeZone === 'string' ? { timeZone: zoneOf(input.timeZone) } : {}),
      ...(typeof input.locale === 'string' ? { locale: localeOf(input.locale) } : {}),
      ...(typeof input.pricesIncludeTax === 'boolean' ? { pricesIncludeTax: input.pricesIncludeTax } : {}),
      ...(typeof input.taxRatePpm === 'number' ? { taxRatePpm: wholeOf(input.taxRatePpm, ['input', 'taxRatePpm'], 0, MOST_PPM) } : {}),
      ...(typeof input.holdMinutes === 'number' ? { holdMinutes: wholeOf(input.holdMinutes, ['input', 'holdMinutes'], 1, 1_440) } : {}),
    };
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Shop', id: tenantId } };
      if (given.timeZone !== undefined) await requireZone(unit, given.timeZone);
      await db(unit.tx).insertInto('Shop').values({ tenantId, ...INITIAL, updatedAt: unit.now })
        .onConflict((conflict) => conflict.columns(['tenantId']).doNothing()).execute();
      const before = await db(unit.tx).selectFrom('Shop').select(['currency', 'timeZone', 'locale', 'pricesIncludeTax', 'taxRatePpm', 'holdMinutes'])
        .where('tenantId', '=', tenantId).forUpdate().executeTakeFirstOrThrow();
      await db(unit.tx).updateTable('Shop').set({ ...given, updatedAt: unit.now }).where('tenantId', '=', tenantId).execute();
      audit.draft = { ...audit.draft, before, after: { ...before, ...given } };
    });
  }
}

const noZone = (): Refusal => invalidInput('A time zone is named as IANA does, e.g. Europe/Rome.', ['input', 'timeZone']);

/** @throws Refusal InputInvalid */
function zoneOf(name: string): string {
  if (name !== 'UTC' && !Intl.supportedValuesOf('timeZone').includes(name)) throw noZone();
  return name;
}

/** @throws Refusal InputInvalid */
function localeOf(tag: string): string {
  const locale = knownLocale(tag);
  if (locale === null) throw invalidInput('A locale is a BCP 47 tag of a language that is known, e.g. es-CL.', ['input', 'locale']);
  return locale;
}

/** Menus are read on its clock by PostgreSQL, whose list of zones may be another one than the runtime's. @throws Refusal InputInvalid */
async function requireZone({ tx }: UnitOfWork, name: string): Promise<void> {
  try {
    await sql`select now() at time zone ${name}`.execute(tx.getKysely());
  } catch (error) {
    if ((error as { code?: string }).code !== '22023') throw error;
    throw noZone();
  }
}
