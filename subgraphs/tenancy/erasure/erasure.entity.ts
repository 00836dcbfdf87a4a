// A tenant that is being erased, or was.
import { defineEntity, p } from '@mikro-orm/postgresql';

/** What one subgraph answered. */
export interface StoredReceipt {
  erasedAt: string;
  tables: { table: string; rows: number }[];
}

export const TenantErasure = defineEntity({
  name: 'TenantErasure', tableName: 'tenant_erasure', schema: 'tenancy',
  properties: {
    /** The tenant's id. */
    id: p.uuid().primary(),
    startedAt: p.datetime(3),
    /** When the subgraphs were last told. */
    announcedAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
    /** By subgraph. */
    receipts: p.json().$type<Record<string, StoredReceipt>>(),
  },
});
