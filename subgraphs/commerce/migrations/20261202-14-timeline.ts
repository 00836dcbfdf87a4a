// What happened with each customer, in the order of time: written with every step of their orders, payments and reservations, whoever takes it.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';
const COLUMNS = 'tenant_id, customer_id, kind, at, subject_id, step, what, minor, currency';

/** What each row of a table adds. `step` tells those of one moment apart, the later of them is the greater. */
const SOURCES = [
  {
    table: 'sales_order', name: 'timeline_order', when: '',
    select: (row: string) => `select ${row}.tenant_id, ${row}.customer_id, 'ORDER', ${row}.placed_at, ${row}.id, '0000000000', 'PLACED', ${row}.total_minor, ${row}.currency`, from: '',
  },
  {
    table: 'order_event', name: 'timeline_order_event', when: `(new.from_status <> 'DRAFT')`,
    select: (row: string) => `select o.tenant_id, o.customer_id, 'ORDER', ${row}.created_at, o.id, lpad(${row}.seq::text, 10, '0'), case when ${row}.changes is null then ${row}.to_status else 'CHANGED' end,
      (${row}.changes->>'totalAfter')::bigint, o.currency`,
    from: `${S}.sales_order o where o.tenant_id = new.tenant_id and o.id = new.order_id`,
  },
  {
    table: 'payment_event', name: 'timeline_payment_event', when: `(new.kind <> 'CREATED')`,
    select: (row: string) => `select p.tenant_id, coalesce(o.customer_id, r.customer_id), 'PAYMENT', ${row}.created_at, p.id, lpad(${row}.seq::text, 10, '0'), ${row}.kind, ${row}.minor, p.currency`,
    from: `${S}.payment p left join ${S}.sales_order o on o.tenant_id = p.tenant_id and o.id = p.order_id left join ${S}.reservation r on r.tenant_id = p.tenant_id and r.id = p.reservation_id
      where p.tenant_id = new.tenant_id and p.id = new.payment_id and coalesce(o.customer_id, r.customer_id) is not null`,
  },
  {
    table: 'reservation_event', name: 'timeline_reservation_event', when: '',
    select: (row: string) => `select r.tenant_id, r.customer_id, 'RESERVATION', ${row}.at, r.id, ${row}.id::text, ${row}.to_status, null, null`,
    from: `${S}.reservation r where r.tenant_id = new.tenant_id and r.id = new.reservation_id and r.customer_id is not null`,
  },
];

/** What is there already is told alike. */
const backfill = ({ table, when, select, from }: (typeof SOURCES)[number]): string =>
  `insert into ${S}.timeline_entry (${COLUMNS}) ${select('e')} from ${S}.${table} e${from === '' ? '' : `, ${from.replaceAll('new.', 'e.')}`}${when === '' ? '' : ` and ${when.replaceAll('new.', 'e.')}`}`;

/** What each row that is there already would have added. */
export const BACKFILL: readonly string[] = SOURCES.map(backfill);

const walled = [...SOURCES.map(({ table }) => table), 'payment', 'reservation', 'timeline_entry'];

export const timeline = sqlMigration('20261202-14-timeline', [
  `create table ${S}.timeline_entry (
    tenant_id uuid not null,
    customer_id uuid not null,
    kind text not null check (kind in ('ORDER', 'PAYMENT', 'RESERVATION')),
    at timestamptz(3) not null,
    subject_id uuid not null,
    step text collate "C" not null,
    what text not null,
    minor bigint,
    currency text,
    primary key (tenant_id, customer_id, kind, at, subject_id, step),
    foreign key (tenant_id, customer_id) references ${S}.customer (tenant_id, id) on delete cascade
  )`,
  ...tenantTable(S, 'timeline_entry', 'select, insert, delete'),
  `create policy timeline_entry_retention on ${S}.timeline_entry as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,
  ...walled.map((table) => `alter table ${S}.${table} no force row level security`),
  ...BACKFILL,
  ...walled.map((table) => `alter table ${S}.${table} force row level security`),
  // Whoever writes a step need not remember it.
  ...SOURCES.flatMap(({ table, name, when, select, from }) => [
    `create function ${S}.${name}() returns trigger language plpgsql set search_path = ${S}, pg_temp as $$ begin
      insert into ${S}.timeline_entry (${COLUMNS}) ${select('new')} ${from === '' ? '' : `from ${from}`};
      return null; end $$`,
    `revoke all on function ${S}.${name}() from public`,
    `create trigger ${name} after insert on ${S}.${table} for each row ${when === '' ? '' : `when ${when}`} execute function ${S}.${name}()`,
  ]),
  // What is not kept any longer is not told of either.
  `create function ${S}.timeline_forget_reservation() returns trigger language plpgsql set search_path = ${S}, pg_temp as $$ begin
    delete from ${S}.timeline_entry where tenant_id = old.tenant_id and customer_id = old.customer_id and kind = 'RESERVATION' and subject_id = old.id;
    return null; end $$`,
  `revoke all on function ${S}.timeline_forget_reservation() from public`,
  `create trigger timeline_forget_reservation after delete on ${S}.reservation for each row when (old.customer_id is not null) execute function ${S}.timeline_forget_reservation()`,
]);
