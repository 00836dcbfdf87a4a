// Tenancy as one value: tenants, what they set, and `node(id)` for the whole graph.
import 'reflect-metadata';
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { combineSlices, type Slice } from '../kernel/graphql/slice.js';
import { TenantOpened } from './events.js';
import { openJob, reactions } from './jobs.js';
import { KeyRotationService } from './key/key-rotation.service.js';
import { keySlice } from './key/slice.js';
import { first } from './migrations/20261121-01-first.js';
import { NODE_PREFIXES, foreignStubs } from './node/node-owners.js';
import { NodeResolver } from './node/node.resolver.js';
import { permissions, rules } from './permissions.js';
import { references } from './references.js';
import { SettingsInForceService } from './setting/setting.force.js';
import { SettingService } from './setting/setting.service.js';
import { settingSlice } from './setting/slice.js';
import { Tenant } from './tenant/tenant.entity.js';
import { TenantResolver } from './tenant/tenant.resolver.js';
import { TenantService } from './tenant/tenant.service.js';
import { TenantType } from './tenant/tenant.type.js';

export interface TenancyServices {
  tenants: TenantService;
  settings: SettingService;
  settingsInForce: SettingsInForceService;
  keyRotations: KeyRotationService;
}

const tenantSlice: Slice = {
  resolvers: [TenantResolver, NodeResolver],
  orphanedTypes: [TenantType, ...foreignStubs],
  entities: [Tenant],
  migrations: [first],
  ids: { ...NODE_PREFIXES },
  nodes: ['Tenant'],
  permissions,
  rules,
  classes: { Tenant: { tier: 'plain' } },
  references,
  events: [TenantOpened],
  jobs: [openJob],
  reactions,
};

export const tenancy: SubgraphModule<TenancyServices> = {
  definition: combineSlices('tenancy', [tenantSlice, settingSlice, keySlice]),
  services: (deps) => ({
    tenants: new TenantService(deps), settings: new SettingService(), settingsInForce: new SettingsInForceService(deps), keyRotations: new KeyRotationService(deps.unit),
  }),
  routes: () => ({}),
};
