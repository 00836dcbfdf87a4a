// A restore in the tenant's own trail and in the platform's, written in the transaction that ends it.
import type { ClientBase } from 'pg';
import { systemActor } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { stagedAudit } from '../../subgraphs/kernel/messaging/audit.js';

export const TENANT_BACKUP_ACTIONS = ['tenant.restore'] as const;

const CLASSES = { Tenant: { backup: 'plain', manifestSha256: 'plain', mode: 'plain', rows: 'plain', left: 'plain', takenAt: 'plain' } } as const;

export interface ToldRestore {
  /** Of the restore: told twice, it is kept once. */
  id: string;
  tenantId: string;
  after: { backup: string; takenAt: string; mode: string; rows: number; left: number };
}

/** @param client of the system role where compliance is */
export async function tellRestored(client: ClientBase, { id, tenantId, after }: ToldRestore): Promise<void> {
  const staged = (actor: string | null) => stagedAudit(
    { action: TENANT_BACKUP_ACTIONS[0], type: 'SECURITY', severity: 'WARNING', outcome: 'SUCCESS', resource: { type: 'Tenant', id: tenantId }, after },
    { actor: systemActor(actor), correlationId: `tenant-restore-${id}` }, { Tenant: 'tnt' }, systemClock.now(), { classes: CLASSES, key: null });
  const [own, platform] = [staged(tenantId), staged(null)];
  await client.query('insert into compliance.audit_staging (tenant_id, id, event) values ($1, $2, $3)', [tenantId, own.id, JSON.stringify(own)]);
  await client.query('insert into compliance.platform_audit_staging (id, event) values ($1, $2)', [platform.id, JSON.stringify(platform)]);
}
