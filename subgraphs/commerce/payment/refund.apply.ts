// What a provider knows of refunds becomes what we know: room that was kept for one is used by it, or free again.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { takeBack } from '../stock/stock.return.js';
import { addEvent } from './payment.rows.js';
import type { RefundFacts } from './provider.port.js';

type RefundState = 'PENDING' | 'SUCCEEDED' | 'FAILED';
interface Known { id: string; minor: string; state: RefundState; externalId: string | null; actorId: string | null }
/** `orderId` is null of a deposit, which gives back no goods. */
interface Of { id: string; orderId: string | null }

/** @returns what there is still to wait for: a refund of the provider's that had no room beside one of ours, one that is on its way, or nothing */
export async function applyRefunds(unit: UnitOfWork, tenantId: string, payment: Of, facts: readonly RefundFacts[], refused: ReadonlyMap<string, string>): Promise<'no-room' | 'on-its-way' | null> {
  const { rows: known } = await sql<Known>`select id, minor, state, external_id as "externalId", actor_id as "actorId" from commerce.payment_refund where payment_id = ${payment.id}::uuid order by id`.execute(unit.tx.getKysely());
  const left = new Map(known.map((one) => [one.id, one.state]));
  let fits = true;
  // Those that failed first: they make room.
  for (const [id, code] of refused) {
    const one = known.find((refund) => refund.id === id && refund.state === 'PENDING');
    if (one) await end(unit, tenantId, payment, one, { state: 'FAILED', externalId: null, code });
    left.set(id, 'FAILED');
  }
  for (const fact of [...facts].sort((a, b) => Number(b.state === 'FAILED') - Number(a.state === 'FAILED'))) {
    const one = known.find(({ id, externalId }) => externalId === fact.externalId || id === fact.refundId) ?? await makeRoom(unit, tenantId, payment.id, fact);
    if (!one) {
      // One that came to nothing needs none.
      fits &&= fact.state === 'FAILED';
      continue;
    }
    if (refused.has(one.id)) continue;
    await end(unit, tenantId, payment, one, { state: fact.state, externalId: fact.externalId, code: null });
    left.set(one.id, fact.state);
  }
  if (!fits) return 'no-room';
  return [...left.values()].includes('PENDING') ? 'on-its-way' : null;
}

/** For a refund that somebody made at the provider. @returns null when there is no room for it beside those that are on their way */
async function makeRoom({ tx, now }: UnitOfWork, tenantId: string, paymentId: string, { minor, externalId, state }: RefundFacts): Promise<Known | null> {
  if (state === 'FAILED') return null;
  const { rows: [room] } = await sql`update commerce.payment set refunded_minor = refunded_minor + ${String(minor)}::bigint
    where id = ${paymentId}::uuid and captured_minor - refunded_minor >= ${String(minor)}::bigint returning id`.execute(tx.getKysely());
  if (!room) return null;
  const made: Known = { id: newId(), minor: String(minor), state: 'PENDING', externalId, actorId: null };
  await sql`insert into commerce.payment_refund (tenant_id, id, payment_id, minor, state, external_id, created_at)
    values (${tenantId}::uuid, ${made.id}::uuid, ${paymentId}::uuid, ${made.minor}::bigint, 'PENDING', ${externalId}, ${now})`.execute(tx.getKysely());
  return made;
}

/** Forward only: on its way, then given back or come to nothing; what was given back may still come to nothing. */
async function end(unit: UnitOfWork, tenantId: string, payment: Of, refund: Known, { state, externalId, code }: { state: RefundState; externalId: string | null; code: string | null }): Promise<void> {
  const db = unit.tx.getKysely();
  if (refund.state === 'FAILED') return;
  if (refund.state === state || state === 'PENDING') {
    if (refund.externalId === null) await sql`update commerce.payment_refund set external_id = ${externalId} where id = ${refund.id}::uuid`.execute(db);
    return;
  }
  await sql`update commerce.payment_refund set state = ${state}, external_id = coalesce(external_id, ${externalId}), failure_code = ${code} where id = ${refund.id}::uuid`.execute(db);
  const minor = BigInt(refund.minor);
  if (state === 'SUCCEEDED') {
    await addEvent(unit, tenantId, payment.id, 'REFUNDED', { minor: -minor, subjectId: refund.id, actorId: refund.actorId });
    if (payment.orderId !== null) await takeBack(unit, { tenantId, orderId: payment.orderId, refundId: refund.id, actorId: refund.actorId });
  } else {
    if (refund.state === 'SUCCEEDED') await addEvent(unit, tenantId, payment.id, 'REFUND_FAILED', { minor, subjectId: refund.id });
    await sql`update commerce.payment set refunded_minor = refunded_minor - ${refund.minor}::bigint where id = ${payment.id}::uuid`.execute(db);
    await sql`update commerce.order_line_refund r set refunded = r.refunded - l.quantity from commerce.payment_refund_line l
      where l.refund_id = ${refund.id}::uuid and r.tenant_id = l.tenant_id and r.order_line_id = l.order_line_id`.execute(db);
  }
  unit.audit({ action: 'payment.settle_refund', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Payment', id: payment.id }, before: { state: refund.state }, after: { state, minor: refund.minor } });
}
