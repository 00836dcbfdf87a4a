// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import type { TenantErasure } from './erasure/erasure.entity.js';
import type { Tenant } from './tenant/tenant.entity.js';

export type TenancyTables = Tables<typeof Tenant | typeof TenantErasure>;

export const db = (tx: Tx) => rows<TenancyTables>(tx);
