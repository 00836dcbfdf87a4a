// Tenants coming into being.
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import type { TenantRow } from './tenant.loaders.js';

export class TenantService {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Creates a tenant under a given id. @returns false when it exists already; then nothing changes */
  create(tenant: TenantRow, correlationId: string): Promise<boolean> {
    const origin = { actor: systemActor(tenant.id), correlationId };
    return runUnit(this.deps.unit, tenantScope(tenant.id), origin, async (unit) => {
      const created = await db(unit.tx).insertInto('Tenant').values({ ...tenant, createdAt: unit.now })
        .onConflict((conflict) => conflict.column('id').doNothing()).returning('id').executeTakeFirst();
      if (!created) return false;
      unit.audit({
        action: 'tenant.create', type: 'DATA_WRITE', outcome: 'SUCCESS',
        resource: { type: 'Tenant', id: tenant.id }, after: { tier: tenant.tier },
      });
      return true;
    });
  }
}
