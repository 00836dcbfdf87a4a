// Keeps the counts of API calls that gateways hand over: an event of each actor's minute in the trail of its tenant.
import { systemActor, type Actor } from '../../kernel/base/actor.js';
import type { ApiUsage, ApiUsageAction, ApiUsagePort } from '../../kernel/base/api-usage.js';
import { newId } from '../../kernel/base/ids.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { AuditOutcome } from '../../kernel/messaging/audit.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';

const OUTCOME: Readonly<Record<ApiUsageAction, AuditOutcome>> = { 'api.requests': 'SUCCESS', 'api.errors': 'FAILURE', 'api.rate_limited': 'DENIED' };

/** Counts are of many calls: of no address and no client. */
const actorOf = ({ kind, sub, apiKey, tenant }: ApiUsage['actor']): Actor => ({ ...systemActor(tenant), kind, sub, apiKey });

export class ApiUsageService implements ApiUsagePort {
  constructor(private readonly deps: SubgraphDeps) {}

  /** All of it in one transaction; what is kept already stays as it is. */
  async report(usage: readonly ApiUsage[]): Promise<void> {
    if (usage.length === 0) return;
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
}
