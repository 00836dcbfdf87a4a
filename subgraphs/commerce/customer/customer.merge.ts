// Two customers who are one: what was the one's becomes the other's, in one transaction; the one that goes says into whom.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { CustomerAddress } from './customer.entity.js';
import { noCustomer } from './customer.hold.js';

const GOES = ['input', 'customerId'];
const STAYS = ['input', 'intoCustomerId'];
const MOST_TAGS = 20;
const MOST_ADDRESSES = 20;

interface Held { id: string; mergedInto: string | null; addresses: CustomerAddress[] }

/** Repeating it changes nothing. Holds both in the order of their ids. @throws Refusal CustomerNotFound, CustomerMerged, InputInvalid */
export function mergeCustomers(context: OperationContext, goes: string, stays: string): Promise<void> {
  if (goes === stays) throw invalidInput('They are one already.', STAYS);
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Customer', id: stays }, after: { merged: encodeId('cust', goes) } };
    // Whoever moves one of these holds it before its customer (`follow_customer`): held in the same order, nobody waits for somebody who waits for them.
    for (const table of ['cart', 'sales_order', 'reservation', 'waitlist_entry']) {
      await sql`select id from ${sql.table(`commerce.${table}`)} where customer_id = ${goes}::uuid order by id for update`.execute(unit.tx.getKysely());
    }
    const { rows } = await sql<Held>`select id, merged_into as "mergedInto", addresses from commerce.customer where id = any (${[goes, stays]}::uuid[]) order by id for update`.execute(unit.tx.getKysely());
    const [gone, kept] = [rows.find(({ id }) => id === goes), rows.find(({ id }) => id === stays)];
    if (!gone) throw noCustomer(GOES);
    if (!kept) throw noCustomer(STAYS);
    if (gone.mergedInto === stays) return;
    const { rows: sources } = await sql`select source from commerce.walk_in where customer_id = ${goes}::uuid limit 1`.execute(unit.tx.getKysely());
    if (sources.length > 0) throw invalidInput('This customer stands for all who do not say who they are: what they buy would become one person\'s.', GOES);
    for (const [one, field] of [[gone, GOES], [kept, STAYS]] as const) {
      if (one.mergedInto !== null) throw new Refusal('CustomerMerged', ErrorCode.WRONG_STATE, 'The customer was merged into another one.', field, { intoCustomerId: encodeId('cust', one.mergedInto) });
    }
    await move(unit, context.tenantId, gone, kept);
  });
}

async function move({ tx }: UnitOfWork, tenantId: string, { id: goes, addresses }: Held, { id: stays, addresses: known }: Held): Promise<void> {
  const all = JSON.stringify([...known, ...addresses].slice(0, MOST_ADDRESSES));
  const from = sql`where tenant_id = ${tenantId}::uuid and customer_id = ${goes}::uuid`;
  const to = sql`set customer_id = ${stays}::uuid ${from}`;
  await sql`with orders as (update commerce.sales_order ${to}), carts as (update commerce.cart ${to}), bookings as (update commerce.reservation ${to}), waiting as (update commerce.waitlist_entry ${to}),
      contacts as (update commerce.customer_contact ${to}), story as (update commerce.timeline_entry ${to}),
      tags as (insert into commerce.customer_tag (tenant_id, customer_id, tag) select tenant_id, ${stays}::uuid, tag from commerce.customer_tag ${from}
        and tag not in (select tag from commerce.customer_tag where tenant_id = ${tenantId}::uuid and customer_id = ${stays}::uuid)
        order by tag limit greatest(0, ${MOST_TAGS} - (select count(*) from commerce.customer_tag where tenant_id = ${tenantId}::uuid and customer_id = ${stays}::uuid))),
      untagged as (delete from commerce.customer_tag ${from}),
      vouchers as (insert into commerce.voucher_customer as v (tenant_id, voucher_id, customer_id, used) select tenant_id, voucher_id, ${stays}::uuid, used from commerce.voucher_customer ${from}
        on conflict (tenant_id, voucher_id, customer_id) do update set used = v.used + excluded.used),
      unused as (delete from commerce.voucher_customer ${from}),
      worth as (insert into commerce.customer_value as v (tenant_id, customer_id, currency, orders, minor) select tenant_id, ${stays}::uuid, currency, orders, minor from commerce.customer_value ${from}
        on conflict (tenant_id, customer_id, currency) do update set orders = v.orders + excluded.orders, minor = v.minor + excluded.minor),
      worthless as (delete from commerce.customer_value ${from}),
      filled as (update commerce.customer k set email = coalesce(k.email, g.email), phone = coalesce(k.phone, g.phone), addresses = ${all}::jsonb from commerce.customer g
        where k.tenant_id = ${tenantId}::uuid and k.id = ${stays}::uuid and g.tenant_id = k.tenant_id and g.id = ${goes}::uuid)
    update commerce.customer set merged_into = ${stays}::uuid where tenant_id = ${tenantId}::uuid and (id = ${goes}::uuid or merged_into = ${goes}::uuid)`.execute(tx.getKysely());
}
