// Between a subgraph that counts and the one that grants: limits put in force, and use announced until it is noted. Both bear repetition in any order.
import type { Pool } from 'pg';
import { z } from 'zod';
import { systemActor } from '../base/actor.js';
import type { Logger } from '../base/logger.js';
import { recountQuotas, type CountedQuota } from '../data/quota-recount.js';
import { tenantScope } from '../data/scope.js';
import type { EventDefinition } from '../messaging/events.js';
import { defineJob, type JobDefinition } from '../messaging/jobs.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../messaging/unit-of-work.js';
import type { Quotas } from './quotas.js';

/** The payload of what a counting subgraph announces. */
export const quotaReport = z.object({
  limitsVersion: z.number().int().min(0),
  measures: z.array(z.object({
    name: z.string(), startsAt: z.iso.datetime(), endsAt: z.iso.datetime().nullable(),
    used: z.number().int().min(0), over: z.number().int().min(0), revision: z.number().int().min(1),
  })).max(20),
});

/** Of what the granting subgraph announces, what is read by those that count. */
const granted = z.object({
  version: z.number().int(), tier: z.string(), features: z.array(z.string()), anchor: z.iso.datetime(),
  ceilings: z.record(z.string(), z.number().int().nullable()), offers: z.record(z.string(), z.array(z.string())),
});
const noted = z.object({
  /** Who had reported it; absent: from a product that knew of nothing that several count. */
  consumer: z.string().optional(),
  measures: z.array(z.object({ name: z.string(), startsAt: z.iso.datetime(), revision: z.number().int() })),
});
const ofTenant = z.object({ tenantId: z.uuid() });

export type GrantedLimits = z.infer<typeof granted>;

/** The job that counts a tenant anew. */
export const recountJobOf = (subgraph: string) => defineJob({
  name: `${subgraph}.recount`, description: 'Counts anew, from its rows, what a tenant uses.', payload: ofTenant, concurrency: 1, key: ({ tenantId }) => tenantId,
});

/** The four jobs of a subgraph that counts. */
export function quotaJobs(subgraph: string) {
  return {
    apply: defineJob({
      name: `${subgraph}.applyLimits`, description: 'Puts in force what a tenant is granted.',
      payload: ofTenant.extend(granted.shape), concurrency: 1, key: ({ tenantId, version }) => `${tenantId}-${version}`,
    }),
    measure: defineJob({
      name: `${subgraph}.measure`, description: 'Announces what a tenant uses, because it changed or was not noted.',
      payload: ofTenant, concurrency: 1, key: ({ tenantId }) => tenantId,
    }),
    confirm: defineJob({
      name: `${subgraph}.confirmMeasure`, description: 'Notes that what a tenant uses is known.',
      payload: ofTenant.extend(noted.shape), concurrency: 1,
      key: ({ tenantId, consumer = '', measures }) => `${tenantId}-${consumer}-${measures.map(({ name, revision }) => `${name}-${revision}`).join('-')}`,
    }),
    recount: recountJobOf(subgraph),
  };
}

/** What the two events of the granting subgraph start. */
export const quotaReactions = (from: string, { apply, confirm }: { apply: JobDefinition; confirm: JobDefinition }) => [
  { from, event: 'TenantLimitsChanged', version: 1, job: apply, payload: (tenantId: string, event: unknown) => ({ tenantId, ...granted.parse(event) }) },
  { from, event: 'UsageNoted', version: 1, job: confirm, payload: (tenantId: string, event: unknown) => ({ tenantId, ...noted.parse(event) }) },
];

/** Counts a tenant anew and says what was wrong. @returns how many counters were */
export async function recount(system: Pool, { schema, quotas, logger }: { schema: string; quotas: readonly CountedQuota[]; logger: Logger }, tenantId: string): Promise<number> {
  const wrong = await recountQuotas(system, schema, quotas, tenantId);
  for (const one of wrong) logger.warn({ ...one }, 'a counter of a tenant was wrong and was counted anew');
  return wrong.length;
}

/** What a subgraph that counts says, and tells the trail. */
export interface QuotaWords {
  measured: EventDefinition<typeof quotaReport>;
  /** Of the audit event of limits put in force. */
  action: string;
}

export class QuotaKeeper {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly quotas: Quotas, private readonly words: QuotaWords, private readonly logger: Logger) {}

  /** @returns false when it was in force, or a later word is */
  apply(tenantId: string, { anchor, ...limits }: GrantedLimits): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const changed = await this.quotas.apply(unit, tenantId, { ...limits, anchor: new Date(anchor) });
      if (changed) {
        unit.audit({
          action: this.words.action, type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Tenant', id: tenantId },
          after: { tier: limits.tier, limitsVersion: limits.version },
        });
      }
      return changed;
    });
  }

  /** @returns how many counters were told of */
  measure(tenantId: string): Promise<number> {
    return this.#unit(tenantId, async (unit) => {
      const report = await this.quotas.unreported(unit, tenantId);
      if (report.measures.length > 0) unit.emit(this.words.measured, report);
      return report.measures.length;
    });
  }

  /** Of what others have reported nothing is kept here: they may call theirs by the same name. */
  async confirm(tenantId: string, { consumer, measures }: z.infer<typeof noted>): Promise<void> {
    if (consumer !== undefined && consumer !== this.unit.schema) return;
    await this.#unit(tenantId, (unit) => this.quotas.confirm(unit, tenantId, measures));
  }

  /** @returns how many counters were wrong */
  recount(tenantId: string, system: Pool): Promise<number> {
    return recount(system, { schema: this.unit.schema, quotas: this.quotas.definitions, logger: this.logger }, tenantId);
  }

  #unit<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `limits-${tenantId}` }, work);
  }
}
