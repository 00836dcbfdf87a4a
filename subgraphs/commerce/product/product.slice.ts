// The catalogue, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { InputInvalid } from '../../kernel/graphql/user-errors.js';
import { images } from '../migrations/20261202-15-catalogue-images.js';
import { MANAGE_CATALOG, READ_CATALOG } from '../permissions.js';
import { Product, Variant } from './product.entity.js';
import { OptionChoiceResolver, ProductResolver, VariantResolver } from './product.resolver.js';
import { ProductNotFound, SkuTaken, VariantNotFound } from './product.type.js';

const userError = each(inherited, 'message', 'code', 'field');

export const productSlice: Slice = {
  migrations: [images],
  resolvers: [ProductResolver, VariantResolver, OptionChoiceResolver],
  orphanedTypes: [InputInvalid, ProductNotFound, SkuTaken, VariantNotFound],
  entities: [Product, Variant],
  ids: { Product: 'prod', Variant: 'vrnt', OptionGroup: 'ogrp', OptionChoice: 'ochc' },
  rules: {
    Query: each(can(READ_CATALOG), 'products', 'menu', 'product'),
    Mutation: each(can(MANAGE_CATALOG), 'productCreate', 'productUpdate', 'variantCreate', 'variantUpdate'),
    Product: each(
      inherited, 'id', 'kind', 'name', 'description', 'features', 'iconUrl', 'imageUrl', 'allergens', 'dietaryTags', 'taxRatePpm', 'archivedAt', 'createdAt',
      'category', 'variants', 'optionGroups', 'windows',
      'images',
    ),
    ProductImage: each(inherited, 'url', 'alt'),
    ProductConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    ProductEdge: each(inherited, 'node', 'cursor'),
    ProductWindow: each(inherited, 'weekday', 'from', 'to'),
    Variant: each(inherited, 'id', 'sku', 'name', 'options', 'tracksInventory', 'archivedAt', 'product', 'prices'),
    VariantOption: each(inherited, 'name', 'value'),
    OptionGroup: each(inherited, 'id', 'name', 'least', 'most', 'choices'),
    OptionChoice: each(inherited, 'id', 'name', 'deltas'),
    ProductCreatePayload: each(inherited, 'product', 'userErrors'),
    ProductUpdatePayload: each(inherited, 'product', 'userErrors'),
    VariantCreatePayload: each(inherited, 'variant', 'userErrors'),
    VariantUpdatePayload: each(inherited, 'variant', 'userErrors'),
    InputInvalid: userError, ProductNotFound: userError, SkuTaken: userError, VariantNotFound: userError,
  },
  mutations: {
    productCreate: { action: 'product.create', type: 'DATA_WRITE', resource: 'Product' },
    productUpdate: { action: 'product.update', type: 'DATA_WRITE', resource: 'Product' },
    variantCreate: { action: 'variant.create', type: 'DATA_WRITE', resource: 'Variant' },
    variantUpdate: { action: 'variant.update', type: 'DATA_WRITE', resource: 'Variant' },
  },
  classes: {
    Product: { kind: 'plain', name: 'plain', variants: 'plain', archived: 'plain', fields: 'plain' },
    Variant: { product: 'plain', sku: 'plain', archived: 'plain', fields: 'plain' },
  },
};
