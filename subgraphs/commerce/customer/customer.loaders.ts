// Batched look-ups of customers: by id, and by the contact they are linked with.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { CustomerAddress } from './customer.entity.js';

export interface CustomerRow {
  id: string;
  name: string;
  email: string | null;
  phone: string | null;
  addresses: CustomerAddress[];
  createdAt: Date;
  /** The one it was merged into. */
  mergedInto: string | null;
}

export const CUSTOMER = sql.raw('c.merged_into as "mergedInto", c.id, c.name, c.email, c.phone, c.addresses, c.created_at as "createdAt"');

export const customerById = defineLoader({
  name: 'customerById',
  batch: async (context: OperationContext, ids: readonly string[]): Promise<Map<string, CustomerRow>> => {
    const { rows } = await sql<CustomerRow>`select ${CUSTOMER} from commerce.customer c where c.id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
  keyOf: (id: string) => id,
});

export const customerIdByContact = defineLoader({
  name: 'customerIdByContact',
  batch: async (context: OperationContext, contactIds: readonly string[]): Promise<Map<string, string>> => {
    const { rows } = await sql<{ contactId: string; customerId: string }>`select contact_id as "contactId", customer_id as "customerId"
      from commerce.customer_contact where contact_id = any (${[...contactIds]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((link) => [link.contactId, link.customerId]));
  },
  keyOf: (contactId: string) => contactId,
});

/** At most 100 of each. */
export const contactsOfCustomer = defineLoader({
  name: 'contactsOfCustomer',
  batch: async (context: OperationContext, ids: readonly string[]): Promise<Map<string, { id: string; customerId: string }[]>> => {
    const { rows } = await sql<{ id: string; customerId: string }>`select link.id, of.id as "customerId" from unnest(${[...ids]}::uuid[]) of(id)
      cross join lateral (select contact_id as id from commerce.customer_contact where customer_id = of.id order by contact_id limit 100) link`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ customerId }) => customerId);
  },
  keyOf: (id: string) => id,
});

export const tagsOfCustomer = defineLoader({
  name: 'tagsOfCustomer',
  batch: async (context: OperationContext, ids: readonly string[]): Promise<Map<string, string[]>> => {
    const { rows } = await sql<{ id: string; tags: string[] }>`select customer_id as id, array_agg(tag order by tag) as tags from commerce.customer_tag
      where customer_id = any (${[...ids]}::uuid[]) group by 1`.execute((await context.read()).getKysely());
    return new Map(rows.map(({ id, tags }) => [id, tags]));
  },
  keyOf: (id: string) => id,
});

export const valueOfCustomer = defineLoader({
  name: 'valueOfCustomer',
  batch: async (context: OperationContext, ids: readonly string[]): Promise<Map<string, { customerId: string; currency: string; orders: number; minor: string }[]>> => {
    const { rows } = await sql<{ customerId: string; currency: string; orders: number; minor: string }>`select customer_id as "customerId", currency, orders, minor from commerce.customer_value
      where customer_id = any (${[...ids]}::uuid[]) order by currency`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ customerId }) => customerId);
  },
  keyOf: (id: string) => id,
});
