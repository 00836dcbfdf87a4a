// Keeps the counts of API calls that gateways hand over: an event of each actor's minute in the trail of its tenant, and what the tenant used.
import { sql } from 'kysely';
import { systemActor, type Actor } from '../../kernel/base/actor.js';
import type { ApiUsage, ApiUsageAction, ApiUsagePort } from '../../kernel/base/api-usage.js';
import { newId } from '../../kernel/base/ids.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import type { AuditOutcome } from '../../kernel/messaging/audit.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { API_CALLS } from '../tenant-limit/tenant-limit.js';

const OUTCOME: Readonly<Record<ApiUsageAction, AuditOutcome>> = { 'api.requests': 'SUCCESS', 'api.errors': 'FAILURE', 'api.rate_limited': 'DENIED' };

/** Counts are of many calls: of no address and no client. */
const actorOf = ({ kind, sub, apiKey, tenant }: ApiUsage['actor']): Actor => ({ ...systemActor(tenant), kind, sub, apiKey });

export class ApiUsageService implements ApiUsagePort {
  constructor(private readonly deps: SubgraphDeps, private readonly quotas: Quotas) {}

  /** All events in one transaction; what is kept already stays as it is. A tenant's calls are counted first: who fails in between comes again, and is counted once. */
  async report(usage: readonly ApiUsage[]): Promise<void> {
    if (usage.length === 0) return;
    // Of `api.errors` and `api.rate_limited` all are among the requests too.
    for (const [tenantId, of] of Map.groupBy(usage.filter(({ action }) => action === 'api.requests'), ({ actor }) => actor.tenant)) {
      if (tenantId !== null) await this.#count(tenantId, of);
    }
    await runUnit(this.deps.unit, platformScope, { actor: systemActor(null), correlationId: `api-usage-${newId()}` }, async (unit) => {
      for (const { id, action, actor, from, until, counts } of usage) {
        const total = counts.reduce((sum, { count }) => sum + count, 0);
        unit.audit({
          once: { id, occurredAt: new Date(until) }, action, type: 'API', severity: action === 'api.rate_limited' ? 'WARNING' : 'INFO', outcome: OUTCOME[action], resource: { type: 'Tenant', id: actor.tenant },
          after: { from, until, total, counts },
        }, actor.tenant, actorOf(actor));
      }
    });
  }

  /** Memberships go with their tenant alone: of one without, nothing is counted any more. */
  #count(tenantId: string, usage: readonly ApiUsage[]): Promise<void> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `api-calls-${tenantId}` }, async (unit) => {
      const { rows } = await sql<{ id: string }>`insert into identity.api_call_report (tenant_id, id, counted_at)
        select ${tenantId}::uuid, id, ${unit.now} from unnest(${usage.map(({ id }) => id)}::uuid[]) id
        where exists (select from identity.membership m where m.tenant_id = ${tenantId}::uuid) on conflict do nothing returning id`.execute(unit.tx.getKysely());
      const news = new Set(rows.map(({ id }) => id));
      const calls = usage.filter(({ id }) => news.has(id)).flatMap(({ counts }) => counts).reduce((sum, { count }) => sum + count, 0);
      if (calls > 0) await this.quotas.count(unit, tenantId, API_CALLS, calls);
    });
  }
}
