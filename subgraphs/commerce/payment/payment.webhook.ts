// Webhooks of payments: prove the sender over the raw bytes, note once that something happened, answer. What happened is asked of the provider afterwards, by a job.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { newId } from '../../kernel/base/ids.js';
import type { Logger } from '../../kernel/base/logger.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { OpenAccount, PaymentAccess } from './account.access.js';
import type { PaymentCrashPoint } from './payment.crash.js';
import { PaymentWebhookReceived } from './payment.events.js';
import type { PaymentSettlement } from './payment.settle.js';

const STATUS = { 'unknown-account': 404, 'missing-signature': 401, 'bad-signature': 401, 'malformed-json': 400, 'too-large': 413 } as const;
type Reason = keyof typeof STATUS;
const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000';
const LONGEST_SECONDS = 3_600;

export interface PaymentWebhookDeps {
  unit: UnitOfWorkDeps;
  access: PaymentAccess;
  settlement: PaymentSettlement;
  logger: Logger;
  crash: CrashPoint<PaymentCrashPoint>;
}

export class PaymentWebhookService {
  constructor(private readonly deps: PaymentWebhookDeps) {}

  /** An account that is switched off hears all the same: what was begun with it goes on. */
  async receive(request: RouteRequest): Promise<RouteResponse> {
    const account = await this.deps.access.byKey(request.params['accountKey'] ?? '');
    if (!account) return this.#refuse(null, 'unknown-account', request);
    if (request.oversize) return this.#refuse(account, 'too-large', request);
    const { body, headers, correlationId } = request;
    const event = account.provider.readWebhook({ body, headers, now: this.deps.unit.clock.now() });
    if ('refused' in event) return this.#refuse(account, event.refused, request);
    this.deps.crash('payment_webhook:verified');
    const { tenantId } = account;
    const { eventId, type, externalId, paymentId } = event;
    await runUnit(this.deps.unit, tenantScope(tenantId), { actor: this.#actor(account, request), correlationId }, async (unit) => {
      const webhookId = newId();
      const stored = await sql`insert into commerce.payment_webhook (tenant_id, id, account_id, event_id, type, external_id, payment_id, state, received_at, due_at)
        values (${tenantId}::uuid, ${webhookId}::uuid, ${account.id}::uuid, ${eventId}, ${type}, ${externalId}, ${paymentId}::uuid, 'RECEIVED', ${unit.now}, ${unit.now}) on conflict do nothing`.execute(unit.tx.getKysely());
      if (Number(stored.numAffectedRows ?? 0) === 0) return;
      unit.emit(PaymentWebhookReceived, { webhookId });
      unit.audit({ action: 'payment_webhook.receive', type: 'API', outcome: 'SUCCESS', resource: { type: 'PaymentAccount', id: account.id } });
    });
    this.deps.crash('payment_webhook:stored');
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{"received":true}' };
  }

  /** @returns whether it was of a payment of ours @throws when its provider or the database is away: it is tried again */
  async read(tenantId: string, webhookId: string): Promise<boolean> {
    const correlationId = `payment-webhook-${webhookId}`;
    const origin = { actor: systemActor(tenantId), correlationId };
    const paymentId = await this.deps.unit.database.inScope(tenantScope(tenantId), async (tx) => {
      const { rows: [row] } = await sql<{ id: string | null }>`select p.id from commerce.payment_webhook w left join lateral (
          select p.id from commerce.payment p where p.tenant_id = w.tenant_id and p.account_id = w.account_id and (p.external_id = w.external_id or p.id = w.payment_id) limit 1) p on true
        where w.id = ${webhookId}::uuid and w.state = 'RECEIVED'`.execute(tx.getKysely());
      return row?.id;
    }, { readOnly: true });
    if (paymentId === undefined) return false;
    // Counted before it is looked into: what kills its process every time waits longer every time.
    await runUnit(this.deps.unit, tenantScope(tenantId), origin, (unit) => sql`update commerce.payment_webhook set attempts = attempts + 1,
        due_at = ${unit.now}::timestamptz + make_interval(secs => least(${LONGEST_SECONDS}, 3 * power(4, least(attempts, 10)))) where id = ${webhookId}::uuid`.execute(unit.tx.getKysely()));
    this.deps.crash('payment_webhook:counted');
    const unclear = paymentId !== null && (await this.deps.settlement.settle(tenantId, paymentId, correlationId)).unclear;
    if (unclear) return true;
    this.deps.crash('payment_webhook:looked');
    await runUnit(this.deps.unit, tenantScope(tenantId), origin, (unit) => sql`update commerce.payment_webhook set state = ${paymentId === null ? 'IGNORED' : 'PROCESSED'}
      where id = ${webhookId}::uuid`.execute(unit.tx.getKysely()));
    this.deps.crash('payment_webhook:closed');
    return paymentId !== null;
  }

  /** Nothing is stored but one security event a minute for each account and reason. */
  async #refuse(account: OpenAccount | null, reason: Reason, request: RouteRequest): Promise<RouteResponse> {
    const { correlationId } = request;
    await runUnit(this.deps.unit, account ? tenantScope(account.tenantId) : platformScope, { actor: this.#actor(account, request), correlationId }, async (unit) => {
      const { rows: [counted] } = await sql<{ count: number }>`insert into commerce.payment_webhook_refusal (account_id, reason, minute) values (${account?.id ?? NO_ACCOUNT}::uuid, ${reason}, date_trunc('minute', ${unit.now}::timestamptz))
        on conflict (account_id, reason, minute) do update set count = payment_webhook_refusal.count + 1 returning count`.execute(unit.tx.getKysely());
      if (counted?.count !== 1) return;
      unit.audit({ action: `payment_webhook.${reason.replaceAll('-', '_')}`, type: 'SECURITY', outcome: 'DENIED', reason, resource: { type: 'PaymentAccount', id: account?.id ?? null } });
    });
    this.deps.logger.warn({ reason, accountId: account?.id ?? null, correlationId }, 'a webhook of payments was refused');
    return { status: STATUS[reason], headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: reason }) };
  }

  #actor(account: OpenAccount | null, { ip, headers }: RouteRequest) {
    return { ...systemActor(account?.tenantId ?? null), ip, userAgent: headers['user-agent'] ?? null };
  }
}
