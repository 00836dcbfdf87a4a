// Vouchers, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { MANAGE_CATALOG, READ_CATALOG } from '../permissions.js';
import { Voucher } from './voucher.entity.js';
import { VoucherResolver } from './voucher.resolver.js';
import { VoucherCodeTaken, VoucherNotFound, VoucherUnusable } from './voucher.type.js';

const userError = each(inherited, 'message', 'code', 'field');

export const voucherSlice: Slice = {
  resolvers: [VoucherResolver],
  orphanedTypes: [VoucherCodeTaken, VoucherNotFound, VoucherUnusable],
  entities: [Voucher],
  ids: { Voucher: 'vchr' },
  rules: {
    Query: { vouchers: can(READ_CATALOG) },
    Mutation: each(can(MANAGE_CATALOG), 'voucherCreate', 'voucherArchive'),
    Voucher: each(inherited, 'id', 'code', 'percentPpm', 'amount', 'startsAt', 'endsAt', 'mostUses', 'mostUsesEach', 'used', 'archivedAt'),
    VoucherConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    VoucherEdge: each(inherited, 'node', 'cursor'),
    VoucherCreatePayload: each(inherited, 'voucher', 'userErrors'),
    VoucherArchivePayload: each(inherited, 'voucher', 'userErrors'),
    VoucherCodeTaken: userError, VoucherNotFound: userError, VoucherUnusable: userError,
  },
  mutations: {
    voucherCreate: { action: 'voucher.create', type: 'DATA_WRITE', resource: 'Voucher' },
    voucherArchive: { action: 'voucher.archive', type: 'DATA_WRITE', resource: 'Voucher' },
  },
  classes: { Voucher: { code: 'plain', percentPpm: 'plain', minor: 'plain', currency: 'plain', archived: 'plain' } },
};
