// Stock, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { stock } from '../migrations/20261129-96-stock.js';
import { MANAGE_CATALOG, READ_CATALOG } from '../permissions.js';
import { Request } from '../request/request.entity.js';
import { VariantStockResolver } from './stock.resolver.js';
import { StockOutOfBounds } from './stock.type.js';

export const stockSlice: Slice = {
  resolvers: [VariantStockResolver],
  orphanedTypes: [StockOutOfBounds],
  entities: [Request],
  migrations: [stock],
  ids: { StockMovement: 'smov' },
  rules: {
    Query: { stockMovements: can(READ_CATALOG) },
    Mutation: { stockAdjust: can(MANAGE_CATALOG) },
    Variant: { stock: inherited },
    Stock: each(inherited, 'onHand', 'reserved', 'available'),
    StockMovement: each(inherited, 'id', 'kind', 'onHandChange', 'reservedChange', 'reason', 'createdAt'),
    StockMovementConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    StockMovementEdge: each(inherited, 'node', 'cursor'),
    StockAdjustPayload: each(inherited, 'stock', 'userErrors'),
    StockOutOfBounds: each(inherited, 'message', 'code', 'field', 'onHand', 'reserved'),
  },
  mutations: { stockAdjust: { action: 'stock.adjust', type: 'DATA_WRITE', resource: 'Variant' } },
  classes: { Variant: { onHand: 'plain', reserved: 'plain', repeated: 'plain' } },
};
