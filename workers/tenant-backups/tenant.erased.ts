// Nobody who was erased comes back by a backup: neither as who they were nor under another name.
import { BackupError } from '../backups/backup.error.js';
import { isNotedErased } from '../backups/erasure.ledger.js';
import { urlOf, withSystem, type TenantSources } from './tenant.source.js';

/** @throws BackupError */
export async function assertNotErased(sources: TenantSources, tenantId: string): Promise<void> {
  const erased = await isNotedErased(sources.repository, tenantId) || await withSystem(urlOf(sources, 'tenancy'), sources.logger, async (client) =>
    (await client.query('select from tenancy.tenant_erasure where id = $1', [tenantId])).rowCount === 1);
  if (erased) throw new BackupError(`The tenant ${tenantId} was erased: no backup brings it back.`);
}
