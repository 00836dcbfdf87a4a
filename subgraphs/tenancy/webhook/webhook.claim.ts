// Which messages of an endpoint may be sent now: due, nobody else's, and of each thing the earliest alone.
import { sql } from 'kysely';
import type { WebhookSecrets } from '../../kernel/crypto/webhook-secrets.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { LEASE_MS } from './webhook.schedule.js';

/** Calls to one endpoint at the same time. */
const AT_ONCE = 4;

export interface ClaimedMessage { id: string; eventId: string; streamId: string | null; body: string }
export interface Claim { url: string; secrets: [string, ...string[]]; messages: ClaimedMessage[] }

interface Known { id: string; url: string; failures: number; secrets: Uint8Array; secretOverlapUntil: Date | null }

/** Picked once for all, and no more than that: within a condition PostgreSQL may pick anew for each row. One that fails is tried with one message alone. @returns null when the endpoint is not to be called now, or nothing may be sent */
export async function claim(unit: UnitOfWork, tenantId: string, endpointId: string, secrets: WebhookSecrets): Promise<Claim | null> {
  const db = unit.tx.getKysely();
  const { now } = unit;
  const { rows: [endpoint] } = await sql<Known>`select id, url, failures, secrets, secret_overlap_until as "secretOverlapUntil" from tenancy.webhook_endpoint
    where tenant_id = ${tenantId}::uuid and id = ${endpointId}::uuid and state = 'ACTIVE' and (retry_at is null or retry_at <= ${now})`.execute(db);
  if (!endpoint) return null;
  const { rows: messages } = await sql<ClaimedMessage & { seq: string }>`with picked as materialized (
      select m.id from tenancy.webhook_message m
      where m.tenant_id = ${tenantId}::uuid and m.endpoint_id = ${endpointId}::uuid and m.state = 'PENDING' and m.next_at <= ${now} and (m.leased_until is null or m.leased_until <= ${now})
        and not exists (select from tenancy.webhook_message e
          where e.tenant_id = m.tenant_id and e.endpoint_id = m.endpoint_id and e.stream_id = m.stream_id and e.state = 'PENDING' and e.seq < m.seq)
      order by m.seq limit ${endpoint.failures > 0 ? 1 : AT_ONCE} for update of m skip locked)
    update tenancy.webhook_message t set leased_until = ${new Date(now.getTime() + LEASE_MS)} from picked where t.tenant_id = ${tenantId}::uuid and t.id = picked.id
    returning t.id, t.event_id as "eventId", t.stream_id as "streamId", t.body, t.seq`.execute(db);
  if (messages.length > 0) {
    return { url: endpoint.url, secrets: await secrets.open(unit.tx, tenantId, endpoint, now), messages: messages.sort((a, b) => Number(BigInt(a.seq) - BigInt(b.seq))) };
  }
  await putOff(unit, tenantId, endpointId);
  return null;
}

/** What waits for an earlier message about the same thing is due when that one is: else it would be looked for every second. */
async function putOff({ tx, now }: UnitOfWork, tenantId: string, endpointId: string): Promise<void> {
  await sql`update tenancy.webhook_message t set next_at = first.next_at
    from (select distinct on (stream_id) stream_id, seq, next_at from tenancy.webhook_message
      where tenant_id = ${tenantId}::uuid and endpoint_id = ${endpointId}::uuid and state = 'PENDING' and stream_id is not null order by stream_id, seq) first
    where t.tenant_id = ${tenantId}::uuid and t.endpoint_id = ${endpointId}::uuid and t.state = 'PENDING' and t.next_at <= ${now}
      and t.stream_id = first.stream_id and t.seq > first.seq and first.next_at > ${now}`.execute(tx.getKysely());
}
