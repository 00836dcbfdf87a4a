// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import type { TenantKeyRotation, TenantKeyRotationPart } from './key/key-rotation.entity.js';
import type { SettingChange, TenantSetting } from './setting/setting.entity.js';
import type { Tenant } from './tenant/tenant.entity.js';

export type TenancyTables = Tables<typeof Tenant | typeof TenantSetting | typeof SettingChange | typeof TenantKeyRotation | typeof TenantKeyRotationPart>;

export const db = (tx: Tx) => rows<TenancyTables>(tx);
