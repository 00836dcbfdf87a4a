// What becomes of what was paid for a reservation that has ended. The wish for it is written in the transaction that ends the reservation; a job asks the provider.
//
// | step | committed | what a restart does |
// | --- | --- | --- |
// | the reservation ends | its end and its `deposit_fate`; on each payment the wish, `pending` or a `PENDING` refund, and `due_at` | the sweeper finds `due_at`, and `commerce.settlePayment` asks |
// | the provider was asked | nothing more | asks again, by the same key (`refund-<id>`, `cancel-<id>-<version>`): nothing is done twice |
// | what it said is written down | the payment as it is; what there is still to do by the fate is wished for in the same transaction | nothing, or the next step |
//
// Locks: reservation, its payments in the order of their ids, stock. Nobody waits for a reservation who holds a payment.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { PaymentState } from '../payment/payment.states.js';
import type { ReservationStatus } from '../reservation/reservation.states.js';

export type DepositFate = 'RETURN' | 'KEEP';

/** RULE: as the venue had it when the table was held. What has no word here leaves the deposit where it is: it goes on the bill. */
const FATES: Partial<Record<ReservationStatus, { inTime: DepositFate; late: DepositFate | 'RULE' }>> = {
  EXPIRED: { inTime: 'RETURN', late: 'RETURN' },
  DECLINED: { inTime: 'RETURN', late: 'RETURN' },
  CANCELED: { inTime: 'RETURN', late: 'RULE' },
  NO_SHOW: { inTime: 'RETURN', late: 'RULE' },
};
/** What did not stand yet is called off without a price. */
const STANDING: readonly ReservationStatus[] = ['CONFIRMED', 'ARRIVED'];
const MINUTE_MS = 60_000;

export interface Deposited {
  status: ReservationStatus;
  startsAt: Date;
  cancelMinutes: number;
  depositMinor: string | null;
  depositKept: boolean | null;
}

/** Null: none was asked for, or it stays where it is. */
export function fateOf({ status, startsAt, cancelMinutes, depositMinor, depositKept }: Deposited, to: ReservationStatus, now: Date): DepositFate | null {
  const fates = FATES[to];
  if (!fates || depositMinor === null) return null;
  const late = STANDING.includes(status) && startsAt.getTime() - cancelMinutes * MINUTE_MS < now.getTime();
  const fate = late ? fates.late : fates.inTime;
  return fate === 'RULE' ? (depositKept === true ? 'KEEP' : 'RETURN') : fate;
}

interface Paid { id: string; provider: 'STRIPE' | 'MANUAL'; state: PaymentState; pending: string | null; left: string; failed: boolean }

/** Of a reservation that is held: asks for what its fate still lacks. Repeating it asks for nothing twice. Money that staff took by hand, staff give back. */
export async function followFate(unit: UnitOfWork, { id, fate }: { id: string; fate: DepositFate }): Promise<void> {
  const { rows } = await sql<Paid>`select p.id, p.provider, p.state, p.pending, (p.captured_minor - p.refunded_minor)::text as left,
      exists (select from commerce.payment_refund r where r.tenant_id = p.tenant_id and r.payment_id = p.id and r.state = 'FAILED') as failed
    from commerce.payment p where p.reservation_id = ${id}::uuid order by p.id for update of p`.execute(unit.tx.getKysely());
  for (const paid of rows) {
    if (paid.provider === 'MANUAL' || paid.state === 'CANCELED') continue;
    if (paid.state === 'SUCCEEDED') {
      // One that came to nothing is for staff: asked again and again it would come to nothing again and again.
      if (fate === 'RETURN' && paid.left !== '0' && !paid.failed) await giveBack(unit, paid);
    } else if (paid.pending === null && paid.state !== 'PROCESSING') {
      await ask(unit, paid.id, fate === 'KEEP' && paid.state === 'REQUIRES_CAPTURE' ? 'CAPTURE' : 'CANCEL');
    }
  }
}

/** Of a reservation that is held and has its deposit: who is still about to pay is not asked any more. */
export async function callOffRest({ tx, now }: UnitOfWork, id: string): Promise<void> {
  await sql`update commerce.payment set pending = 'CANCEL', version = version + 1, due_at = ${now}
    where reservation_id = ${id}::uuid and state in ('REQUIRES_METHOD', 'REQUIRES_ACTION') and pending is null and external_id is not null`.execute(tx.getKysely());
}

async function giveBack({ tx, now, scope }: UnitOfWork, { id, left }: Paid): Promise<void> {
  const db = tx.getKysely();
  await sql`update commerce.payment set refunded_minor = captured_minor, version = version + 1, due_at = ${now} where id = ${id}::uuid`.execute(db);
  await sql`insert into commerce.payment_refund (tenant_id, id, payment_id, minor, state, reason, actor_id, created_at)
    values (${scope.tenant}::uuid, ${newId()}::uuid, ${id}::uuid, ${left}::bigint, 'PENDING', 'The reservation came to nothing.', null, ${now})`.execute(db);
}

const ask = async ({ tx, now }: UnitOfWork, id: string, wish: 'CAPTURE' | 'CANCEL'): Promise<void> => {
  await sql`update commerce.payment set pending = ${wish}, version = version + 1, due_at = ${now} where id = ${id}::uuid`.execute(tx.getKysely());
};
