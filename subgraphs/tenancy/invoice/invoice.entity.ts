// An invoice: data only, nothing is charged by it. Its number counts up within the tenant, without gaps.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { TenantPlanName } from '../plan/plan.enums.js';
import type { InvoiceKind, InvoiceLineKind } from './invoice.type.js';

export const Invoice = defineEntity({
  name: 'Invoice', tableName: 'invoice', schema: 'tenancy',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    number: p.integer(),
    kind: p.text().$type<InvoiceKind>(),
    startsAt: p.datetime(3),
    endsAt: p.datetime(3),
    currency: p.text(),
    totalMinor: p.bigint(),
    issuedAt: p.datetime(3),
  },
});

export const InvoiceLine = defineEntity({
  name: 'InvoiceLine', tableName: 'invoice_line', schema: 'tenancy',
  properties: {
    invoiceId: p.uuid().primary(),
    position: p.integer().primary(),
    tenantId: p.uuid(),
    kind: p.text().$type<InvoiceLineKind>(),
    plan: p.text().$type<TenantPlanName>().nullable(),
    quantity: p.bigint(),
    amountMinor: p.bigint(),
    startsAt: p.datetime(3).nullable(),
    endsAt: p.datetime(3).nullable(),
  },
});
