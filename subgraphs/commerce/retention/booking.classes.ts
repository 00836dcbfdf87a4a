// What of bookings is kept for so long and no longer, counted from when the party was to begin.
// Not here: what was sold and paid (orders, payments) are the tenant's books; venues and their tables say how it works; customers go when somebody deletes them. Keys of requests stay with what they made.
import { sql, type RawBuilder } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { PURGE_BATCH, type RetainedClass } from '../../kernel/messaging/retention.js';

type Found = (tenantId: string, before: Date) => RawBuilder<unknown>;

const PAID = sql`exists (select from commerce.payment p where p.tenant_id = r.tenant_id and p.reservation_id = r.id)`;
/** One that was paid for stays in the books, without what its guest said of themselves. */
const RESERVATIONS: Found = (tenantId, before) => sql`commerce.reservation r where r.tenant_id = ${tenantId}::uuid and r.starts_at < ${before}
  and (r.guest_name is not null or r.note is not null or not ${PAID})`;
const WAITING: Found = (tenantId, before) => sql`commerce.waitlist_entry w where w.tenant_id = ${tenantId}::uuid and w.latest_at < ${before}`;

async function counted(tx: Tx, found: RawBuilder<unknown>, most: number): Promise<number> {
  const { rows: [row] } = await sql<{ n: number }>`select count(*)::int as n from (select from ${found} limit ${most}) as few`.execute(tx.getKysely());
  return row?.n ?? 0;
}

async function purgeReservations(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const db = tx.getKysely();
  const { rows } = await sql<{ id: string; paid: boolean }>`select r.id, ${PAID} as paid from ${RESERVATIONS(tenantId, before)} order by r.id limit ${PURGE_BATCH} for update of r skip locked`.execute(db);
  const [kept, gone] = [rows.filter(({ paid }) => paid).map(({ id }) => id), rows.filter(({ paid }) => !paid).map(({ id }) => id)];
  if (kept.length > 0) await sql`update commerce.reservation set guest_name = null, note = null where tenant_id = ${tenantId}::uuid and id = any (${kept}::uuid[])`.execute(db);
  if (gone.length > 0) {
    for (const table of ['waitlist_entry', 'reservation_reminder', 'reservation_event', 'reservation_table']) {
      await sql`delete from commerce.${sql.raw(table)} where tenant_id = ${tenantId}::uuid and reservation_id = any (${gone}::uuid[])`.execute(db);
    }
    await sql`delete from commerce.reservation where tenant_id = ${tenantId}::uuid and id = any (${gone}::uuid[])`.execute(db);
  }
  return rows.length;
}

async function purgeWaiting(tx: Tx, tenantId: string, before: Date): Promise<number> {
  const { rows } = await sql`delete from commerce.waitlist_entry where tenant_id = ${tenantId}::uuid
    and id in (select w.id from ${WAITING(tenantId, before)} order by w.id limit ${PURGE_BATCH} for update skip locked) returning id`.execute(tx.getKysely());
  return rows.length;
}

export const BOOKING_CLASSES: readonly RetainedClass[] = [
  { name: 'BOOKINGS', count: (tx, tenantId, before, most) => counted(tx, RESERVATIONS(tenantId, before), most), purge: purgeReservations },
  { name: 'WAITLISTS', count: (tx, tenantId, before, most) => counted(tx, WAITING(tenantId, before), most), purge: purgeWaiting },
];
