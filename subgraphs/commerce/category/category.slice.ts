// Categories, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { MANAGE_CATALOG, READ_CATALOG } from '../permissions.js';
import { Category } from './category.entity.js';
import { CategoryResolver } from './category.resolver.js';
import { CategoryNameTaken, CategoryNotFound } from './category.type.js';

const userError = each(inherited, 'message', 'code', 'field');

export const categorySlice: Slice = {
  resolvers: [CategoryResolver],
  orphanedTypes: [CategoryNameTaken, CategoryNotFound],
  entities: [Category],
  ids: { Category: 'ctg' },
  rules: {
    Query: { categories: can(READ_CATALOG) },
    Mutation: each(can(MANAGE_CATALOG), 'categoryCreate', 'categoryUpdate'),
    Category: each(inherited, 'id', 'name', 'archivedAt'),
    CategoryConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    CategoryEdge: each(inherited, 'node', 'cursor'),
    CategoryCreatePayload: each(inherited, 'category', 'userErrors'),
    CategoryUpdatePayload: each(inherited, 'category', 'userErrors'),
    CategoryNameTaken: userError,
    CategoryNotFound: userError,
  },
  mutations: {
    categoryCreate: { action: 'category.create', type: 'DATA_WRITE', resource: 'Category' },
    categoryUpdate: { action: 'category.update', type: 'DATA_WRITE', resource: 'Category' },
  },
  classes: { Category: { name: 'plain', archived: 'plain' } },
};
