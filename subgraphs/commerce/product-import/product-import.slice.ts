// Importing products, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { MANAGE_CATALOG } from '../permissions.js';
import { ProductImportResolver } from './product-import.resolver.js';
import { ProductImportFaulty } from './product-import.type.js';

export const productImportSlice: Slice = {
  resolvers: [ProductImportResolver],
  orphanedTypes: [ProductImportFaulty],
  rules: {
    Mutation: { productsImport: can(MANAGE_CATALOG) },
    ProductsImportPayload: each(inherited, 'products', 'variants', 'userErrors'),
    ProductImportFault: each(inherited, 'line', 'column', 'message'),
    ProductImportFaulty: each(inherited, 'message', 'code', 'field', 'faults'),
  },
  mutations: { productsImport: { action: 'product.import', type: 'DATA_WRITE', resource: 'Product' } },
  classes: { Product: { products: 'plain', dryRun: 'plain' } },
};
