// People joining a tenant (or the platform) with a preset role.
import { systemActor } from '../../kernel/base/actor.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { enterHome, tenantOf } from '../platform.js';
import type { RolePreset } from '../role/role.presets.js';
import type { RoleService } from '../role/role.service.js';
import { db } from '../tables.js';
import { USERS } from '../tenant-limit/tenant-limit.js';

export interface NewMember {
  userId: string;
  email: string;
  displayName: string;
  role: RolePreset;
}

export class MembershipService {
  constructor(private readonly deps: SubgraphDeps, private readonly roles: RoleService, private readonly quotas: Quotas) {}

  /** Lets the system add people to `home`; who is already in stays as they are. @throws Refusal QuotaExceeded */
  async admit(home: string, members: NewMember[], correlationId: string): Promise<void> {
    const tenant = tenantOf(home);
    const origin = { actor: systemActor(tenant), correlationId };
    await runUnit(this.deps.unit, { tenant, user: null }, origin, async (unit) => {
      if (tenant === null) await enterHome(unit.tx, home, null);
      await this.admitIn(unit, home, members);
    });
  }

  /** The same inside a change that sees `home`. */
  async admitIn(unit: UnitOfWork, home: string, members: NewMember[]): Promise<void> {
    const roleIds = await this.roles.ensurePresets(unit, home);
    if (members.length === 0) return;
    await this.#join(unit, home, members);
    await this.#grant(unit, home, members, roleIds);
  }

  async #join(unit: UnitOfWork, home: string, members: NewMember[]): Promise<void> {
    const values = members.map(({ userId, email, displayName }) => ({
      tenantId: home, id: userId, email, displayName, status: 'ACTIVE' as const, createdAt: unit.now,
    }));
    if (tenantOf(home) !== null) await this.quotas.ready(unit, home, USERS);
    const joined = await db(unit.tx).insertInto('Membership').values(values)
      .onConflict((conflict) => conflict.columns(['tenantId', 'id']).doNothing()).returning('id').execute();
    for (const { id } of joined) {
      if (tenantOf(home) !== null) await this.quotas.take(unit, home, USERS, null);
      unit.audit({ action: 'membership.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'User', id } });
    }
  }

  async #grant(unit: UnitOfWork, home: string, members: NewMember[], roleIds: Map<RolePreset, string>): Promise<void> {
    const values = members.map(({ userId, role }) => {
      const roleId = roleIds.get(role);
      if (!roleId) throw new Error(`The role ${role} does not exist here.`);
      return { tenantId: home, userId, roleId, grantedBy: null, grantedAt: unit.now };
    });
    const granted = await db(unit.tx).insertInto('MembershipRole').values(values)
      .onConflict((conflict) => conflict.columns(['tenantId', 'userId', 'roleId']).doNothing())
      .returning(['userId', 'roleId']).execute();
    const presets = new Map([...roleIds].map(([preset, id]) => [id, preset]));
    for (const { userId, roleId } of granted) {
      unit.audit({
        action: 'role.grant', type: 'AUTHORIZATION', outcome: 'SUCCESS', resource: { type: 'User', id: userId },
        after: { role: presets.get(roleId) },
      });
    }
  }
}
