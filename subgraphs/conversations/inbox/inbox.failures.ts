// How many messages of an inbox failed in the last day: counted as they fail, so that nobody counts messages.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

/** A row is used again after a day, so that there are 24 of an inbox at most. */
export async function countFailure({ tx, now }: UnitOfWork, { tenantId, inboxId }: { tenantId: string; inboxId: string }): Promise<void> {
  const hour = new Date(Math.floor(now.getTime() / 3_600_000) * 3_600_000);
  await sql`insert into conversations.inbox_failure as counted (tenant_id, inbox_id, hour_of_day, hour, failed) values (${tenantId}::uuid, ${inboxId}::uuid, ${hour.getUTCHours()}, ${hour}, 1)
    on conflict (tenant_id, inbox_id, hour_of_day)
    do update set failed = case when counted.hour = excluded.hour then counted.failed + 1 else 1 end, hour = excluded.hour`.execute(tx.getKysely());
}
