// Commerce as one value.
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { combineSlices } from '../kernel/graphql/slice.js';
import { bookingSlices } from './booking.slices.js';
import { ContactCustomerResolver, CustomerResolver } from './customer/customer.resolver.js';
import { ContactRef } from './customer/customer.type.js';
import { first } from './migrations/20261121-01-first.js';
import { keyRotation } from './migrations/20261129-76-key-rotation.js';
import { erasedRows } from './migrations/20261129-92-erased-rows.js';
import { tenantRestored } from './migrations/20261202-64-tenant-restored.js';
import { CustomerOrdersResolver, OrderResolver } from './order/order.resolver.js';
import { eraseReaction, defineErasedEvent } from '../kernel/messaging/erasure.js';
import { exportTenantReaction } from '../kernel/messaging/tenant-export.js';
import { eraseJob, exportTenantJob } from './jobs.js';
import { permissions, rules } from './permissions.js';
import { references } from './references.js';
import { paymentSlice } from './payment/payment.slice.js';
import { sellSlices } from './sell.slices.js';
import { createServices, type CommerceServices } from './services.js';
import { entities } from './tables.js';
import { tenantExport } from './tenant-export.js';
import { tenantSnapshot } from './tenant-snapshot.js';

export type { CommerceServices } from './services.js';

const CommerceErased = defineErasedEvent('commerce');

export const commerce: SubgraphModule<CommerceServices> = {
  definition: combineSlices('commerce', [{
    resolvers: [CustomerResolver, ContactCustomerResolver, OrderResolver, CustomerOrdersResolver],
    orphanedTypes: [ContactRef],
    entities,
    migrations: [first, keyRotation, erasedRows, tenantRestored],
    platformTables: [],
    personalTables: [],
    definerFunctions: [], systemFunctions: [],
    ids: { Customer: 'cust', Order: 'ord', Contact: 'cont' },
    nodes: ['Customer', 'Order'],
    permissions,
    rules,
    classes: {
      Contact: { customerId: 'plain' },
      Order: { number: 'plain', fulfillmentStatus: 'plain', chargeStatus: 'plain', currency: 'plain', totalMinor: 'plain', customerId: 'plain' },
    },
    references,
    routes: [],
    erasure: { kept: {}, job: eraseJob, event: CommerceErased },
    tenantExport,
    tenantSnapshot,
    events: [CommerceErased, tenantExport.event],
    jobs: [eraseJob, exportTenantJob],
    triggers: [],
    reactions: [eraseReaction(eraseJob), exportTenantReaction(exportTenantJob)],
  }, ...sellSlices, ...bookingSlices, paymentSlice]),
  services: createServices,
  routes: ({ paymentWebhooks }) => ({ stripeWebhook: (request) => paymentWebhooks.receive(request) }),
};
