// Commerce as one value.
import type { Clock } from '../kernel/base/clock.js';
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { combineSlices } from '../kernel/graphql/slice.js';
import { bookingServices, type BookingServices } from './booking.services.js';
import { bookingSlices } from './booking.slices.js';
import { ContactCustomerResolver, CustomerResolver } from './customer/customer.resolver.js';
import { CustomerService } from './customer/customer.service.js';
import { ContactRef } from './customer/customer.type.js';
import { first } from './migrations/20261121-01-first.js';
import { keyRotation } from './migrations/20261129-76-key-rotation.js';
import { erasedRows } from './migrations/20261129-92-erased-rows.js';
import { CustomerOrdersResolver, OrderResolver } from './order/order.resolver.js';
import { OrderService } from './order/order.service.js';
import { eraseReaction, defineErasedEvent } from '../kernel/messaging/erasure.js';
import { exportTenantReaction } from '../kernel/messaging/tenant-export.js';
import { eraseJob, exportTenantJob } from './jobs.js';
import { permissions, rules } from './permissions.js';
import { references } from './references.js';
import { entities } from './tables.js';
import { tenantExport } from './tenant-export.js';

export interface CommerceServices {
  customers: CustomerService;
  orders: OrderService;
  booking: BookingServices;
  clock: Clock;
}

const CommerceErased = defineErasedEvent('commerce');

export const commerce: SubgraphModule<CommerceServices> = {
  definition: combineSlices('commerce', [{
    resolvers: [CustomerResolver, ContactCustomerResolver, OrderResolver, CustomerOrdersResolver],
    orphanedTypes: [ContactRef],
    entities,
    migrations: [first, keyRotation, erasedRows],
    platformTables: [],
    personalTables: [],
    definerFunctions: [], systemFunctions: [],
    ids: { Customer: 'cust', Order: 'ord', Contact: 'cont' },
    nodes: ['Customer', 'Order'],
    permissions,
    rules,
    mutations: {},
    classes: {
      Contact: { customerId: 'plain' },
      Order: { number: 'plain', fulfillmentStatus: 'plain', chargeStatus: 'plain', currency: 'plain', totalMinor: 'plain', customerId: 'plain' },
    },
    references,
    routes: [],
    erasure: { kept: {}, job: eraseJob, event: CommerceErased },
    tenantExport,
    events: [CommerceErased, tenantExport.event],
    jobs: [eraseJob, exportTenantJob],
    triggers: [],
    reactions: [eraseReaction(eraseJob), exportTenantReaction(exportTenantJob)],
  }, ...bookingSlices]),
  services: ({ unit, clock }) => ({ customers: new CustomerService(unit), orders: new OrderService(unit), booking: bookingServices(unit), clock }),
  routes: () => ({}),
};
