// Tenancy as one value: tenants, and `node(id)` for the whole graph.
import 'reflect-metadata';
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { combineSlices, type Slice } from '../kernel/graphql/slice.js';
import { InputInvalid } from '../kernel/graphql/user-errors.js';
import { alertSlice } from './alert/slice.js';
import { botSlice } from './bot/slice.js';
import { TenantOpened } from './events.js';
import { invoiceSlice } from './invoice/slice.js';
import { keySlice } from './key/slice.js';
import { erasureSlice } from './erasure/slice.js';
import { tenantExportSlice } from './export/slice.js';
import { openJob, reactions } from './jobs.js';
import { lifeSlice } from './life/slice.js';
import { first } from './migrations/20261121-01-first.js';
import { NODE_PREFIXES, foreignStubs } from './node/node-owners.js';
import { NodeResolver } from './node/node.resolver.js';
import { permissions, rules } from './permissions.js';
import { planSlice } from './plan/slice.js';
import { references } from './references.js';
import { retentionSlice } from './retention/slice.js';
import { tenancyServices, type TenancyServices } from './services.js';
import { settingSlice } from './setting/slice.js';
import { Tenant } from './tenant/tenant.entity.js';
import { TenantResolver } from './tenant/tenant.resolver.js';
import { TenantType } from './tenant/tenant.type.js';
import { tenantSnapshotSlice } from './tenant-snapshot.js';
import { usageSlice } from './usage/slice.js';
import { webhookSlice } from './webhook/webhook.slice.js';
import { windowSlice } from './window/slice.js';

export type { TenancyServices };

const tenantSlice: Slice = {
  resolvers: [TenantResolver, NodeResolver],
  orphanedTypes: [InputInvalid, TenantType, ...foreignStubs],
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
  definition: combineSlices('tenancy', [tenantSlice, planSlice, usageSlice, invoiceSlice, alertSlice, botSlice, settingSlice, keySlice, lifeSlice, erasureSlice, tenantExportSlice, tenantSnapshotSlice, windowSlice, retentionSlice, webhookSlice]),
  services: tenancyServices,
  routes: ({ tenantExportDownload }) => ({ tenantExportDownload: (request) => tenantExportDownload.serve(request) }),
};
