// Invoices: issued with what they are for, listed newest first.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { Period } from '../../kernel/base/monthly-period.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { TenantPlanName } from '../plan/plan.enums.js';
import { db } from '../tables.js';
import type { InvoiceRow } from './invoice.loaders.js';
import type { InvoiceKind, InvoiceLineKind } from './invoice.type.js';

export interface NewLine {
  kind: `${InvoiceLineKind}`;
  plan: TenantPlanName | null;
  quantity: bigint;
  amountMinor: bigint;
  /** The month it is for, where that is not the invoice's. */
  period: Period | null;
}

export interface NewInvoice {
  kind: `${InvoiceKind}`;
  period: Period;
  currency: string;
  lines: readonly NewLine[];
}

export class InvoiceService {
  /** Inside a change that holds the plan of the tenant. Nothing without lines. @returns its number; null when there is none */
  async issue(unit: UnitOfWork, tenantId: string, { kind, period, currency, lines }: NewInvoice): Promise<number | null> {
    if (lines.length === 0) return null;
    const { rows: [drawn] } = await sql<{ number: number }>`update tenancy.tenant_plan set invoices = invoices + 1
      where tenant_id = ${tenantId}::uuid returning invoices as number`.execute(unit.tx.getKysely());
    if (!drawn) throw new Error('There is no plan to charge for.');
    const [id, { number }] = [newId(), drawn];
    const totalMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    await db(unit.tx).insertInto('Invoice')
      .values({ tenantId, id, number, kind: kind as InvoiceKind, ...period, currency, totalMinor, issuedAt: unit.now }).execute();
    await db(unit.tx).insertInto('InvoiceLine')
      .values(lines.map(({ period: of, ...line }, position) => (
        { tenantId, invoiceId: id, position, ...line, kind: line.kind as InvoiceLineKind, startsAt: of?.startsAt ?? null, endsAt: of?.endsAt ?? null }))).execute();
    unit.audit({
      action: 'invoice.issue', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Invoice', id },
      after: { number, kind, currency, totalMinor: totalMinor.toString() },
    });
    return number;
  }

  /** @throws BAD_USER_INPUT */
  async page(context: OperationContext, { first, after }: PageArgs): Promise<Page<InvoiceRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => Number.isSafeInteger(value) && Math.abs(Number(value)) < 2 ** 31])?.[0];
    const found = await db(await context.read()).selectFrom('Invoice').selectAll().where('tenantId', '=', context.tenantId)
      .$if(beyond !== undefined, (query) => query.where('number', '<', Number(beyond))).orderBy('number', 'desc').limit(size + 1).execute();
    return pageOf(found, size, after, ({ number }) => encodeCursor([number]));
  }
}
