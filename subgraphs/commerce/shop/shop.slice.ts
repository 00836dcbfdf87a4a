// The shop, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { catalogue } from '../migrations/20261129-95-catalogue.js';
import { MANAGE_CATALOG, READ_CATALOG } from '../permissions.js';
import { Shop } from './shop.entity.js';
import { ShopResolver } from './shop.resolver.js';

export const shopSlice: Slice = {
  resolvers: [ShopResolver],
  entities: [Shop],
  migrations: [catalogue],
  ids: { Shop: 'shop' },
  rules: {
    Query: { shop: can(READ_CATALOG) },
    Mutation: { shopUpdate: can(MANAGE_CATALOG) },
    Shop: each(inherited, 'id', 'currency', 'timeZone', 'pricesIncludeTax', 'taxRatePpm', 'holdMinutes'),
    ShopUpdatePayload: each(inherited, 'shop', 'userErrors'),
  },
  mutations: { shopUpdate: { action: 'shop.update', type: 'DATA_WRITE', resource: 'Shop' } },
  classes: { Shop: { currency: 'plain', timeZone: 'plain', pricesIncludeTax: 'plain', taxRatePpm: 'plain', holdMinutes: 'plain' } },
};
