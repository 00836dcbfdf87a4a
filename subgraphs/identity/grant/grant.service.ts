// Giving and taking roles. What a grant was before stays as history.
import { invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { noteAccessChange } from '../access-change/access-change.js';
import type { RolePreset } from '../role/role.presets.js';
import { privilegesOf } from '../role/role.privileges.js';
import { roleNotFound, userNotFound } from '../role/role.refusals.js';
import { ownerPreset, type RightsChange, type RightsService } from '../role/role.rights.js';
import { db } from '../tables.js';
import { notGranted, userLeft } from './grant.refusals.js';

/** Whose, and of whom: the key of a grant. */
export interface GrantKey {
  userId: string;
  roleId: string;
}

/** Ends grants inside a change and keeps them as history. @returns the roles they were of */
export async function endGrants({ tx, now }: UnitOfWork, home: string, userId: string, endedBy: string, only: string | null = null): Promise<string[]> {
  const ended = await db(tx).deleteFrom('MembershipRole').where('tenantId', '=', home).where('userId', '=', userId)
    .$if(only !== null, (query) => query.where('roleId', '=', only))
    .returning(['roleId', 'grantedBy', 'grantedAt', 'expiresAt']).execute();
  if (ended.length > 0) {
    await db(tx).insertInto('PastGrant')
      .values(ended.map((grant) => ({ ...grant, tenantId: home, id: newId(), userId, endedBy, endedAt: now }))).execute();
  }
  return ended.map(({ roleId }) => roleId);
}

export class GrantService {
  constructor(private readonly rights: RightsService) {}

  /**
   * Gives a role, or changes until when it is given.
   * @throws Refusal UserNotFound, UserStateWrong, RoleNotFound, InputInvalid, GrantRefused, LastOwner
   */
  async grant(context: OperationContext, { userId, roleId }: GrantKey, until: Date | null): Promise<void> {
    await this.rights.change(context, async (change) => {
      const { unit, audit, home } = change;
      // By the instant it is given at, as the table judges it.
      if (until && (until <= unit.now || until.getUTCFullYear() > 9_998)) throw invalidInput('A grant ends at an instant after now.', ['input', 'until']);
      audit.draft = { ...audit.draft, resource: { type: 'User', id: userId } };
      await this.#member(change, userId);
      const { presets, privileges } = await this.givable(change, [roleId], ['input', 'roleId']);
      const before = await db(unit.tx).selectFrom('MembershipRole').select('expiresAt')
        .where('tenantId', '=', home).where('userId', '=', userId).where('roleId', '=', roleId).executeTakeFirst();
      if (before?.expiresAt?.getTime() === until?.getTime() && before) return;
      if (before) await endGrants(unit, home, userId, change.userId, roleId);
      await db(unit.tx).insertInto('MembershipRole')
        .values({ tenantId: home, userId, roleId, grantedBy: change.userId, grantedAt: unit.now, expiresAt: until }).execute();
      if (before && presets.includes(ownerPreset(home))) await this.rights.keepOwner(unit, home);
      await noteAccessChange(unit, { home, userId });
      audit.draft = { ...audit.draft, before: before ? described(roleId, before.expiresAt) : { role: null }, after: { ...described(roleId, until), privileges } };
    });
  }

  /** @throws Refusal UserNotFound, RoleNotFound, NotGranted, GrantRefused, LastOwner */
  async revoke(context: OperationContext, { userId, roleId }: GrantKey): Promise<void> {
    await this.rights.change(context, async (change) => {
      const { unit, audit, home } = change;
      audit.draft = { ...audit.draft, resource: { type: 'User', id: userId } };
      await this.#member(change, userId);
      const { presets } = await this.givable(change, [roleId], ['input', 'roleId']);
      const [ended] = await endGrants(unit, home, userId, change.userId, roleId);
      if (ended === undefined) throw notGranted();
      if (presets.includes(ownerPreset(home))) await this.rights.keepOwner(unit, home);
      await noteAccessChange(unit, { home, userId });
      audit.draft = { ...audit.draft, before: { role: encodeId('role', roleId) }, after: { role: null } };
    });
  }

  /** Roles that the person who asks may give and take. @returns which presets are among them, and what privileges they give @throws Refusal RoleNotFound, GrantRefused */
  async givable(
    { unit, home, held }: RightsChange, roleIds: readonly string[], field: readonly string[],
  ): Promise<{ presets: (RolePreset | null)[]; privileges: string[] }> {
    const found = await db(unit.tx).selectFrom('Role').select(['id', 'preset', 'permissions'])
      .where('tenantId', '=', home).where('id', 'in', [...roleIds]).where('deletedAt', 'is', null).execute();
    if (found.length < new Set(roleIds).size) throw roleNotFound(field);
    const rights = this.rights.from(home, found);
    this.rights.within(held, rights, field);
    return { presets: found.map(({ preset }) => preset), privileges: privilegesOf(rights.permissions) };
  }

  async #member({ unit, home }: RightsChange, userId: string): Promise<void> {
    const member = await db(unit.tx).selectFrom('Membership').select('status')
      .where('tenantId', '=', home).where('id', '=', userId).executeTakeFirst();
    if (!member) throw userNotFound();
    if (member.status === 'DELETED') throw userLeft();
  }
}

const described = (roleId: string, until: Date | null) => ({ role: encodeId('role', roleId), until: until?.toISOString() ?? null });
