// Endpoints of a tenant: made, changed, given new secrets, switched, tried out, deleted.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { givenAddress } from '../../kernel/base/given-address.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { newWebhookSecret, type WebhookSecrets } from '../../kernel/crypto/webhook-secrets.js';
import { countAlone } from '../../kernel/data/scarce.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { bodyOf, publicEventOf, TEST_TYPE } from './public-events.js';
import type { WebhookEndpointState } from './webhook.entity.js';
import { WebhookSendRequested } from './webhook.events.js';
import type { WebhookEndpointCreateInput, WebhookEndpointUpdateInput } from './webhook.inputs.js';
import { GIVEN_UP_MS } from './webhook.schedule.js';

export const MOST_ENDPOINTS = 10;
const MOST_HOURS = 168;
const HOUR_MS = 3_600_000;
const MOST_DESCRIPTION = 200;
export const ENDPOINT = ['input', 'webhookEndpointId'];

export const noEndpoint = (): Refusal => new Refusal('WebhookEndpointNotFound', ErrorCode.NOT_FOUND, 'There is no such endpoint in your tenant.', ENDPOINT);

export class WebhookEndpoints {
  constructor(private readonly secrets: WebhookSecrets, private readonly toLoopback: boolean) {}

  /** @returns its secret, which is shown this once @throws Refusal InputInvalid, WebhookEndpointLimitReached */
  create(context: OperationContext, input: WebhookEndpointCreateInput): Promise<{ id: string; signingSecret: string }> {
    const { tenantId } = context;
    const given = { url: this.#addressOf(input.url), description: descriptionOf(input.description), eventTypes: typesOf(input.eventTypes) };
    return context.mutate(async (unit, audit) => {
      const [id, signingSecret] = [newId(), newWebhookSecret()];
      audit.draft = { ...audit.draft, resource: { type: 'WebhookEndpoint', id } };
      await countAlone(unit.tx, 'webhook-endpoint', tenantId);
      const { rows } = await sql`select from tenancy.webhook_endpoint where tenant_id = ${tenantId}::uuid limit ${MOST_ENDPOINTS}`.execute(unit.tx.getKysely());
      if (rows.length >= MOST_ENDPOINTS) throw new Refusal('WebhookEndpointLimitReached', ErrorCode.LIMIT_REACHED, `There may be ${MOST_ENDPOINTS} at the most.`, null);
      const secrets = await this.secrets.seal(unit.tx, tenantId, id, signingSecret);
      await sql`insert into tenancy.webhook_endpoint (tenant_id, id, url, description, event_types, secrets, state, created_at)
        values (${tenantId}::uuid, ${id}::uuid, ${given.url}, ${given.description}, ${given.eventTypes}::text[], ${secrets}, 'ACTIVE', ${unit.now})`.execute(unit.tx.getKysely());
      audit.draft = { ...audit.draft, after: recorded(given) };
      return { id, signingSecret };
    });
  }

  /** At a new address it is called at once, whatever the old one did. @throws Refusal WebhookEndpointNotFound, InputInvalid */
  update(context: OperationContext, id: string, input: WebhookEndpointUpdateInput): Promise<void> {
    const given = {
      ...(typeof input.url === 'string' ? { url: this.#addressOf(input.url) } : {}),
      ...(input.description === undefined ? {} : { description: descriptionOf(input.description) }),
      ...(input.eventTypes ? { eventTypes: typesOf(input.eventTypes) } : {}),
    };
    return context.mutate(async (unit, audit) => {
      const { url, description, eventTypes } = await holdEndpoint(unit, audit, id);
      const after = { url, description, eventTypes, ...given };
      await sql`update tenancy.webhook_endpoint set url = ${after.url}, description = ${after.description}, event_types = ${after.eventTypes}::text[] where id = ${id}::uuid`.execute(unit.tx.getKysely());
      if (after.url !== url) await callAtOnce(unit, context.tenantId, id);
      audit.draft = { ...audit.draft, before: recorded({ url, description, eventTypes }), after: recorded(after) };
    });
  }

  /** Repeating it changes nothing. What waits is sent as soon as it is switched on. @throws Refusal WebhookEndpointNotFound */
  switch(context: OperationContext, id: string, to: WebhookEndpointState): Promise<void> {
    return context.mutate(async (unit, audit) => {
      const { state } = await holdEndpoint(unit, audit, id);
      audit.draft = { ...audit.draft, before: { state }, after: { state: to } };
      if (state === to) return;
      const off = to === 'DISABLED';
      await sql`update tenancy.webhook_endpoint set state = ${to}, disabled_reason = ${off ? 'STAFF' : null}, disabled_at = ${off ? unit.now : null} where id = ${id}::uuid`.execute(unit.tx.getKysely());
      if (!off) await callAtOnce(unit, context.tenantId, id);
    });
  }

  /** @returns the new secret, which is shown this once @throws Refusal WebhookEndpointNotFound, InputInvalid */
  rotate(context: OperationContext, id: string, overlapHours: number): Promise<string> {
    const { tenantId } = context;
    if (overlapHours < 0 || overlapHours > MOST_HOURS) throw invalidInput(`The overlap is 0 to ${MOST_HOURS} hours.`, ['input', 'overlapHours']);
    return context.mutate(async (unit, audit) => {
      const held = await holdEndpoint(unit, audit, id);
      const [present] = await this.secrets.open(unit.tx, tenantId, held, unit.now);
      const secret = newWebhookSecret();
      const until = overlapHours > 0 ? new Date(unit.now.getTime() + overlapHours * HOUR_MS) : null;
      const secrets = await this.secrets.seal(unit.tx, tenantId, id, secret, until ? present : undefined);
      await sql`update tenancy.webhook_endpoint set secrets = ${secrets}, secret_overlap_until = ${until} where id = ${id}::uuid`.execute(unit.tx.getKysely());
      audit.draft = { ...audit.draft, after: { overlapUntil: until } };
      return secret;
    });
  }

  /** Its messages and their attempts go with it. @throws Refusal WebhookEndpointNotFound */
  delete(context: OperationContext, id: string): Promise<void> {
    return context.mutate(async (unit, audit) => {
      const { url, description, eventTypes } = await holdEndpoint(unit, audit, id);
      await sql`delete from tenancy.webhook_endpoint where id = ${id}::uuid`.execute(unit.tx.getKysely());
      audit.draft = { ...audit.draft, before: recorded({ url, description, eventTypes }) };
    });
  }

  /** By the way that everything goes, so that it tells how everything goes. @returns the message @throws Refusal WebhookEndpointNotFound, WebhookEndpointDisabled */
  test(context: OperationContext, id: string): Promise<string> {
    const { tenantId } = context;
    return context.mutate(async (unit, audit) => {
      const { state } = await holdEndpoint(unit, audit, id);
      if (state === 'DISABLED') throw new Refusal('WebhookEndpointDisabled', ErrorCode.WRONG_STATE, 'The endpoint is switched off: switch it on first.', ENDPOINT);
      const [messageId, event] = [newId(), publicEventOf(TEST_TYPE)];
      await sql`insert into tenancy.webhook_message (tenant_id, id, endpoint_id, event_id, type, body, occurred_at, state, next_at, created_at, expires_at)
        values (${tenantId}::uuid, ${messageId}::uuid, ${id}::uuid, ${newId()}::uuid, ${TEST_TYPE}, ${bodyOf(event, unit.now, { endpointId: encodeId('whep', id) })}, ${unit.now}, 'PENDING',
          ${unit.now}, ${unit.now}, ${new Date(unit.now.getTime() + GIVEN_UP_MS)})`.execute(unit.tx.getKysely());
      await callAtOnce(unit, tenantId, id, false);
      return messageId;
    });
  }

  /** @throws Refusal InputInvalid */
  #addressOf(text: string): string {
    return givenAddress(text, ['input', 'url'], this.toLoopback);
  }
}

export interface HeldEndpoint { id: string; url: string; description: string; eventTypes: string[]; state: WebhookEndpointState; secrets: Uint8Array; secretOverlapUntil: Date | null }

/** @throws Refusal WebhookEndpointNotFound */
export async function holdEndpoint({ tx }: UnitOfWork, audit: MutationAudit, id: string): Promise<HeldEndpoint> {
  audit.draft = { ...audit.draft, resource: { type: 'WebhookEndpoint', id } };
  const { rows: [held] } = await sql<HeldEndpoint>`select id, url, description, event_types as "eventTypes", state, secrets, secret_overlap_until as "secretOverlapUntil"
    from tenancy.webhook_endpoint where id = ${id}::uuid for update`.execute(tx.getKysely());
  if (!held) throw noEndpoint();
  return held;
}

/** It is left alone no more. @param all whether what waits for a later attempt is tried again too */
export async function callAtOnce(unit: UnitOfWork, tenantId: string, endpointId: string, all = true): Promise<void> {
  const db = unit.tx.getKysely();
  await sql`update tenancy.webhook_endpoint set retry_at = null ${all ? sql`, failures = 0, failing_since = null` : sql``} where id = ${endpointId}::uuid`.execute(db);
  if (all) await sql`update tenancy.webhook_message set next_at = ${unit.now} where tenant_id = ${tenantId}::uuid and endpoint_id = ${endpointId}::uuid and state = 'PENDING' and next_at > ${unit.now}`.execute(db);
  unit.emit(WebhookSendRequested, { endpointId });
}

/** @throws Refusal InputInvalid */
function descriptionOf(text: string | null | undefined): string {
  const given = (text ?? '').trim().normalize('NFC');
  if ([...given].length > MOST_DESCRIPTION || /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(given)) throw invalidInput(`Give at most ${MOST_DESCRIPTION} characters on one line.`, ['input', 'description']);
  return given;
}

/** @throws Refusal InputInvalid */
function typesOf(types: readonly string[]): string[] {
  if (types.includes(TEST_TYPE)) throw invalidInput('What tries an endpoint out is sent to every one: it is not asked for.', ['input', 'eventTypes']);
  return [...new Set(types)].sort();
}

/** An address may hold a secret of its receiver in its path or query, which the trail would keep for years: it names the host. */
const recorded = <Given extends { url: string }>(given: Given): Given => ({ ...given, url: new URL(given.url).origin });
