// Reading and changing a tenant's settings. Gateways hear of a change within a fraction of a second.
import { sql } from 'kysely';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { TenantFeature } from '../plan/plan.enums.js';
import { addressGate } from '../../kernel/base/settings-port.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { TenantUpdated } from '../life/life.events.js';
import { announceLife } from '../life/life.service.js';
import { TenantState } from '../life/life.states.js';
import { db } from '../tables.js';
import { changedSettings, choosesRetention, difference, toldOf } from './setting.change.js';
import type { TenantSettingsUpdateInput } from './setting.inputs.js';
import { ownAddressExcluded, settingsOutdated, tenantNotOpen } from './setting.refusals.js';
import { settingsFrom, type Settings } from './setting.schema.js';

export interface VersionedSettings extends Settings {
  version: number;
}

export class SettingService {
  /** @param auditMonths how long the platform keeps the audit trail */
  constructor(private readonly quotas: Quotas, readonly auditMonths: number) {}

  /** The actor's tenant's own; null for people of the platform. */
  async read(context: OperationContext): Promise<VersionedSettings | null> {
    const { tenant } = context.actor;
    if (tenant === null) return null;
    const row = await db(await context.read()).selectFrom('TenantSetting').select(['version', 'settings']).where('tenantId', '=', tenant).executeTakeFirst();
    return { ...settingsFrom(row?.settings ?? {}), version: row?.version ?? 0 };
  }

  /** @throws Refusal InputInvalid, SettingsOutdated, OwnAddressExcluded, TenantNotOpen, FeatureNotInTier */
  async update(context: OperationContext, input: TenantSettingsUpdateInput): Promise<VersionedSettings> {
    const { tenantId, actor } = context;
    return context.mutate(async (unit, audit) => {
      const { tx, now } = unit;
      audit.draft = { ...audit.draft, resource: { type: 'Tenant', id: tenantId } };
      const open = await db(tx).selectFrom('Tenant').select('id').where('id', '=', tenantId).executeTakeFirst();
      if (!open) throw tenantNotOpen();
      // The row first, then its lock: of two changes at once the second starts from what the first has left.
      await db(tx).insertInto('TenantSetting').values({ tenantId, version: 0, settings: sql`'{}'::jsonb`, updatedAt: now })
        .onConflict((conflict) => conflict.column('tenantId').doNothing()).execute();
      const before = await db(tx).selectFrom('TenantSetting').select(['version', 'settings']).where('tenantId', '=', tenantId).forUpdate().executeTakeFirstOrThrow();
      if (before.version !== input.expectedVersion) throw settingsOutdated(before.version);
      if (input.branding?.whiteLabel) await this.quotas.assertFeature(unit, tenantId, TenantFeature.WHITE_LABEL, ['input', 'branding', 'whiteLabel']);
      const { after, stored } = changedSettings(before.settings, input, now);
      if (choosesRetention(settingsFrom(before.settings).retention, input.retention)) await this.quotas.assertFeature(unit, tenantId, TenantFeature.CUSTOM_RETENTION, ['input', 'retention']);
      const listed = input.ipAllow ? 'ipAllow' : input.ipDeny ? 'ipDeny' : null;
      if (listed && !input.force && !addressGate(after)(actor.ip)) throw ownAddressExcluded(actor.ip, listed);
      const version = before.version + 1;
      await db(tx).updateTable('TenantSetting').set({ version, settings: sql`${JSON.stringify(stored)}::jsonb`, updatedAt: now }).where('tenantId', '=', tenantId).execute();
      await db(tx).insertInto('SettingChange').values({ home: tenantId, changedAt: now }).execute();
      await this.#rename(unit, tenantId, settingsFrom(before.settings).branding, after.branding);
      audit.draft = { ...audit.draft, ...difference(toldOf(settingsFrom(before.settings)), toldOf(after)) };
      return { ...after, version };
    });
  }

  /** What a tenant with white label is called travels with its name, until identity has it in force. */
  async #rename(unit: UnitOfWork, tenantId: string, before: Settings['branding'], after: Settings['branding']): Promise<void> {
    const shown = ({ whiteLabel, displayName, supportUrl, poweredBy }: Settings['branding']): string => JSON.stringify(whiteLabel ? [displayName, supportUrl, poweredBy] : null);
    if (shown(before) === shown(after)) return;
    const tenant = await db(unit.tx).updateTable('Tenant').set(({ eb }) => ({ version: eb('version', '+', 1), announcedAt: unit.now }))
      .where('id', '=', tenantId).where('state', '=', TenantState.ACTIVE).returning(['id', 'name', 'state', 'version']).executeTakeFirst();
    if (tenant) await announceLife(unit, tenant, TenantUpdated);
  }
}
