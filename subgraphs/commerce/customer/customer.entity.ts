// A customer, and which contact of conversations is that customer.
import { defineEntity, p } from '@mikro-orm/postgresql';

export interface CustomerAddress {
  label: string;
  lines: string;
  postalCode: string | null;
  city: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
}

export const Customer = defineEntity({
  name: 'Customer', tableName: 'customer', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    email: p.text().nullable(),
    phone: p.text().nullable(),
    addresses: p.json().$type<CustomerAddress[]>(),
    createdAt: p.datetime(3),
  },
});

export const CustomerContact = defineEntity({
  name: 'CustomerContact', tableName: 'customer_contact', schema: 'commerce',
  properties: { contactId: p.uuid().primary(), tenantId: p.uuid(), customerId: p.uuid() },
});
