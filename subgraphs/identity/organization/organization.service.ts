// The names of tenants, and handing a registered tenant over to tenancy: announced until it is confirmed.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { MembershipStatus } from '../membership/membership.entity.js';
import type { Brand } from '../mail/mail.brand.js';
import { noteAccessChange } from '../access-change/access-change.js';
import { db } from '../tables.js';
import type { OrganizationRegistration, OrganizationState } from './organization.entity.js';
import { TenantRegistered, TenantStateFollowed } from './organization.events.js';

export interface AccountOrganization {
  tenantId: string;
  /** Null for the platform's home, and for tenants older than this table. */
  name: string | null;
  status: MembershipStatus;
}

/** What tenancy says of a tenant. */
export interface FollowedTenant {
  tenantId: string;
  name: string;
  state: OrganizationState;
  version: number;
  /** Under white label. */
  brand?: Brand | undefined;
}

export class OrganizationService {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Every tenant of an account with its name, before any is chosen. */
  of(accountId: string): Promise<AccountOrganization[]> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const { rows } = await sql<AccountOrganization>`select tenant_id as "tenantId", name, status
        from identity.organizations_of(${accountId}::uuid) order by name, tenant_id`.execute(tx.getKysely());
      return rows;
    }, { readOnly: true });
  }

  /** Brings a tenant into being, inside a change in its scope, and announces it. */
  async register(unit: UnitOfWork, tenantId: string, name: string, registration: OrganizationRegistration): Promise<void> {
    await db(unit.tx).insertInto('Organization')
      .values({ id: tenantId, name, registration: JSON.stringify(registration) as never, announcedAt: unit.now, createdAt: unit.now }).execute();
    unit.emit(TenantRegistered, { tenantId, name, ...registration });
  }

  /** Names a tenant that tenancy has already. Repeating it changes nothing. */
  async name(tenantId: string, name: string): Promise<void> {
    await this.deps.database.inScope(tenantScope(tenantId), (tx) => db(tx).insertInto('Organization')
      .values({ id: tenantId, name, registration: null, announcedAt: null, createdAt: this.deps.clock.now() })
      .onConflict((conflict) => conflict.column('id').doNothing()).execute());
  }

  /**
   * Puts into force what tenancy says of a tenant, unless something newer is, and confirms it. Whoever works there is judged anew.
   * @returns false when it was known
   */
  follow({ tenantId, name, state, version, brand }: FollowedTenant): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const { rows: [changed] } = await sql`
        insert into identity.organization as o (tenant_id, name, state, state_version, brand, created_at)
        values (${tenantId}::uuid, ${name}, ${state}, ${version}, ${brand ? JSON.stringify(brand) : null}::jsonb, ${unit.now}::timestamptz)
        on conflict (tenant_id) do update set name = excluded.name, state = excluded.state, state_version = excluded.state_version, brand = excluded.brand
          where o.state_version < excluded.state_version
        returning o.tenant_id`.execute(unit.tx.getKysely());
      if (changed) await noteAccessChange(unit, { home: tenantId });
      unit.emit(TenantStateFollowed, { tenantId, version });
      return changed !== undefined;
    });
  }

  /** Says it again, while tenancy has not confirmed. @returns false when it has */
  announce(tenantId: string): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const waiting = await db(unit.tx).updateTable('Organization').set({ announcedAt: unit.now })
        .where('id', '=', tenantId).where('registration', 'is not', null).returning(['name', 'registration']).executeTakeFirst();
      if (!waiting?.registration) return false;
      unit.emit(TenantRegistered, { tenantId, name: waiting.name, ...waiting.registration });
      return true;
    });
  }

  /** Tenancy has it. @returns false when that was known */
  confirm(tenantId: string): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const taken = await db(unit.tx).updateTable('Organization').set({ registration: null })
        .where('id', '=', tenantId).where('registration', 'is not', null).returning('id').executeTakeFirst();
      return taken !== undefined;
    });
  }

  #unit<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `tenant-${tenantId}` }, work);
  }
}
