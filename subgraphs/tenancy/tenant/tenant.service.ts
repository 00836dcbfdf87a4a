// Tenants coming into being.
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { TenantOpened } from '../events.js';
import type { PlanService } from '../plan/plan.service.js';
import { db } from '../tables.js';
import type { TenantRow } from './tenant.loaders.js';

export class TenantService {
  constructor(private readonly deps: SubgraphDeps, private readonly plans: PlanService) {}

  /** Makes sure a registered tenant is there and says so, however often it is told. @returns false when it was there */
  open(tenant: TenantRow): Promise<boolean> {
    return this.#unit(tenant, `tenant-${tenant.id}`, async (unit) => {
      const created = await this.#create(unit, tenant);
      unit.emit(TenantOpened, { tenantId: tenant.id });
      return created;
    });
  }

  /** Creates a tenant under a given id. @returns false when it exists already; then nothing changes */
  create(tenant: TenantRow, correlationId: string): Promise<boolean> {
    return this.#unit(tenant, correlationId, (unit) => this.#create(unit, tenant));
  }

  async #create(unit: UnitOfWork, tenant: TenantRow): Promise<boolean> {
    const created = await db(unit.tx).insertInto('Tenant').values({ ...tenant, createdAt: unit.now })
      .onConflict((conflict) => conflict.column('id').doNothing()).returning('id').executeTakeFirst();
    // One that another version of the product made has no plan yet.
    const known = created ? tenant : await db(unit.tx).selectFrom('Tenant').select(['id', 'tier']).where('id', '=', tenant.id).executeTakeFirstOrThrow();
    await this.plans.open(unit, known);
    if (!created) return false;
    unit.audit({
      action: 'tenant.create', type: 'DATA_WRITE', outcome: 'SUCCESS',
      resource: { type: 'Tenant', id: tenant.id }, after: { tier: tenant.tier },
    });
    return true;
  }

  #unit<T>({ id }: TenantRow, correlationId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(id), { actor: systemActor(id), correlationId }, work);
  }
}
