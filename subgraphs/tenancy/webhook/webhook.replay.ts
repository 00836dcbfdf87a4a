// What was sent, or given up, is sent anew: the same body by the same `webhook-id`, from the first attempt on.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { callAtOnce, holdEndpoint } from './webhook.endpoint.js';
import { GIVEN_UP_MS } from './webhook.schedule.js';

export const MOST_REPLAYED = 1_000;

const anew = (now: Date) => sql`state = 'PENDING', attempts = 0, next_at = ${now}, leased_until = null, finished_at = null, expires_at = ${new Date(now.getTime() + GIVEN_UP_MS)}`;

/** One that waits already is tried at once. @throws Refusal WebhookMessageNotFound */
export function replayMessage(context: OperationContext, id: string): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'WebhookMessage', id } };
    const db = unit.tx.getKysely();
    // Whoever records what came of a call holds the endpoint first, too.
    await sql`select from tenancy.webhook_endpoint where id = (select endpoint_id from tenancy.webhook_message where id = ${id}::uuid) for update`.execute(db);
    const { rows: [held] } = await sql<{ endpointId: string; state: string; type: string }>`select endpoint_id as "endpointId", state, type from tenancy.webhook_message where id = ${id}::uuid for update`.execute(db);
    if (!held) throw new Refusal('WebhookMessageNotFound', ErrorCode.NOT_FOUND, 'There is no such message in your tenant.', ['input', 'webhookMessageId']);
    // Who sends it just now has it: it is not given to another.
    await sql`update tenancy.webhook_message set ${held.state === 'PENDING' ? sql`next_at = ${unit.now}` : anew(unit.now)} where id = ${id}::uuid`.execute(db);
    await callAtOnce(unit, context.tenantId, held.endpointId, false);
    audit.draft = { ...audit.draft, before: { state: held.state }, after: { state: 'PENDING', eventType: held.type } };
  });
}

/** Those that were given up, the oldest first. @returns how many @throws Refusal WebhookEndpointNotFound */
export function replayFailed(context: OperationContext, endpointId: string, since: Date): Promise<number> {
  const { tenantId } = context;
  return context.mutate(async (unit, audit) => {
    await holdEndpoint(unit, audit, endpointId);
    const { rows } = await sql`with picked as materialized (
      select m.id from tenancy.webhook_message m where m.tenant_id = ${tenantId}::uuid and m.endpoint_id = ${endpointId}::uuid and m.state = 'FAILED' and m.occurred_at >= ${since}
      order by m.seq limit ${MOST_REPLAYED} for update)
      update tenancy.webhook_message t set ${anew(unit.now)} from picked where t.tenant_id = ${tenantId}::uuid and t.id = picked.id returning t.id`.execute(unit.tx.getKysely());
    if (rows.length > 0) await callAtOnce(unit, tenantId, endpointId, false);
    audit.draft = { ...audit.draft, after: { since, replayed: rows.length } };
    return rows.length;
  });
}
