// Roles of a tenant's own making: created, changed, deleted. Presets are the same everywhere and stay as they are.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { noteAccessChange } from '../access-change/access-change.js';
import { db } from '../tables.js';
import { roleFixed, roleLimitReached, roleNameTaken, roleNotFound } from './role.refusals.js';
import type { RightsChange, RightsService } from './role.rights.js';
import type { RoleService } from './role.service.js';

export const ROLES_MAX = 100;
const PERMISSIONS_FIELD = ['input', 'permissions'];

export interface RoleText {
  name: string;
  description?: string | null;
  permissions: readonly string[];
}

interface StoredRole {
  id: string;
  name: string;
  description: string | null;
  permissions: string[];
}

/** What the trail tells of a role. */
const told = ({ name, description, permissions }: StoredRole) => ({ name, description, permissions });

export class RoleChanges {
  constructor(private readonly roles: RoleService, private readonly rights: RightsService) {}

  /** @returns its id @throws Refusal InputInvalid, RoleNameTaken, RoleLimitReached, GrantRefused */
  async create(context: OperationContext, { name, description, permissions }: RoleText): Promise<string> {
    const wanted = this.#permissions(permissions);
    return this.rights.change(context, async (change) => {
      const { unit, audit, home, userId, held } = change;
      this.rights.within(held, { permissions: wanted, owner: false }, PERMISSIONS_FIELD);
      const { count } = await db(unit.tx).selectFrom('Role').select(({ fn }) => fn.countAll<string>().as('count'))
        .where('tenantId', '=', home).where('preset', 'is', null).where('deletedAt', 'is', null).executeTakeFirstOrThrow();
      if (Number(count) >= ROLES_MAX) throw roleLimitReached(ROLES_MAX);
      const id = newId();
      const created = await db(unit.tx).insertInto('Role').values({
        tenantId: home, id, name, preset: null, permissions: wanted, description: description ?? null, createdAt: unit.now, createdBy: userId,
        updatedAt: null, deletedAt: null,
      }).onConflict((conflict) => conflict.doNothing()).returning('id').executeTakeFirst();
      if (!created) throw roleNameTaken();
      await this.#remember(change, { id, name, description: description ?? null, permissions: wanted });
      audit.draft = { ...audit.draft, resource: { type: 'Role', id }, after: { name, description: description ?? null, permissions: wanted } };
      return id;
    });
  }

  /** Absent values stay. @throws Refusal RoleNotFound, RoleFixed, InputInvalid, RoleNameTaken, GrantRefused */
  async update(context: OperationContext, id: string, changed: Partial<RoleText>): Promise<string> {
    const wanted = changed.permissions ? this.#permissions(changed.permissions) : null;
    return this.rights.change(context, async (change) => {
      const { unit, audit, home, held } = change;
      const before = await this.#own(change, id);
      const after: StoredRole = {
        id, name: changed.name ?? before.name, permissions: wanted ?? before.permissions,
        description: changed.description === undefined ? before.description : changed.description,
      };
      this.rights.within(held, { permissions: this.#existing([...before.permissions, ...after.permissions]), owner: false }, PERMISSIONS_FIELD);
      const updated = await db(unit.tx).updateTable('Role')
        .set({ name: after.name, description: after.description, permissions: after.permissions, updatedAt: unit.now })
        .where('tenantId', '=', home).where('id', '=', id)
        // Under the lock nobody else takes the name meanwhile; the unique index says so too.
        .where(({ not, exists, selectFrom }) => not(exists(selectFrom('Role as other').select('other.id')
          .where('other.tenantId', '=', home).where('other.id', '!=', id).where('other.deletedAt', 'is', null)
          .where(sql<boolean>`lower(other.name) = lower(${after.name})`))))
        .returning('id').executeTakeFirst();
      if (!updated) throw roleNameTaken();
      await this.#remember(change, after);
      await noteAccessChange(unit, { home });
      audit.draft = {
        ...audit.draft, resource: { type: 'Role', id },
        before: told(before), after: told(after),
      };
      return id;
    });
  }

  /** Also takes it from everybody who holds it. @returns how many did @throws Refusal RoleNotFound, RoleFixed, GrantRefused */
  async delete(context: OperationContext, id: string): Promise<number> {
    return this.rights.change(context, async (change) => {
      const { unit, audit, home, userId, held } = change;
      const before = await this.#own(change, id);
      this.rights.within(held, { permissions: this.#existing(before.permissions), owner: false }, null);
      const ended = await db(unit.tx).deleteFrom('MembershipRole').where('tenantId', '=', home).where('roleId', '=', id)
        .returning(['userId', 'grantedBy', 'grantedAt', 'expiresAt']).execute();
      if (ended.length > 0) {
        await db(unit.tx).insertInto('PastGrant').values(ended.map((grant) => ({
          ...grant, tenantId: home, id: newId(), roleId: id, endedBy: userId, endedAt: unit.now,
        }))).execute();
      }
      await db(unit.tx).updateTable('Role').set({ deletedAt: unit.now }).where('tenantId', '=', home).where('id', '=', id).execute();
      await noteAccessChange(unit, { home });
      audit.draft = {
        ...audit.draft, resource: { type: 'Role', id }, before: told(before),
        after: { grantsEnded: ended.length },
      };
      return ended.length;
    });
  }

  async #own({ unit, home }: RightsChange, id: string): Promise<StoredRole> {
    const found = await db(unit.tx).selectFrom('Role').select(['id', 'name', 'description', 'preset', 'permissions'])
      .where('tenantId', '=', home).where('id', '=', id).where('deletedAt', 'is', null).executeTakeFirst();
    if (!found) throw roleNotFound();
    if (found.preset !== null || found.permissions === null) throw roleFixed();
    return { id, name: found.name, description: found.description, permissions: found.permissions };
  }

  async #remember({ unit, home, userId }: RightsChange, { id, name, permissions }: StoredRole): Promise<void> {
    await db(unit.tx).insertInto('RoleVersion')
      .values({ tenantId: home, id: newId(), roleId: id, name, permissions, changedBy: userId, since: unit.now }).execute();
  }

  /** A stored permission may have ceased to exist; it then gives nothing and hinders nobody. */
  #existing(permissions: readonly string[]): string[] {
    return this.roles.permissionsOf([{ preset: null, permissions: [...permissions] }]);
  }

  /** Each once, sorted. @throws Refusal InputInvalid for one that a role of a tenant cannot give */
  #permissions(wanted: readonly string[]): string[] {
    const known = new Set(this.roles.known());
    const impossible = wanted.find((permission) => !known.has(permission) || permission.startsWith('system:'));
    if (impossible !== undefined) throw invalidInput(`There is no permission ${JSON.stringify(impossible)} for a role to give.`, PERMISSIONS_FIELD);
    return [...new Set(wanted)].sort();
  }
}
