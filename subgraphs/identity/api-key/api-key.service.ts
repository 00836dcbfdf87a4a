// Keys of a tenant: listed, made, changed, rotated, revoked. A secret leaves this file once and is kept as a hash.
import { apiKeyHash, apiKeyHint, newApiKey } from '../../kernel/base/api-key.js';
import { invalidInput } from '../../kernel/base/errors.js';
import { isUuid, newId } from '../../kernel/base/ids.js';
import { isNetwork, isWithin } from '../../kernel/base/ip-networks.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { noteAccessChange } from '../access-change/access-change.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import { API_KEYS } from '../tenant-limit/tenant-limit.js';
import type { ApiKeyCreateInput, ApiKeyRotateInput, ApiKeyUpdateInput } from './api-key.inputs.js';
import type { ApiKeyRow } from './api-key.loaders.js';
import { apiKeyNotFound, apiKeyRevoked, scopesRefused } from './api-key.refusals.js';
import { possibleScopes } from './api-key.scopes.js';

const HOUR = 3_600_000;

/** What the trail tells of a key: no secret, no hash. */
const told = ({ name, scopes, ips, expiresAt }: Pick<ApiKeyRow, 'name' | 'scopes' | 'ips' | 'expiresAt'>): Record<string, unknown> =>
  ({ name, scopes, ips, expiresAt: expiresAt?.toISOString() ?? null });

/** @throws Refusal ScopesRefused for those that the person who asks does not hold */
function assertHeld({ actor }: OperationContext, scopes: readonly string[], field: readonly string[]): void {
  const missing = scopes.filter((scope) => !actor.permissions.includes(scope));
  if (missing.length > 0) throw scopesRefused(missing, field);
}

/** Whether a change lets a key live longer than before, or act from more places. */
function widens(before: Pick<ApiKeyRow, 'ips' | 'expiresAt'>, { ips, expiresAt }: Pick<ApiKeyUpdateInput, 'ips' | 'expiresAt'>): boolean {
  const longer = expiresAt !== undefined && before.expiresAt !== null && (expiresAt === null || expiresAt > before.expiresAt);
  return longer || (ips !== null && ips !== undefined && !isWithin(ips, before.ips));
}

export class ApiKeyService {
  /** @param published every permission that exists */
  constructor(private readonly deps: SubgraphDeps, private readonly published: () => readonly string[], private readonly quotas: Quotas) {}

  /** Keys of the tenant, newest first. @throws BAD_USER_INPUT */
  async page(context: OperationContext, { first, after }: PageArgs): Promise<Page<ApiKeyRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
    const found = await db(await context.read()).selectFrom('ApiKey').selectAll().where('tenantId', '=', context.tenantId)
      .$if(beyond !== undefined, (query) => query.where('id', '<', String(beyond)))
      .orderBy('id', 'desc').limit(size + 1).execute();
    return pageOf(found, size, after, ({ id }) => encodeCursor([id]));
  }

  /** @throws Refusal InputInvalid, ScopesRefused, FeatureNotInTier */
  async create(context: OperationContext, input: ApiKeyCreateInput): Promise<{ apiKey: ApiKeyRow; secret: string }> {
    const { tenantId, userId } = context;
    this.#check(context, input, input.scopes);
    const id = newId();
    const secret = newApiKey(this.deps.config.production ? 'live' : 'test');
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'ApiKey', id } };
    return context.mutate(async (unit) => {
      await this.quotas.assertFeature(unit, tenantId, API_KEYS);
      await this.quotas.take(unit, tenantId, API_KEYS, null);
      const apiKey = await db(unit.tx).insertInto('ApiKey').values({
        tenantId, id, name: input.name, hint: apiKeyHint(secret), scopes: input.scopes.toSorted(), ips: input.ips ?? [], expiresAt: input.expiresAt ?? null,
        createdBy: userId, createdAt: unit.now, revokedAt: null, lastUsedAt: null, lastUsedIp: null,
      }).returningAll().executeTakeFirstOrThrow();
      await this.#addSecret(unit, tenantId, id, secret);
      audit.draft = { ...audit.draft, after: told(apiKey) };
      return { apiKey, secret };
    });
  }

  /** @throws Refusal InputInvalid, ApiKeyNotFound, ApiKeyRevoked, ScopesRefused */
  async update(context: OperationContext, id: string, input: ApiKeyUpdateInput): Promise<ApiKeyRow> {
    const { tenantId } = context;
    return this.#change(context, id, async (unit, before) => {
      const added = (input.scopes ?? []).filter((scope) => !before.scopes.includes(scope));
      this.#check(context, input, added);
      // Letting a key live longer or in more places is as much as giving it out: also what it has already must be one's own.
      if (widens(before, input)) assertHeld(context, input.scopes ?? before.scopes, ['input', 'apiKeyId']);
      const after = await db(unit.tx).updateTable('ApiKey').set({
        name: input.name ?? before.name, scopes: input.scopes?.toSorted() ?? before.scopes, ips: input.ips ?? before.ips,
        expiresAt: input.expiresAt === undefined ? before.expiresAt : input.expiresAt,
      }).where('tenantId', '=', tenantId).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
      return { result: after, before: told(before), after: told(after) };
    });
  }

  /** @throws Refusal ApiKeyNotFound, ApiKeyRevoked, ScopesRefused */
  async rotate(
    context: OperationContext, id: string, { overlapHours }: ApiKeyRotateInput,
  ): Promise<{ apiKey: ApiKeyRow; secret: string; oldSecretEndsAt: Date }> {
    const { tenantId } = context;
    const secret = newApiKey(this.deps.config.production ? 'live' : 'test');
    return this.#change(context, id, async (unit, before) => {
      assertHeld(context, before.scopes, ['input', 'apiKeyId']);
      const oldSecretEndsAt = new Date(unit.now.getTime() + overlapHours * HOUR);
      await db(unit.tx).updateTable('ApiKeySecret').set({ endsAt: oldSecretEndsAt })
        .where('tenantId', '=', tenantId).where('apiKeyId', '=', id)
        // Those that run out already must not live longer, but may have to end sooner.
        .where((on) => on.or([on('endsAt', 'is', null), on('endsAt', '>', oldSecretEndsAt)])).execute();
      await this.#addSecret(unit, tenantId, id, secret);
      const apiKey = await db(unit.tx).updateTable('ApiKey').set({ hint: apiKeyHint(secret) })
        .where('tenantId', '=', tenantId).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
      return { result: { apiKey, secret, oldSecretEndsAt }, after: { oldSecretEndsAt: oldSecretEndsAt.toISOString() } };
    });
  }

  /** Repeating it changes nothing. @throws Refusal ApiKeyNotFound */
  async revoke(context: OperationContext, id: string): Promise<ApiKeyRow> {
    const { tenantId } = context;
    return this.#change(context, id, async (unit, before) => {
      if (before.revokedAt !== null) return { result: before };
      const result = await db(unit.tx).updateTable('ApiKey').set({ revokedAt: unit.now })
        .where('tenantId', '=', tenantId).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
      await this.quotas.giveBack(unit, tenantId, API_KEYS);
      return { result, before: { revokedAt: null }, after: { revokedAt: unit.now.toISOString() } };
    }, true);
  }

  /** One change of a key under its lock, which gateways hear of. */
  async #change<T>(
    context: OperationContext, id: string,
    work: (unit: UnitOfWork, before: ApiKeyRow) => Promise<{ result: T; before?: Record<string, unknown>; after?: Record<string, unknown> }>,
    alsoRevoked = false,
  ): Promise<T> {
    const { tenantId } = context;
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'ApiKey', id } };
    return context.mutate(async (unit) => {
      const before = await db(unit.tx).selectFrom('ApiKey').selectAll().where('tenantId', '=', tenantId).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!before) throw apiKeyNotFound();
      if (before.revokedAt !== null && !alsoRevoked) throw apiKeyRevoked();
      const { result, ...facts } = await work(unit, before);
      audit.draft = { ...audit.draft, ...facts };
      await noteAccessChange(unit, { home: tenantId, apiKeyId: id });
      return result;
    });
  }

  async #addSecret({ tx, now }: UnitOfWork, tenantId: string, apiKeyId: string, secret: string): Promise<void> {
    await db(tx).insertInto('ApiKeySecret').values({ tenantId, hash: apiKeyHash(secret), apiKeyId, createdAt: now, endsAt: null }).execute();
  }

  /** @param added scopes the key did not have. @throws Refusal InputInvalid, ScopesRefused */
  #check(context: OperationContext, { ips, expiresAt }: Pick<ApiKeyCreateInput, 'ips' | 'expiresAt'>, added: readonly string[]): void {
    const possible = possibleScopes(this.published());
    const unknown = added.find((scope) => !possible.includes(scope));
    if (unknown !== undefined) throw invalidInput('A key cannot have a scope of this name.', ['input', 'scopes']);
    assertHeld(context, added, ['input', 'scopes']);
    if (ips?.some((text) => !isNetwork(text))) throw invalidInput('This is no list of addresses and networks.', ['input', 'ips']);
    if (expiresAt && expiresAt <= this.deps.clock.now()) throw invalidInput('A key ends in the future.', ['input', 'expiresAt']);
  }
}
