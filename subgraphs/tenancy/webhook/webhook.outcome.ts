// What came of an attempt, in one transaction: the attempt, its message, those that wait for it, and the endpoint.
import { sql } from 'kysely';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { UsageAlerts } from '../alert/alert.service.js';
import type { Called } from './webhook.call.js';
import type { ClaimedMessage } from './webhook.claim.js';
import { FAILING_MS, leftAloneUntil, nextAttempt } from './webhook.schedule.js';

const GONE = 410;

export interface Outcome extends Called {
  tenantId: string;
  endpointId: string;
  message: ClaimedMessage;
  attemptedAt: Date;
}

interface Held { url: string; failures: number; failingSince: Date | null; state: string }

/** Of two who sent it both attempts are kept, and what is delivered stays so. */
export async function record(unit: UnitOfWork, alerts: UsageAlerts, outcome: Outcome): Promise<void> {
  const { tenantId, endpointId, message, attemptedAt, durationMs, status, failure } = outcome;
  const db = unit.tx.getKysely();
  // Whoever deletes the endpoint has deleted the message.
  const { rows: [endpoint] } = await sql<Held>`select url, failures, failing_since as "failingSince", state from tenancy.webhook_endpoint where id = ${endpointId}::uuid for update`.execute(db);
  const { rows: [held] } = await sql<{ attempts: number; state: string }>`select attempts, state from tenancy.webhook_message where id = ${message.id}::uuid for update`.execute(db);
  if (!endpoint || !held) return;
  const attempts = held.attempts + 1;
  await sql`insert into tenancy.webhook_attempt (tenant_id, id, message_id, number, attempted_at, duration_ms, status, failure)
    values (${tenantId}::uuid, ${newId()}::uuid, ${message.id}::uuid, ${attempts}, ${attemptedAt}, ${durationMs}, ${status}, ${failure})`.execute(db);
  if (held.state === 'PENDING') await move(unit, outcome, attempts);
  if (failure === null) await succeeded(unit, outcome, endpoint);
  else await failed(unit, alerts, outcome, endpoint);
}

async function move({ tx, now }: UnitOfWork, { tenantId, endpointId, message, failure }: Outcome, attempts: number): Promise<void> {
  const db = tx.getKysely();
  const next = failure === null ? null : nextAttempt(now, attempts, Math.random());
  if (next) {
    await sql`update tenancy.webhook_message set attempts = ${attempts}, next_at = ${next}, leased_until = null where id = ${message.id}::uuid`.execute(db);
    return;
  }
  await sql`update tenancy.webhook_message set state = ${failure === null ? 'DELIVERED' : 'FAILED'}, attempts = ${attempts}, leased_until = null, finished_at = ${now} where id = ${message.id}::uuid`.execute(db);
  if (message.streamId === null) return;
  await sql`update tenancy.webhook_message set next_at = ${now}
    where tenant_id = ${tenantId}::uuid and endpoint_id = ${endpointId}::uuid and stream_id = ${message.streamId}::uuid and state = 'PENDING' and next_at > ${now}`.execute(db);
}

/** One that answers again is told at once of what waited for it: not of what it had refused while it took others, which has a time of its own and only so many attempts. */
async function succeeded({ tx, now }: UnitOfWork, { tenantId, endpointId }: Outcome, { failingSince }: Held): Promise<void> {
  const db = tx.getKysely();
  await sql`update tenancy.webhook_endpoint set failures = 0, failing_since = null, retry_at = null, last_succeeded_at = ${now} where id = ${endpointId}::uuid`.execute(db);
  if (failingSince === null) return;
  await sql`update tenancy.webhook_message m set next_at = ${now} where m.tenant_id = ${tenantId}::uuid and m.endpoint_id = ${endpointId}::uuid and m.state = 'PENDING' and m.next_at > ${now}
    and not exists (select from tenancy.webhook_attempt a where a.tenant_id = m.tenant_id and a.message_id = m.id and a.attempted_at < ${failingSince})`.execute(db);
}

async function failed(unit: UnitOfWork, alerts: UsageAlerts, { tenantId, endpointId, attemptedAt, status, failure, retryAfter }: Outcome, { url, failures, failingSince, state }: Held): Promise<void> {
  const { now, tx } = unit;
  const since = failingSince ?? attemptedAt;
  const reason = state === 'DISABLED' ? null : status === GONE ? 'GONE' : now.getTime() - since.getTime() >= FAILING_MS ? 'FAILING' : null;
  await sql`update tenancy.webhook_endpoint set failures = ${failures + 1}, failing_since = ${since}, retry_at = ${leftAloneUntil(now, failures + 1, retryAfter)}, last_failed_at = ${now}, last_failure = ${failure}
    ${reason === null ? sql`` : sql`, state = 'DISABLED', disabled_reason = ${reason}, disabled_at = ${now}`} where id = ${endpointId}::uuid`.execute(tx.getKysely());
  if (reason === null) return;
  await alerts.webhookDisabled(unit, tenantId, { endpointId: encodeId('whep', endpointId), host: new URL(url).host.slice(0, 100), at: now });
  unit.audit({
    action: 'webhook_endpoint.give_up', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'WebhookEndpoint', id: endpointId },
    before: { state: 'ACTIVE' }, after: { state: 'DISABLED', reason, failures: failures + 1 },
  });
}
