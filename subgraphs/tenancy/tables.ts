// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { Tenant } from './tenant/tenant.entity.js';

export const entities = [Tenant];

export type TenancyTables = Tables<typeof Tenant>;

export const db = (tx: Tx) => rows<TenancyTables>(tx);
