// A category of what a tenant sells.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Category = defineEntity({
  name: 'Category', tableName: 'category', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    /** Unique in the tenant; what it is sorted by. */
    folded: p.text(),
    /** Millionths; null: the shop's. */
    taxRatePpm: p.integer().nullable(),
    archivedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
