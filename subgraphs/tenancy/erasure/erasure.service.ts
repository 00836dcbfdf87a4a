// Ending a tenant: ordered once its grace is over, again while somebody has not answered, and told in the platform's trail when all have.
//
// Crash table. Each step is one transaction; what begins it again is the sweeper, from the table it names.
// | step | what is committed | what a restart does |
// | order | ERASING, the row of tenant_erasure, the order in the outbox | nothing leads back; the relay carries the order |
// | erase, in each subgraph | some batches | the job is repeated, or ordered again after a minute, and goes on |
// | answer | the answer in that subgraph's outbox | a second answer finds the first |
// | receipt | the receipt; with the last one the end, and the event of the platform's trail | an answer that comes again changes nothing |
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { TenantState } from '../life/life.states.js';
import { db } from '../tables.js';
import type { StoredReceipt } from './erasure.entity.js';
import { TenantErasureOrdered } from './erasure.events.js';

/** Who must have answered before a tenant counts as erased. */
export const ANSWERING = ['identity', 'tenancy', 'conversations', 'commerce', 'compliance'] as const;

/** Lists have a member. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

export interface Answer {
  tenantId: string;
  subgraph: string;
  tables: StoredReceipt['tables'];
}

export class ErasureService {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Orders the erasure of a tenant whose grace is over, once identity has heard that it is shut. @returns false when it is not to be erased (any more) */
  begin(tenantId: string): Promise<boolean> {
    return runUnit(this.deps.unit, tenantScope(tenantId), origin(tenantId, tenantId), async (unit) => {
      const due = await db(unit.tx).updateTable('Tenant').set(({ eb }) => ({ state: TenantState.ERASING, version: eb('version', '+', 1) }))
        .where('id', '=', tenantId).where('state', '=', TenantState.DELETING).where('deletionDueAt', '<=', unit.now).where('announcedAt', 'is', null)
        .returning('id').executeTakeFirst();
      if (!due) return false;
      await db(unit.tx).insertInto('TenantErasure')
        .values({ id: tenantId, startedAt: unit.now, announcedAt: unit.now, finishedAt: null, receipts: '{}' as never }).execute();
      unit.emit(TenantErasureOrdered, { tenantId });
      unit.audit({
        action: 'tenant.begin_erasure', type: 'DATA_DELETE', outcome: 'SUCCESS', resource: { type: 'Tenant', id: tenantId },
        before: { state: TenantState.DELETING }, after: { state: TenantState.ERASING },
      });
      return true;
    });
  }

  /** Says it again: while somebody has not answered, and once afterwards. @returns false when there is no such erasure */
  repeat(tenantId: string): Promise<boolean> {
    return runUnit(this.deps.unit, tenantScope(tenantId), origin(tenantId, tenantId), async (unit) => {
      const open = await db(unit.tx).updateTable('TenantErasure').set({ announcedAt: unit.now })
        .where('id', '=', tenantId).returning('id').executeTakeFirst();
      if (open) unit.emit(TenantErasureOrdered, { tenantId });
      return open !== undefined;
    });
  }

  /** Of these tenants, those that are being erased or were. */
  erased(tenantIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.deps.database.inScope(platformScope, async (tx) => new Set((await db(tx).selectFrom('TenantErasure').select('id').where('id', 'in', [...tenantIds, NOBODY]).execute()).map(({ id }) => id)), { readOnly: true });
  }

  /** Keeps the answer of a subgraph; with the last one the tenant is erased, which the platform's trail tells. @returns false when it was known */
  note({ tenantId, subgraph, tables }: Answer): Promise<boolean> {
    return runUnit(this.deps.unit, platformScope, origin(null, tenantId), async (unit) => {
      const receipt: StoredReceipt = { erasedAt: unit.now.toISOString(), tables };
      const { rows: [noted] } = await sql<{ finishedAt: Date | null; receipts: Record<string, StoredReceipt> }>`
        update tenancy.tenant_erasure e set receipts = all_of.receipts,
          finished_at = case when jsonb_exists_all(all_of.receipts, ${[...ANSWERING]}::text[]) then ${unit.now}::timestamptz end
        from (select id, receipts || jsonb_build_object(${subgraph}::text, ${JSON.stringify(receipt)}::jsonb) as receipts
          from tenancy.tenant_erasure where id = ${tenantId}::uuid and not jsonb_exists(receipts, ${subgraph}) for update) all_of
        where e.id = all_of.id returning e.finished_at as "finishedAt", e.receipts`.execute(unit.tx.getKysely());
      if (!noted) return false;
      if (noted.finishedAt) {
        unit.audit({
          action: 'tenant.erase', type: 'DATA_DELETE', outcome: 'SUCCESS', resource: { type: 'Tenant', id: tenantId },
          after: { receipts: Object.entries(noted.receipts).map(([name, { tables: of }]) => ({ subgraph: name, tables: of })) },
        });
      }
      return true;
    });
  }
}

const origin = (tenant: string | null, tenantId: string) => ({ actor: systemActor(tenant), correlationId: `erasure-${tenantId}` });
