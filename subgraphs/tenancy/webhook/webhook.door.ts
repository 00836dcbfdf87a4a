// What workers do with webhooks across tenants: find what waits, give up what waits too long, delete what is old.
import type { Pool } from 'pg';
import type { WaitingWork } from '../../kernel/messaging/jobs.js';
import { sendWebhooksJob } from '../jobs.js';

const BATCH = 500;
/** How long a message is kept after it was delivered or given up, with its attempts. */
const KEPT = '30 days';

/** Endpoints that may be called and have something due. Of one that is left alone, or was switched off, nothing is. Whoever was called longest ago comes first. */
const DUE = `select e.tenant_id as "tenantId", e.id as "endpointId" from tenancy.webhook_endpoint e
  where e.state = 'ACTIVE' and (e.retry_at is null or e.retry_at <= now())
    and exists (select from tenancy.webhook_message m where m.tenant_id = e.tenant_id and m.endpoint_id = e.id and m.state = 'PENDING' and m.next_at <= now() and (m.leased_until is null or m.leased_until <= now()))
  order by greatest(e.last_succeeded_at, e.last_failed_at) nulls first limit $1`;

export const overdueWebhooks = async (system: Pool): Promise<WaitingWork[]> =>
  [{ job: sendWebhooksJob, payloads: (await system.query(DUE, [BATCH])).rows, routine: true }];

export async function tidyWebhooks(system: Pool): Promise<void> {
  await system.query(`with picked as materialized (select tenant_id, id from tenancy.webhook_message where state = 'PENDING' and expires_at <= now() and (leased_until is null or leased_until <= now()) order by expires_at limit $1 for update skip locked)
    update tenancy.webhook_message m set state = 'FAILED', finished_at = now(), leased_until = null from picked where m.tenant_id = picked.tenant_id and m.id = picked.id`, [BATCH]);
  await system.query(`with picked as materialized (select tenant_id, id from tenancy.webhook_message where finished_at < now() - interval '${KEPT}' order by finished_at limit $1 for update skip locked)
    delete from tenancy.webhook_message m using picked where m.tenant_id = picked.tenant_id and m.id = picked.id`, [BATCH]);
}
