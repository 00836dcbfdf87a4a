// Moving a tenant through its life. Each change locks the row, looks the transition up, and announces where the tenant stands now.
import { canonicalCurrency, canonicalLocale, canonicalTimeZone } from '../../kernel/base/preferences.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { settingsFrom } from '../setting/setting.schema.js';
import { db } from '../tables.js';
import { TENANT_COLUMNS, type TenantView } from '../tenant/tenant.loaders.js';
import { tenantInDirectory } from './life.directory.js';
import { TenantDeletionCancelled, TenantDeletionScheduled, TenantReactivated, TenantSuspended, TenantUpdated, type TenantLifeEvent } from './life.events.js';
import type { TenantUpdateInput } from './life.inputs.js';
import { TRANSITIONS, TenantState, type Transition } from './life.states.js';

const tenantNotFound = (): Refusal => new Refusal('TenantNotFound', ErrorCode.NOT_FOUND, 'There is no such tenant.', ['input', 'tenantId']);

interface Changes {
  set: Partial<Pick<TenantView, 'name' | 'locale' | 'timeZone' | 'currency' | 'state' | 'suspensionReason' | 'deletionDueAt' | 'resumes'>>;
  /** The properties that the trail tells of, before and after. */
  told: readonly (keyof Changes['set'])[];
  event: TenantLifeEvent;
}

export class LifeService {
  constructor(private readonly deps: SubgraphDeps) {}

  /** @throws Refusal InputInvalid, TenantStateWrong */
  update(context: OperationContext, input: TenantUpdateInput): Promise<TenantView> {
    const set = definedIn({
      name: input.name?.trim(),
      locale: given(input.locale, 'locale', canonicalLocale),
      timeZone: given(input.timeZone, 'timeZone', canonicalTimeZone),
      currency: given(input.currency, 'currency', canonicalCurrency),
    });
    return this.#move(context, context.tenantId, TRANSITIONS.update, () => ({ set, told: Object.keys(set) as (keyof Changes['set'])[], event: TenantUpdated }));
  }

  /** People and keys of the tenant are refused within a second; what its customers send is still taken. @throws Refusal TenantNotFound, TenantStateWrong */
  suspend(context: OperationContext, tenantId: string, reason: string): Promise<TenantView> {
    return this.#ofPlatform(context, tenantId, TRANSITIONS.suspend, () => ({
      set: { state: TenantState.SUSPENDED, suspensionReason: reason.trim() }, told: ['state', 'suspensionReason'], event: TenantSuspended,
    }));
  }

  /** @throws Refusal TenantNotFound, TenantStateWrong */
  reactivate(context: OperationContext, tenantId: string): Promise<TenantView> {
    return this.#ofPlatform(context, tenantId, TRANSITIONS.reactivate, () => ({
      set: { state: TenantState.ACTIVE, suspensionReason: null }, told: ['state', 'suspensionReason'], event: TenantReactivated,
    }));
  }

  /** @throws Refusal InputInvalid for another name, TenantStateWrong */
  delete(context: OperationContext, confirmName: string): Promise<TenantView> {
    return this.#move(context, context.tenantId, TRANSITIONS.delete, (tenant, { now }) => {
      if (tenant.name !== confirmName) throw invalidInput('This is not the name of the tenant.', ['input', 'confirmName']);
      const deletionDueAt = new Date(now.getTime() + this.deps.config.tenantGraceSeconds * 1_000);
      return {
        set: { state: TenantState.DELETING, resumes: tenant.state === TenantState.SUSPENDED ? TenantState.SUSPENDED : TenantState.ACTIVE, deletionDueAt },
        told: ['state', 'deletionDueAt'], event: TenantDeletionScheduled,
      };
    });
  }

  /** It is again what it was: a suspended tenant is suspended. @throws Refusal TenantNotFound, TenantStateWrong */
  async cancelDeletion(context: OperationContext, tenantId: string): Promise<TenantView> {
    if (tenantId !== context.tenantId) throw tenantNotFound();
    return this.#move(context, context.tenantId, TRANSITIONS.cancelDeletion, ({ resumes }) => ({
      set: { state: resumes ?? TenantState.ACTIVE, resumes: null, deletionDueAt: null }, told: ['state', 'deletionDueAt'], event: TenantDeletionCancelled,
    }));
  }

  /** In the tenant's scope, and in both trails: its own, and that of the platform whose person acts. */
  async #ofPlatform(context: OperationContext, tenantId: string, transition: Transition, changes: (tenant: TenantView) => Changes): Promise<TenantView> {
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Tenant', id: tenantId } };
    if (!await context.load(tenantInDirectory, tenantId)) throw tenantNotFound();
    const before = audit.scope;
    audit.scope = tenantScope(tenantId);
    return this.#move(context, tenantId, transition, changes, (unit) => unit.audit(audit.draft, null)).catch((error: unknown) => {
      // What was refused is the platform's business alone.
      audit.scope = before;
      throw error;
    });
  }

  #move(
    context: OperationContext, tenantId: string, { from, otherwise }: Transition, changes: (tenant: TenantView, unit: UnitOfWork) => Changes,
    besides: (unit: UnitOfWork) => void = () => undefined,
  ): Promise<TenantView> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Tenant', id: tenantId } };
      const before = await db(unit.tx).selectFrom('Tenant').select(TENANT_COLUMNS).where('id', '=', tenantId).forUpdate().executeTakeFirst();
      if (!before) throw tenantNotFound();
      if (!from.includes(before.state)) throw new Refusal('TenantStateWrong', ErrorCode.WRONG_STATE, otherwise);
      const { set, told, event } = changes(before, unit);
      const after = await db(unit.tx).updateTable('Tenant').set(({ eb }) => ({ ...set, version: eb('version', '+', 1), announcedAt: unit.now }))
        .where('id', '=', tenantId).returning(TENANT_COLUMNS).executeTakeFirstOrThrow();
      await announceLife(unit, after, event);
      const facts = (of: TenantView) => Object.fromEntries(told.map((name) => [name, of[name]]));
      audit.draft = { ...audit.draft, before: facts(before), after: facts(after) };
      besides(unit);
      return after;
    });
  }
}

/** Says where a tenant stands, inside a change in its scope. */
export async function announceLife(unit: UnitOfWork, { id, name, state, version }: Pick<TenantView, 'id' | 'name' | 'state' | 'version'>, event: TenantLifeEvent): Promise<void> {
  if (state === TenantState.ERASING) throw new Error('What is being erased is announced to be erased, and nothing else.');
  const row = await db(unit.tx).selectFrom('TenantSetting').select('settings').where('tenantId', '=', id).executeTakeFirst();
  const { whiteLabel, displayName, supportUrl, poweredBy } = settingsFrom(row?.settings ?? {}).branding;
  unit.emit(event, { tenantId: id, name, state, version, ...(whiteLabel ? { brand: { name: displayName ?? name, supportUrl, poweredBy } } : {}) });
}

function auditOf(context: OperationContext): MutationAudit {
  if (!context.mutation) throw new Error('This runs inside a root mutation field.');
  return context.mutation;
}

const given = (text: string | null | undefined, name: string, canonical: (text: string, field: readonly string[]) => string): string | undefined =>
  (text === null || text === undefined ? undefined : canonical(text, ['input', name]));

const definedIn = (set: { [Key in 'name' | 'locale' | 'timeZone' | 'currency']: string | undefined }): Changes['set'] =>
  Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
