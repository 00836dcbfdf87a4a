// What of selling is kept for so long and no longer. Ids are made in the order of time, so that what is old is a range of a primary key.
// Not here: orders, payments and what belongs to them are the tenant's books; keys of requests and counts of refusals are tidied by the sweeper.
import { sql, type RawBuilder } from 'kysely';
import { idFloor } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { PURGE_BATCH, type RetainedClass } from '../../kernel/messaging/retention.js';

type Found = (tenantId: string, before: Date) => RawBuilder<unknown>;

/** That became no order, and that nobody has touched since. */
const CARTS: Found = (tenantId, before) => sql`r.tenant_id = ${tenantId}::uuid and r.id < ${idFloor(before)}::uuid and r.order_id is null and r.updated_at < ${before}`;
/** What is still to be looked into stays. */
const WEBHOOKS: Found = (tenantId, before) => sql`r.tenant_id = ${tenantId}::uuid and r.id < ${idFloor(before)}::uuid and r.state <> 'RECEIVED'`;

const classOf = (name: string, table: string, found: Found): RetainedClass => ({
  name,
  count: async (tx: Tx, tenantId, before, most) => {
    const { rows: [row] } = await sql<{ n: number }>`select count(*)::int as n from (select from ${sql.table(`commerce.${table}`)} r where ${found(tenantId, before)} limit ${most}) as few`.execute(tx.getKysely());
    return row?.n ?? 0;
  },
  purge: async (tx: Tx, tenantId, before) => {
    const { rows } = await sql`delete from ${sql.table(`commerce.${table}`)} where tenant_id = ${tenantId}::uuid and id = any (array(
      select r.id from ${sql.table(`commerce.${table}`)} r where ${found(tenantId, before)} order by r.id limit ${PURGE_BATCH} for update skip locked)) returning id`.execute(tx.getKysely());
    return rows.length;
  },
});

export const SELLING_CLASSES: readonly RetainedClass[] = [classOf('CARTS', 'cart', CARTS), classOf('WEBHOOK_DELIVERIES', 'payment_webhook', WEBHOOKS)];
