// A tenant with as many orders as it comes to have over two years, and a venue with a year of bookings: written by SQL.
import type { Client } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';

export interface SeededOrders {
  tenant: string;
  orders: number;
  /** With a twentieth of all orders, and with some thirty. */
  customers: { many: string; few: string };
}

const CHUNK = 50_000;
const SPAN = `interval '700 days'`;
/** Orders a customer, but for one. */
const EACH = 30;
const OTHERS = 5;
/** An id of the form that the API takes, the same each time. @param of SQL of what it is of */
const id = (of: string): string => `overlay(overlay(md5($1::uuid::text || ${of}) placing '7' from 13 for 1) placing 'a' from 17 for 1)::uuid`;

/** Order `c` of `$2`, the newer the lower; what is not done yet is new, but for some that were forgotten. */
const ORDERS = `insert into commerce.sales_order (tenant_id, id, customer_id, number, fulfillment_status, charge_status, refund_status, currency, total_minor, subtotal_minor, fulfillment, placed_at, created_at)
  select $1::uuid, ${id(`'o' || c`)}, ${id(`'p' || case when random() < 0.05 then 0 else 1 + floor(random() * $5::int)::int end`)}, $2::int - c + 1,
    case when c < 400 then (array['PLACED', 'ACCEPTED', 'PREPARING', 'READY', 'OUT_FOR_DELIVERY'])[1 + floor(5 * random())::int]
      when random() < 0.0005 then 'PLACED' when random() < 0.01 then 'CANCELED' when random() < 0.005 then 'REJECTED' when random() < 0.002 then 'EXPIRED' else 'COMPLETED' end,
    case when random() < 0.95 then 'FULL' else 'NONE' end, case when random() < 0.02 then 'PARTIAL' else 'NONE' end, 'EUR', 1950, 1950, 'PICKUP', now() - c * (${SPAN} / $2::int), now() - c * (${SPAN} / $2::int)
  from generate_series($3::int, $4::int) c`;
const CUSTOMERS = `insert into commerce.customer (tenant_id, id, name, created_at) select $1::uuid, ${id(`'p' || c`)}, 'Customer ' || c, now() from generate_series(0, $2::int) c`;

export async function seedOrders(admin: Client, orders: number, say: (line: string) => void): Promise<SeededOrders> {
  // Foreign keys do not look, and indexes are made when all is there, as for a restored backup.
  await admin.query(`set session_replication_role = 'replica'; set maintenance_work_mem = '256MB'; set synchronous_commit = off`);
  const { rows: indexes } = await admin.query<{ name: string; made: string }>(`select indexname as name, indexdef as made from pg_indexes i where schemaname = 'commerce' and tablename = 'sales_order'
    and not exists (select from pg_constraint where conname = i.indexname)`);
  for (const { name } of indexes) await admin.query(`drop index commerce.${name}`);
  const tenants = Array.from({ length: OTHERS }, () => newId());
  const tenant = newId();
  for (const other of tenants) await fill(admin, other, Math.ceil(orders / 100), () => undefined);
  await fill(admin, tenant, orders, say);
  for (const { made } of indexes) await admin.query(made);
  await admin.query('vacuum analyze');
  await admin.query('checkpoint');
  const { rows } = await admin.query<{ id: string }>(`select ${id(`'p' || c`)} as id from generate_series(0, 1) c order by c`, [tenant]);
  return { tenant, orders, customers: { many: rows[0]?.id ?? '', few: rows[1]?.id ?? '' } };
}

async function fill(admin: Client, tenant: string, orders: number, say: (line: string) => void): Promise<void> {
  const customers = Math.max(1, Math.floor(orders / EACH));
  await admin.query(CUSTOMERS, [tenant, customers]);
  // The oldest first: rows lie in the table as they came.
  for (let last = orders; last > 0; last -= CHUNK) {
    const first = Math.max(1, last - CHUNK + 1);
    await admin.query(ORDERS, [tenant, orders, first, last, customers]);
    say(`${orders - first + 1} of ${orders} orders`);
  }
}

/** Three sittings of every table on so many days, half of them to come, and one in ten called off. @returns how many there are */
export async function seedBookings(admin: Client, tenant: string, venue: string, days: number): Promise<number> {
  await admin.query(`set session_replication_role = 'replica'; set synchronous_commit = off`);
  const { rows: [made] } = await admin.query<{ count: string }>(`
    with sitting as (
      select gen_random_uuid() as id, t.id as table_id, t.max_party, date_trunc('day', now()) + make_interval(days => d - $3::int / 2, mins => (array[1020, 1125, 1230])[s]) as starts_at, random() < 0.1 as off
      from commerce.dining_table t, generate_series(0, $3::int - 1) d, generate_series(1, 3) s where t.tenant_id = $1 and t.venue_id = $2),
    made as (insert into commerce.reservation (tenant_id, id, venue_id, status, party_size, starts_at, ends_at, idempotency_key, request_hash, created_at)
      select $1, id, $2, case when off then 'CANCELED' when starts_at < now() then 'COMPLETED' else 'CONFIRMED' end, max_party, starts_at, starts_at + interval '90 minutes', id::text, '', now() from sitting
      returning id, status, starts_at, ends_at),
    taken as (insert into commerce.reservation_table (tenant_id, reservation_id, table_id, venue_id, status, starts_at, ends_at)
      select $1, m.id, s.table_id, $2, m.status, m.starts_at, m.ends_at from made m join sitting s on s.id = m.id returning 1)
    select count(*) from taken`, [tenant, venue, days]);
  await admin.query('vacuum analyze');
  return Number(made?.count ?? 0);
}
