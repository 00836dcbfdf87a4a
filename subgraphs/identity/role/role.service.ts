// What roles allow: presets and lists turned into the permissions that exist.
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { db } from '../tables.js';
import { PLATFORM_PRESETS, PRESETS, TENANT_PRESETS, expand, type Preset, type RolePreset } from './role.presets.js';

/** Where a role's permissions come from: its preset, or its own list. */
export interface RoleGrant {
  preset: RolePreset | null;
  permissions: string[] | null;
}

export class RoleService {
  /** @param permissions every permission that exists; asked at the first need */
  constructor(private readonly permissions: () => readonly string[]) {}

  /** Every permission that exists. */
  known(): readonly string[] {
    return this.permissions();
  }

  /** The permissions of somebody who holds all of `grants`, sorted. */
  permissionsOf(grants: readonly RoleGrant[]): string[] {
    const known = this.permissions();
    const allowed = grants.flatMap(({ preset, permissions }) =>
      expand(preset ? PRESETS[preset].grants : permissions ?? [], known));
    return [...new Set(allowed)].sort();
  }

  /** Makes the preset roles a home lacks, inside a change that sees it. @returns role ids by preset */
  async ensurePresets(unit: UnitOfWork, home: string): Promise<Map<RolePreset, string>> {
    const wanted: Partial<Record<RolePreset, Preset>> = home === PLATFORM_TENANT_ID ? PLATFORM_PRESETS : TENANT_PRESETS;
    const values = (Object.entries(wanted) as [RolePreset, Preset][]).map(([preset, { name }]) => ({
      tenantId: home, id: newId(), name, preset, permissions: null, createdAt: unit.now,
    }));
    const created = await db(unit.tx).insertInto('Role').values(values)
      .onConflict((conflict) => conflict.columns(['tenantId', 'preset']).doNothing()).returning(['id', 'preset']).execute();
    for (const { id, preset } of created) {
      unit.audit({
        action: 'role.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Role', id }, after: { preset },
      });
    }
    const all = await db(unit.tx).selectFrom('Role').select(['id', 'preset'])
      .where('tenantId', '=', home).where('preset', 'is not', null).execute();
    return new Map(all.flatMap(({ id, preset }) => (preset === null ? [] : [[preset, id] as const])));
  }
}
