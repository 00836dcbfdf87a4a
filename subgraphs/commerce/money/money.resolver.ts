// Amounts as people read and pay them.
import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';
import { inCash } from './money.cash.js';
import { LOCALE } from './money.words.js';
import { localeFor } from './money.locale.js';
import { formatMoney } from './money.js';
import { MoneyType } from './money.type.js';

@Resolver(() => MoneyType)
export class MoneyResolver {
  @FieldResolver(() => String, { description: 'For people, e.g. `€12.34` in English and `12,34 €` in Spanish. The currency alone decides how many decimals there are, as ISO 4217 says.' })
  formatted(@Root() { minor, currency }: MoneyType, @Ctx() context: OperationContext, @Arg('locale', () => String, { nullable: true, description: LOCALE }) given?: string | null): string | Promise<string> {
    const locale = localeFor(context, given);
    return typeof locale === 'string' ? formatMoney(minor, currency, locale) : locale.then((known) => formatMoney(minor, currency, known));
  }

  @FieldResolver(() => BigIntScalar, { description: 'What it comes to in coins and notes, in the minor unit: as much as the smallest coin in use allows, e.g. 1,230 pesos for 1,234 (CLP), 12.35 francs for 12.34 (CHF). The amount itself where it can be paid.' })
  cash(@Root() { minor, currency }: MoneyType): bigint {
    return inCash(minor, currency);
  }
}
