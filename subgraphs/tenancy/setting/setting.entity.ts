// What a tenant has set, and the word that it did. A tenant without a row has the defaults.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { StoredSettings } from './setting.schema.js';

export const TenantSetting = defineEntity({
  name: 'TenantSetting', tableName: 'tenant_setting', schema: 'tenancy',
  properties: {
    tenantId: p.uuid().primary(),
    /** Counts changes; whoever changes names the one they saw. */
    version: p.integer(),
    settings: p.json().$type<StoredSettings>(),
    updatedAt: p.datetime(3),
  },
});

/** In `SettingChange.home`: what concerns every tenant has changed. */
export const EVERYBODY = '00000000-0000-0000-0000-000000000000';

export const SettingChange = defineEntity({
  name: 'SettingChange', tableName: 'setting_change', schema: 'tenancy',
  properties: {
    id: p.bigint().primary().autoincrement(),
    /** The tenant, or `EVERYBODY`. */
    home: p.uuid(),
    changedAt: p.datetime(3),
  },
});
