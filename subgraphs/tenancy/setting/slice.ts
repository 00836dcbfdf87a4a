// What a tenant sets for itself.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, personCan, signedIn } from '../../kernel/graphql/rules.js';
import { InputInvalid } from '../../kernel/graphql/user-errors.js';
import { settingTables } from '../migrations/20261129-78-settings.js';
import { SettingChange, TenantSetting } from './setting.entity.js';
import { CHANGES_SETTINGS } from './setting.force.js';
import { SettingResolver } from './setting.resolver.js';
import { OwnAddressExcluded, SettingsOutdated, TenantNotOpen } from './setting.type.js';

const USER_ERROR = ['message', 'code', 'field'] as const;

export const settingSlice: Slice = {
  resolvers: [SettingResolver],
  orphanedTypes: [InputInvalid, OwnAddressExcluded, SettingsOutdated, TenantNotOpen],
  entities: [TenantSetting, SettingChange],
  migrations: [settingTables],
  platformTables: ['setting_change'],
  definerFunctions: ['origin_is_allowed'],
  rules: {
    Query: { tenantSettings: signedIn },
    Mutation: { tenantSettingsUpdate: personCan(CHANGES_SETTINGS) },
    TenantSettings: { ...each(inherited, 'version', 'branding', 'flags', 'retention', 'maintenance'), access: can('settings:read') },
    Branding: each(inherited, 'displayName', 'logoUrl', 'primaryColor', 'accentColor', 'whiteLabel', 'supportUrl', 'poweredBy'),
    AccessSettings: each(inherited, 'ipAllow', 'ipDeny', 'corsOrigins', 'rateLimits'),
    RateLimits: each(inherited, 'perPersonPerMinute', 'perApiKeyPerMinute'),
    FeatureFlag: each(inherited, 'name', 'description', 'enabled', 'byDefault'),
    RetentionSettings: each(inherited, 'cartDays', 'messageDays', 'contactDays', 'webhookDeliveryDays', 'notificationDays', 'sessionDays', 'bookingDays', 'auditMonths'),
    Maintenance: each(inherited, 'active', 'message', 'until'),
    TenantSettingsUpdatePayload: each(inherited, 'settings', 'userErrors'),
    InputInvalid: each(inherited, ...USER_ERROR),
    OwnAddressExcluded: each(inherited, ...USER_ERROR, 'address'),
    SettingsOutdated: each(inherited, ...USER_ERROR, 'version'),
    TenantNotOpen: each(inherited, ...USER_ERROR),
  },
  mutations: { tenantSettingsUpdate: { action: 'tenant_settings.update', type: 'SECURITY', resource: 'Tenant' } },
  classes: {
    Tenant: {
      displayName: 'plain', logoUrl: 'plain', primaryColor: 'plain', accentColor: 'plain', whiteLabel: 'plain', supportUrl: 'plain', poweredBy: 'plain',
      ipAllow: 'personal', ipDeny: 'personal', corsOrigins: 'plain', perPersonPerMinute: 'plain', perApiKeyPerMinute: 'plain',
      cartDays: 'plain', messageDays: 'plain', contactDays: 'plain', webhookDeliveryDays: 'plain', notificationDays: 'plain', sessionDays: 'plain',
      flags: 'plain', maintenance: 'plain', maintenanceMessage: 'plain', maintenanceUntil: 'plain',
    },
  },
};
