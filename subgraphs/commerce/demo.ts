// Customers and orders of a demo tenant. Repeating it changes nothing.
import { systemActor } from '../kernel/base/actor.js';
import { demoVenue, type DemoVenue } from './demo.booking.js';
import type { NewOrder } from './order/order.service.js';
import type { CommerceServices } from './subgraph.js';

export interface DemoCommerceFacts {
  /** Where guests are received; absent: nowhere. */
  venue?: DemoVenue;
  /** Every id is a UUID chosen by the caller. */
  tenantId: string;
  customers: {
    id: string;
    name: string;
    phone: string | null;
    /** Contact of conversations that is this customer; null: none yet. */
    contactId: string | null;
    orders: Omit<NewOrder, 'customerId'>[];
  }[];
}

export async function demoCommerce(services: CommerceServices, { tenantId, customers, venue }: DemoCommerceFacts): Promise<void> {
  const origin = { actor: systemActor(tenantId), correlationId: 'demo' };
  for (const { id, name, phone, contactId, orders } of customers) {
    await services.customers.createCustomer(origin, tenantId, { id, name, phone, email: null });
    if (contactId !== null) await services.customers.linkContact(origin, tenantId, { contactId, customerId: id });
    for (const order of orders) await services.orders.recordOrder(origin, tenantId, { ...order, customerId: id });
  }
  if (venue) await demoVenue(services.deps.unit, origin, tenantId, venue);
}
