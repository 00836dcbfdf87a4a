// A tenant's own integrations: made, changed, tested, switched off and on, given new secrets, deleted.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { givenAddress } from '../../kernel/base/given-address.js';
import { newId } from '../../kernel/base/ids.js';
import { newWebhookSecret, type WebhookSecrets } from '../../kernel/crypto/webhook-secrets.js';
import { countAlone, unlessTaken } from '../../kernel/data/scarce.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { checkName } from '../inbox/inbox.create.js';
import type { InboxTestResult } from '../inbox/inbox.type.js';
import { db } from '../tables.js';
import { ping } from './contact-card.protocol.js';
import type { CustomIntegrationState } from './custom-integration.entity.js';
import type { CustomIntegrationCreateInput, CustomIntegrationUpdateInput } from './custom-integration.inputs.js';
import { SHOWN, type CustomIntegrationRow } from './custom-integration.loaders.js';

const MOST_OF_TENANT = 10;
const MOST_HOURS = 168;
const HOUR_MS = 3_600_000;
export const INTEGRATION = ['input', 'customIntegrationId'];

export const noIntegration = (): Refusal => new Refusal('CustomIntegrationNotFound', ErrorCode.NOT_FOUND, 'There is no such integration in your tenant.', INTEGRATION);

export class CustomIntegrationService {
  constructor(readonly secrets: WebhookSecrets, readonly toLoopback: boolean) {}

  /** By name, whatever the case. @throws BAD_USER_INPUT */
  async page(context: OperationContext, first?: number | null, after?: string | null): Promise<Page<CustomIntegrationRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && !value.includes('\0')]);
    const { rows } = await sql<CustomIntegrationRow & { folded: string }>`select ${SHOWN}, i.folded from conversations.custom_integration i
      where i.tenant_id = ${context.tenantId}::uuid and i.folded > ${String(beyond?.[0] ?? '')} order by i.folded limit ${size + 1}`.execute((await context.read()).getKysely());
    return pageOf(rows, size, after, ({ folded }) => encodeCursor([folded]));
  }

  /** @returns its secret, which is shown this once @throws Refusal InputInvalid, CustomIntegrationNameTaken, CustomIntegrationLimitReached */
  create(context: OperationContext, input: CustomIntegrationCreateInput): Promise<{ id: string; signingSecret: string }> {
    const { tenantId } = context;
    const given = { ...namesOf(input.name), kind: input.kind, url: this.#addressOf(input.url) };
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'CustomIntegration', id } };
      await countAlone(unit.tx, 'custom-integration', tenantId);
      const { rows } = await sql`select from conversations.custom_integration where tenant_id = ${tenantId}::uuid limit ${MOST_OF_TENANT}`.execute(unit.tx.getKysely());
      if (rows.length >= MOST_OF_TENANT) throw new Refusal('CustomIntegrationLimitReached', ErrorCode.LIMIT_REACHED, `There may be ${MOST_OF_TENANT} at the most.`, null);
      const signingSecret = newWebhookSecret();
      const secrets = await this.secrets.seal(unit.tx, tenantId, id, signingSecret);
      await named(() => db(unit.tx).insertInto('CustomIntegration').values({
        tenantId, id, ...given, secrets, secretOverlapUntil: null, state: 'ACTIVE', failures: 0, retryAt: null, lastAnsweredAt: null, lastFailedAt: null, lastFailure: null,
        lastTestAt: null, lastTestCode: null, lastTestMessage: null, createdAt: unit.now,
      }).execute());
      audit.draft = { ...audit.draft, after: { name: given.name, kind: given.kind, url: given.url } };
      return { id, signingSecret };
    });
  }

  /** At a new address it is asked at once, whatever the old one did. @throws Refusal CustomIntegrationNotFound, InputInvalid, CustomIntegrationNameTaken */
  update(context: OperationContext, id: string, input: CustomIntegrationUpdateInput): Promise<void> {
    const given = {
      ...(typeof input.name === 'string' ? namesOf(input.name) : {}),
      ...(input.kind ? { kind: input.kind } : {}),
      ...(typeof input.url === 'string' ? { url: this.#addressOf(input.url) } : {}),
    };
    return context.mutate(async (unit, audit) => {
      const { name, folded, kind, url } = await hold(unit, audit, id);
      const after = { name, folded, kind, url, ...given };
      await named(() => db(unit.tx).updateTable('CustomIntegration').set({ ...after, ...(after.url === url ? {} : { failures: 0, retryAt: null }) }).where('id', '=', id).execute());
      audit.draft = { ...audit.draft, before: { name, kind, url }, after: { name: after.name, kind: after.kind, url: after.url } };
    });
  }

  /** Repeating it changes nothing. What is switched on is asked at once. @throws Refusal CustomIntegrationNotFound */
  switch(context: OperationContext, id: string, to: CustomIntegrationState): Promise<void> {
    return context.mutate(async (unit, audit) => {
      const { state } = await hold(unit, audit, id);
      if (state !== to) await db(unit.tx).updateTable('CustomIntegration').set({ state: to, failures: 0, retryAt: null }).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { state }, after: { state: to } };
    });
  }

  /** @returns the new secret, which is shown this once @throws Refusal CustomIntegrationNotFound, InputInvalid */
  rotate(context: OperationContext, id: string, overlapHours: number): Promise<string> {
    const { tenantId } = context;
    if (overlapHours < 0 || overlapHours > MOST_HOURS) throw invalidInput(`The overlap is 0 to ${MOST_HOURS} hours.`, ['input', 'overlapHours']);
    return context.mutate(async (unit, audit) => {
      const held = await hold(unit, audit, id);
      const [present] = await this.secrets.open(unit.tx, tenantId, held, unit.now);
      const secret = newWebhookSecret();
      const until = overlapHours > 0 ? new Date(unit.now.getTime() + overlapHours * HOUR_MS) : null;
      const secrets = await this.secrets.seal(unit.tx, tenantId, id, secret, until ? present : undefined);
      await db(unit.tx).updateTable('CustomIntegration').set({ secrets, secretOverlapUntil: until }).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, after: { overlapUntil: until } };
      return secret;
    });
  }

  /** Its cards go with it. @throws Refusal CustomIntegrationNotFound */
  delete(context: OperationContext, id: string): Promise<void> {
    return context.mutate(async (unit, audit) => {
      const { name, kind, url } = await hold(unit, audit, id);
      await db(unit.tx).deleteFrom('CustomIntegration').where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { name, kind, url } };
    });
  }

  /** Asks, and keeps what came of it; outside of every transaction. @throws Refusal CustomIntegrationNotFound */
  async test(context: OperationContext, id: string): Promise<InboxTestResult> {
    const { tenantId } = context;
    const tx = await context.read();
    const found = await db(tx).selectFrom('CustomIntegration').select(['id', 'url', 'secrets', 'secretOverlapUntil']).where('id', '=', id).executeTakeFirst();
    const secrets = found && await this.secrets.open(tx, tenantId, found, context.deps.clock.now());
    await context.close();
    if (!found || !secrets) throw noIntegration();
    const told = await ping({ url: found.url, secrets, toLoopback: this.toLoopback });
    const [code, message] = told.kind === 'told' ? [null, null] : [told.code, told.message.slice(0, 500)];
    return context.mutate(async (unit, audit) => {
      await hold(unit, audit, id);
      // One that answers is asked again at once.
      await db(unit.tx).updateTable('CustomIntegration').set({ lastTestAt: unit.now, lastTestCode: code, lastTestMessage: message, ...(code === null ? { failures: 0, retryAt: null } : {}) }).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, after: { passed: code === null, ...(code === null ? {} : { code }) } };
      return { passed: code === null, code, message, testedAt: unit.now };
    });
  }

  /** @throws Refusal InputInvalid */
  #addressOf(text: string): string {
    return givenAddress(text, ['input', 'url'], this.toLoopback);
  }
}

/** @throws Refusal CustomIntegrationNotFound */
async function hold({ tx }: UnitOfWork, audit: MutationAudit, id: string) {
  audit.draft = { ...audit.draft, resource: { type: 'CustomIntegration', id } };
  const held = await db(tx).selectFrom('CustomIntegration').select(['id', 'name', 'folded', 'kind', 'url', 'state', 'secrets', 'secretOverlapUntil']).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!held) throw noIntegration();
  return held;
}

/** @throws Refusal InputInvalid */
function namesOf(text: string): { name: string; folded: string } {
  const name = checkName(text).normalize('NFC');
  return { name, folded: name.toLowerCase() };
}

const named = (write: () => Promise<unknown>): Promise<unknown> =>
  unlessTaken('custom_integration_name', write, () => new Refusal('CustomIntegrationNameTaken', ErrorCode.NAME_TAKEN, 'Another integration of yours has this name.', ['input', 'name']));
