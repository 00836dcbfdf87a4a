// Records orders; each call is one transaction with its audit event.
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { AuditOrigin } from '../../kernel/messaging/audit.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import type { ChargeStatus } from './order.entity.js';
import { addValue } from './order.move.js';
import type { OrderState } from './order.states.js';

export interface NewOrder {
  /** UUID chosen by the caller: repeating the call with it changes nothing. */
  id: string;
  customerId: string;
  /** Unique within the tenant. */
  number: number;
  fulfillmentStatus: Exclude<OrderState, 'DRAFT'>;
  chargeStatus: ChargeStatus;
  /** ISO 4217 code. */
  currency: string;
  totalMinor: bigint;
  placedAt: Date;
}

export class OrderService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** @returns whether the order is new. @throws a unique violation when another order of the tenant has this number */
  async recordOrder(origin: AuditOrigin, tenantId: string, order: NewOrder): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), origin, async (unit) => {
      const recorded = await db(unit.tx).insertInto('Order')
        .values({
          ...order, totalMinor: order.totalMinor.toString(), subtotalMinor: order.totalMinor.toString(), discountMinor: '0', taxMinor: '0', tipMinor: '0', pricesIncludeTax: true, refundStatus: 'NONE',
          version: 1, cartId: null, fulfillment: null, address: null, note: null, voucherId: null, voucherCode: null, expiresAt: null, tenantId, createdAt: unit.now,
        })
        .onConflict((conflict) => conflict.columns(['tenantId', 'id']).doNothing()).returning('customerId').executeTakeFirst();
      if (!recorded) return false;
      if (order.fulfillmentStatus === 'COMPLETED') await addValue(unit, tenantId, { ...order, ...recorded, totalMinor: order.totalMinor.toString() });
      const { number, fulfillmentStatus, chargeStatus, currency } = order;
      unit.audit({
        action: 'order.record', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Order', id: order.id },
        after: {
          number, fulfillmentStatus, chargeStatus, currency, totalMinor: order.totalMinor.toString(),
          customerId: encodeId('cust', recorded.customerId),
        },
      });
      return true;
    });
  }
}
