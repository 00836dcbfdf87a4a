// Amounts, numbers and dates by locale, as what they add to the subgraph.
import { each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { locale } from '../migrations/20261202-13-locale.js';
import { FormatsResolver, OrderSummaryResolver, ShopDirectionResolver } from './formats.resolver.js';
import { MoneyResolver } from './money.resolver.js';

export const moneySlice: Slice = {
  resolvers: [MoneyResolver, FormatsResolver, OrderSummaryResolver, ShopDirectionResolver],
  migrations: [locale],
  rules: {
    Query: { formats: signedIn },
    Money: each(inherited, 'cash'),
    Order: { summary: inherited },
    Shop: each(inherited, 'locale', 'direction'),
    Category: { taxRatePpm: inherited },
    Formats: each(inherited, 'locale', 'language', 'direction', 'firstWeekday', 'decimalSeparator', 'groupSeparator', 'number', 'money', 'date'),
  },
  classes: { Shop: { locale: 'plain' }, Category: { taxRatePpm: 'plain' } },
};
