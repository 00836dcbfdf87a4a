// Orders once a day that what a tenant does not keep any longer be deleted.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { RETENTION_CLASSES, settingsFrom } from '../setting/setting.schema.js';
import { db } from '../tables.js';
import { RetentionOrdered } from './retention.events.js';

const DAY_MS = 86_400_000;

export class RetentionService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** A second order of the same day does nothing; of a tenant that is suspended or going nothing is deleted. @returns whether it was ordered */
  order(tenantId: string): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `retention-${tenantId}` }, async (unit) => {
      const { now, tx } = unit;
      const { rows: [due] } = await sql`update tenancy.tenant set retention_due_at = ${new Date(now.getTime() + DAY_MS)}
        where tenant_id = ${tenantId}::uuid and state = 'ACTIVE' and retention_due_at <= ${now} returning 1`.execute(tx.getKysely());
      if (!due) return false;
      const row = await db(tx).selectFrom('TenantSetting').select('settings').where('tenantId', '=', tenantId).executeTakeFirst();
      const { retention } = settingsFrom(row?.settings ?? {});
      const before = Object.entries(RETENTION_CLASSES).map(([name, { setting }]) => [name, new Date(now.getTime() - retention[setting] * DAY_MS).toISOString()]);
      unit.emit(RetentionOrdered, { orderedAt: now.toISOString(), before: Object.fromEntries(before) as Record<string, string> });
      return true;
    });
  }
}
