// What of identity a tenant keeps for so long and no longer. Ids are made in the order of time, so that what is old is a range of a primary key.
import { sql, type RawBuilder } from 'kysely';
import { idFloor } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import { PURGE_BATCH, type RetainedClass } from '../../kernel/messaging/retention.js';

type Found = (tenantId: string, before: Date) => RawBuilder<unknown>;

const older = (tenantId: string, before: Date): RawBuilder<unknown> => sql`r.tenant_id = ${tenantId}::uuid and r.id < ${idFloor(before)}::uuid`;
const NOTIFICATIONS: Found = older;
/** The history is of sessions that have ended; one that somebody still uses is none, however old. */
const SESSIONS: Found = (tenantId, before) => sql`${older(tenantId, before)} and coalesce(r.revoked_at, r.last_used_at) < ${before}`;

const classOf = (name: string, table: string, found: Found): RetainedClass => ({
  name,
  count: async (tx: Tx, tenantId, before, most) => {
    const { rows: [row] } = await sql<{ n: number }>`select count(*)::int as n
      from (select from ${sql.table(`identity.${table}`)} r where ${found(tenantId, before)} limit ${most}) as few`.execute(tx.getKysely());
    return row?.n ?? 0;
  },
  purge: async (tx: Tx, tenantId, before) => {
    const { rows } = await sql`delete from ${sql.table(`identity.${table}`)} where tenant_id = ${tenantId}::uuid and id = any (array(
      select r.id from ${sql.table(`identity.${table}`)} r where ${found(tenantId, before)} order by r.id limit ${PURGE_BATCH} for update skip locked)) returning id`.execute(tx.getKysely());
    return rows.length;
  },
});

export const STAFF_CLASSES: readonly RetainedClass[] = [classOf('NOTIFICATIONS', 'notification', NOTIFICATIONS), classOf('SESSIONS', 'session', SESSIONS)];
