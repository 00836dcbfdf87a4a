// Two customers who are one: all that was the one's is the other's, and whatever is written for the one from then on too.
import { appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';
/** Whose rows name a customer. */
const FOLLOWING = ['sales_order', 'cart', 'reservation', 'waitlist_entry', 'customer_contact'];

export const customerMerge = sqlMigration('20261202-16-customer-merge', [
  `alter table ${S}.customer add column merged_into uuid, add check (merged_into <> id),
    add foreign key (tenant_id, merged_into) references ${S}.customer (tenant_id, id) on delete set null (merged_into)`,
  `create index customer_merged on ${S}.customer (tenant_id, merged_into) where merged_into is not null`,
  `grant update (merged_into) on ${S}.customer to ${appRole(S)}`,
  ...['sales_order', 'timeline_entry'].map((table) => `grant update (customer_id) on ${S}.${table} to ${appRole(S)}`),
  ...['voucher_customer', 'customer_value'].map((table) => `grant delete on ${S}.${table} to ${appRole(S)}`),
  // Whoever writes while two are being merged waits for it, and writes for the one that stays.
  `create function ${S}.follow_customer() returns trigger language plpgsql set search_path = ${S}, pg_temp as $$ declare kept uuid; begin
    if new.customer_id is not null then
      select c.merged_into into kept from ${S}.customer c where c.tenant_id = new.tenant_id and c.id = new.customer_id for key share;
      if kept is not null then new.customer_id := kept; end if;
    end if;
    return new; end $$`,
  `revoke all on function ${S}.follow_customer() from public`,
  ...FOLLOWING.map((table) => `create trigger ${table}_customer before insert or update of customer_id on ${S}.${table} for each row execute function ${S}.follow_customer()`),
]);
