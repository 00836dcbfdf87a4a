// Webhooks in: prove the sender, store the raw bytes once, answer. What they mean is read afterwards.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { Logger } from '../../kernel/base/logger.js';
import type { Arrival } from '../channel/channel.port.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { ConversationsCrashPoint } from '../conversations.crash.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import { DeliveryStore } from './webhook-delivery.store.js';

export type RefusalReason = 'unknown-inbox' | 'bad-signature' | 'missing-signature' | 'malformed-json' | 'too-large' | 'bad-verify-token'
  | 'unknown-origin' | 'bad-identity' | 'identity-required';

const STATUS: Record<RefusalReason, number> = {
  'unknown-inbox': 404, 'bad-signature': 401, 'missing-signature': 401, 'malformed-json': 400, 'too-large': 413, 'bad-verify-token': 403,
  'unknown-origin': 403, 'bad-identity': 401, 'identity-required': 401,
};
const NO_INBOX = '00000000-0000-0000-0000-000000000000';

export interface WebhookDeps {
  unit: UnitOfWorkDeps;
  inboxes: InboxService;
  logger: Logger;
  crash: CrashPoint<ConversationsCrashPoint>;
}

export class WebhookDeliveryService {
  readonly #deliveries: DeliveryStore;

  constructor(private readonly deps: WebhookDeps) {
    this.#deliveries = new DeliveryStore(deps.unit, deps.inboxes);
  }

  /** Meta's subscription handshake: the bare challenge, or 403. */
  async verify(request: RouteRequest): Promise<RouteResponse> {
    const inbox = await this.#inbox(request);
    if (!inbox) return this.refuse(null, 'unknown-inbox', request);
    const challenge = inbox.channel.verifySubscription(request.query);
    if (challenge === null) return this.refuse(inbox, 'bad-verify-token', request);
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: challenge };
  }

  async receive(request: RouteRequest): Promise<RouteResponse> {
    const inbox = await this.#inbox(request);
    if (!inbox) return this.refuse(null, 'unknown-inbox', request);
    const taken = await this.take(inbox, request);
    return 'status' in taken ? taken : { status: 200, headers: { 'content-type': inbox.channel.acknowledgement.contentType }, body: inbox.channel.acknowledgement.body };
  }

  /**
   * Stores a call to an inbox once its sender is proved, or refuses it.
   * @param check what is not to be stored all the same: its answer
   */
  async take(inbox: OpenInbox, request: RouteRequest, check?: (decoded: unknown, arrival: Arrival) => RouteResponse | null | Promise<RouteResponse | null>): Promise<RouteResponse | { stored: true }> {
    if (request.oversize) return this.refuse(inbox, 'too-large', request);
    const { channel } = inbox;
    const call = { ...request, inboxId: inbox.id, receivedAt: this.deps.unit.clock.now() };
    if (!await channel.verify(call)) return this.refuse(inbox, request.headers[channel.signatureHeader] ? 'bad-signature' : 'missing-signature', request);
    const decoded = channel.decode(request.body);
    if (decoded === undefined) return this.refuse(inbox, 'malformed-json', request);
    const notes = channel.note(call);
    const fault = await check?.(decoded, { receivedAt: call.receivedAt, notes }) ?? null;
    if (fault) return fault;
    this.deps.crash('ingest:verified');
    await this.#store(inbox, request, channel.envelopeId(decoded, call), notes);
    this.deps.crash('ingest:stored');
    return { stored: true };
  }

  /** The inbox that the address names, if it is of the channel that the address names. */
  async #inbox({ params }: RouteRequest): Promise<OpenInbox | null> {
    const inbox = await this.deps.inboxes.byKey(params['inboxKey'] ?? '');
    return inbox && inbox.channel.slug === params['channel'] && !inbox.channel.ownRoutes ? inbox : null;
  }

  /** What of an app's delivery is an inbox's own; the app's signature proved it. */
  storePart(inbox: Pick<OpenInbox, 'tenantId' | 'id'>, request: RouteRequest): Promise<void> {
    return this.#store(inbox, request, null, {});
  }

  refuseApp(reason: RefusalReason, request: RouteRequest): Promise<RouteResponse> {
    return this.refuse(null, reason, request);
  }

  #store({ tenantId, id: inboxId }: Pick<OpenInbox, 'tenantId' | 'id'>, { body, correlationId, ip, headers }: RouteRequest, envelopeId: string | null, notes: Record<string, string>): Promise<void> {
    const key = envelopeId ?? createHash('sha256').update(body).digest('hex');
    return this.#deliveries.store({ tenantId, inboxId }, { key, body, notes, correlationId, ip, userAgent: headers['user-agent'] ?? null });
  }

  /** Nothing is stored but one security event a minute for each inbox and reason. */
  async refuse(inbox: OpenInbox | null, reason: RefusalReason, { correlationId, ip, headers }: RouteRequest): Promise<RouteResponse> {
    const scope = inbox ? tenantScope(inbox.tenantId) : platformScope;
    const actor = { ...systemActor(inbox?.tenantId ?? null), ip, userAgent: headers['user-agent'] ?? null };
    await runUnit(this.deps.unit, scope, { actor, correlationId }, async (unit) => {
      const counted = await sql<{ count: number }>`
        insert into conversations.webhook_refusal (inbox_id, reason, minute) values (${inbox?.id ?? NO_INBOX}::uuid, ${reason}, date_trunc('minute', ${unit.now}::timestamptz))
        on conflict (inbox_id, reason, minute) do update set count = webhook_refusal.count + 1 returning count`.execute(unit.tx.getKysely());
      if (counted.rows[0]?.count !== 1) return;
      unit.audit({ action: `webhook.${reason.replaceAll('-', '_')}`, type: 'SECURITY', outcome: 'DENIED', reason, resource: { type: 'Inbox', id: inbox?.id ?? null } });
    });
    this.deps.logger.warn({ reason, inboxId: inbox?.id ?? null, correlationId }, 'webhook refused');
    return { status: STATUS[reason], headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error: reason }) };
  }
}
