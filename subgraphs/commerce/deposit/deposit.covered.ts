// How much of a deposit is there: taken and not given back, or held by the provider.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

/** Of a reservation that is held: payments change under it alone. */
export async function coveredOf({ tx }: UnitOfWork, reservationId: string): Promise<bigint> {
  const { rows: [sum] } = await sql<{ minor: string }>`select coalesce(sum(captured_minor - refunded_minor + case when state = 'REQUIRES_CAPTURE' then amount_minor else 0 end), 0)::text as minor
    from commerce.payment where reservation_id = ${reservationId}::uuid`.execute(tx.getKysely());
  return BigInt(sum?.minor ?? 0);
}
