// Orders that nobody accepted in time: they expire by a job, or at once where somebody else wants the goods they keep. What money was taken for, or may still come for, does not.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { moveOrder, type HeldOrder } from './order.move.js';

const MOST = 100;
/** Orders of one turn of the job: whoever has more comes again after the others. */
const TURN = 50;
/** How long an order waits for a payment that is being called off, and for one whose money may still come. */
const SOON_MS = 60_000;
const LATER_MS = 300_000;

const HELD = sql.raw(`o.id, o.customer_id as "customerId", o.fulfillment_status as "fulfillmentStatus", o.fulfillment, o.currency, o.total_minor as "totalMinor", o.voucher_id as "voucherId"`);

/**
 * Lets those expire that keep some of these variants. Whoever asks holds stock already, and whoever moves an order on holds it before stock:
 * an order that is held by somebody is passed by, so that the two never wait for each other. @param except an order that asks itself @returns whether there were any
 */
export async function expireFor(unit: UnitOfWork, tenantId: string, variantIds: readonly string[], except: string | null = null): Promise<boolean> {
  const db = unit.tx.getKysely();
  const { rows } = await sql<HeldOrder>`select ${HELD} from commerce.sales_order o where o.fulfillment_status = 'PLACED' and o.expires_at <= ${unit.now} and o.id is distinct from ${except}::uuid and o.id in (
      select r.order_id from commerce.stock_reservation r where r.variant_id = any (${[...variantIds]}::uuid[]) and r.state = 'HELD' and r.expires_at <= ${unit.now} order by r.expires_at limit ${MOST})
    order by o.id for update of o skip locked`.execute(db);
  if (rows.length === 0) return false;
  // Asked once they are held: whoever begins a payment holds its order.
  const { rows: open } = await sql<{ id: string }>`select order_id as id from commerce.payment where order_id = any (${rows.map(({ id }) => id)}::uuid[]) and state not in ('SUCCEEDED', 'CANCELED')`.execute(db);
  const ending = rows.filter(({ id }) => !open.some((payment) => payment.id === id));
  for (const order of ending) await expire(unit, tenantId, order);
  return ending.length > 0;
}

async function expire(unit: UnitOfWork, tenantId: string, order: HeldOrder): Promise<void> {
  await moveOrder(unit, tenantId, order, { to: 'EXPIRED', reason: null, actorId: null });
  unit.audit({
    action: 'order.expire', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Order', id: order.id },
    before: { fulfillmentStatus: order.fulfillmentStatus }, after: { fulfillmentStatus: 'EXPIRED' },
  });
}

export class OrderExpiry {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Each order in a transaction of its own, and by one worker: the others pass over what is held. @returns how many expired */
  async run(tenantId: string): Promise<number> {
    let expired = 0;
    for (let looked = 0; looked < TURN; looked += 1) {
      const outcome = await runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `order-expiry-${tenantId}` }, (unit) => this.#next(unit, tenantId));
      if (outcome === 'NONE') break;
      if (outcome === 'EXPIRED') expired += 1;
    }
    return expired;
  }

  async #next(unit: UnitOfWork, tenantId: string): Promise<'NONE' | 'WAITS' | 'EXPIRED'> {
    const db = unit.tx.getKysely();
    const { rows: [order] } = await sql<HeldOrder>`select ${HELD} from commerce.sales_order o where o.tenant_id = ${tenantId}::uuid and o.fulfillment_status = 'PLACED' and o.expires_at <= ${unit.now}
      order by o.expires_at limit 1 for update of o skip locked`.execute(db);
    if (!order) return 'NONE';
    const { rows: [open] } = await sql<OpenPayment>`select id, state, pending, external_id as "externalId" from commerce.payment
      where order_id = ${order.id}::uuid and state not in ('SUCCEEDED', 'CANCELED') for update`.execute(db);
    if (!open) {
      await expire(unit, tenantId, order);
      return 'EXPIRED';
    }
    // The provider has the last word whether it was paid: the order expires once its payment is called off, and stays if it was paid meanwhile.
    const calledOff = (open.state === 'REQUIRES_METHOD' || open.state === 'REQUIRES_ACTION') && open.pending === null && open.externalId !== null;
    if (calledOff) await callOff(unit, open);
    await wait(unit, order.id, new Date(unit.now.getTime() + (calledOff ? SOON_MS : LATER_MS)));
    return 'WAITS';
  }
}

interface OpenPayment { id: string; state: string; pending: string | null; externalId: string | null }

async function callOff(unit: UnitOfWork, { id, state }: OpenPayment): Promise<void> {
  await sql`update commerce.payment set pending = 'CANCEL', due_at = ${unit.now}, version = version + 1 where id = ${id}::uuid`.execute(unit.tx.getKysely());
  unit.audit({ action: 'payment.cancel', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Payment', id }, before: { state }, after: { asked: 'CANCEL' } });
}

/** Its goods are kept for it until then. */
async function wait({ tx }: UnitOfWork, orderId: string, until: Date): Promise<void> {
  await sql`with kept as (update commerce.stock_reservation set expires_at = ${until} where order_id = ${orderId}::uuid and state = 'HELD')
    update commerce.sales_order set expires_at = ${until} where id = ${orderId}::uuid`.execute(tx.getKysely());
}

const EXPIRING = `select distinct tenant_id as "tenantId" from commerce.sales_order where fulfillment_status = 'PLACED' and expires_at is not null and expires_at <= $1 limit $2`;

/** Tenants of which orders are to expire. @param system pool of the system role */
export const expiringTenants = async (system: { query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }> }, now: Date, most: number): Promise<unknown[]> => (await system.query(EXPIRING, [now, most])).rows;
