// Batched reads of the lines of invoices.
import type { Selectable } from 'kysely';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db, type TenancyTables } from '../tables.js';

export type InvoiceRow = Selectable<TenancyTables['Invoice']>;
export type InvoiceLineRow = Selectable<TenancyTables['InvoiceLine']>;

export const linesOfInvoice = defineLoader<OperationContext, string, InvoiceLineRow[]>({
  name: 'lines of invoice',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await context.read()).selectFrom('InvoiceLine').selectAll().where('invoiceId', 'in', [...ids]).orderBy('position').execute();
    return Map.groupBy(found, ({ invoiceId }) => invoiceId);
  },
});
