// Changing rights: one change at a time in a tenant, by a person, and never beyond what that person holds at that moment.
import { forbidden } from '../../kernel/base/errors.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { enterHome, homeOf, PLATFORM_TENANT_ID, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import { grantRefused, lastOwner } from './role.refusals.js';
import type { RolePreset } from './role.presets.js';
import type { RoleGrant, RoleService } from './role.service.js';

export const MANAGE_USERS = 'user:manage';

/** What somebody may do. */
export interface Rights {
  permissions: readonly string[];
  /** Holds the role that includes whatever will ever exist. */
  owner: boolean;
}

/** A change of rights that is under way; no other runs in this home. */
export interface RightsChange {
  unit: UnitOfWork;
  audit: MutationAudit;
  home: string;
  /** The person who makes it. */
  userId: string;
  held: Rights;
}

/** The role nobody else's rights reach: of a tenant, or of the platform. */
export const ownerPreset = (home: string): RolePreset => (home === PLATFORM_TENANT_ID ? 'SUPER_ADMIN' : 'OWNER');

export class RightsService {
  constructor(private readonly roles: RoleService) {}

  /**
   * The one change of a mutation that gives or takes rights. What the person holds is read under the lock, so that of two
   * who demote each other the second finds that it may not any more.
   * @throws FORBIDDEN for who may not manage people any more
   */
  async change<T>(context: OperationContext, work: (change: RightsChange) => Promise<T>): Promise<T> {
    const { actor, userId } = context;
    const home = homeOf(actor);
    return context.mutate(async (unit, audit) => {
      if (tenantOf(home) === null) await enterHome(unit.tx, home, userId, actor.permissions);
      return work({ unit, audit, home, userId, held: await this.held(unit, context) });
    });
  }

  /**
   * What the person who asks holds, inside a change that sees their home; no change of rights runs there until it ends.
   * @throws FORBIDDEN for who may not manage people any more
   */
  async held(unit: UnitOfWork, { actor, userId }: OperationContext): Promise<Rights> {
    const home = homeOf(actor);
    await this.lock(unit, home);
    const now = await this.of(unit, home, userId, 'ACTIVE');
    // A narrowed actor stays narrow.
    const held = { ...now, permissions: now.permissions.filter((permission) => actor.permissions.includes(permission)) };
    if (!held.permissions.includes(MANAGE_USERS)) throw forbidden(MANAGE_USERS);
    return held;
  }

  /** Waits until no other change of rights runs in `home`. */
  async lock({ tx }: UnitOfWork, home: string): Promise<void> {
    await db(tx).selectFrom('Role').select('id').where('tenantId', '=', home).where('preset', '=', ownerPreset(home)).forNoKeyUpdate().execute();
  }

  /** What a person's grants give now. @param status `ACTIVE`: nothing, unless the membership is active too */
  async of({ tx, now }: UnitOfWork, home: string, userId: string, status?: 'ACTIVE'): Promise<Rights> {
    const grants = await db(tx).selectFrom('MembershipRole as g')
      .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
      .innerJoin('Membership as m', (join) => join.onRef('m.tenantId', '=', 'g.tenantId').onRef('m.id', '=', 'g.userId'))
      .select(['r.preset', 'r.permissions'])
      .where('g.tenantId', '=', home).where('g.userId', '=', userId)
      .where((eb) => eb.or([eb('g.expiresAt', 'is', null), eb('g.expiresAt', '>', now)]))
      .$if(status !== undefined, (query) => query.where('m.status', '=', 'ACTIVE'))
      .execute();
    return this.from(home, grants);
  }

  /** What holding all of `grants` in `home` gives. */
  from(home: string, grants: readonly RoleGrant[]): Rights {
    return { permissions: this.roles.permissionsOf(grants), owner: grants.some(({ preset }) => preset === ownerPreset(home)) };
  }

  /** @throws Refusal GrantRefused when `touched` goes beyond what the person who asks holds */
  within(held: Rights, touched: Rights, field: readonly string[] | null): void {
    if (!this.covers(held, touched)) throw grantRefused(beyond(held, touched), field);
  }

  /** Whether whoever has `held` may give, change and take away `touched`. */
  covers(held: Rights, touched: Rights): boolean {
    // Today's permissions may be the same; what a later release adds goes to owners first.
    return beyond(held, touched).length === 0 && (held.owner || !touched.owner);
  }

  /** @throws Refusal LastOwner when nobody is left who owns `home` for good */
  async keepOwner({ tx }: UnitOfWork, home: string): Promise<void> {
    const owner = await db(tx).selectFrom('MembershipRole as g')
      .innerJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
      .innerJoin('Membership as m', (join) => join.onRef('m.tenantId', '=', 'g.tenantId').onRef('m.id', '=', 'g.userId'))
      .select('g.userId').where('g.tenantId', '=', home).where('r.preset', '=', ownerPreset(home))
      .where('g.expiresAt', 'is', null).where('m.status', '=', 'ACTIVE').limit(1).executeTakeFirst();
    if (!owner) throw lastOwner();
  }
}

const beyond = (held: Rights, touched: Rights): string[] => touched.permissions.filter((permission) => !held.permissions.includes(permission));
