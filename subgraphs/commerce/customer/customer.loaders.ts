// Batched look-ups of customers: by id, and by the contact they are linked with.
import type { Selectable } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { db, type CommerceTables } from '../tables.js';

export type CustomerRow = Selectable<CommerceTables['Customer']>;

export const customerById = defineLoader({
  name: 'customerById',
  batch: async (context: OperationContext, ids: readonly string[]): Promise<Map<string, CustomerRow>> => {
    const found = await db(await context.read()).selectFrom('Customer').selectAll().where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
  keyOf: (id: string) => id,
});

export const customerIdByContact = defineLoader({
  name: 'customerIdByContact',
  batch: async (context: OperationContext, contactIds: readonly string[]): Promise<Map<string, string>> => {
    const links = await db(await context.read()).selectFrom('CustomerContact').select(['contactId', 'customerId'])
      .where('contactId', 'in', [...contactIds]).execute();
    return new Map(links.map((link) => [link.contactId, link.customerId]));
  },
  keyOf: (contactId: string) => contactId,
});
