// What the platform's trail tells of backups that a command takes, checks or restores: ids, sizes and the hash of the manifest, by which one that was changed afterwards is found.
import { Client } from 'pg';
import { systemActor } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { stagedAudit, type AuditDraft } from '../../subgraphs/kernel/messaging/audit.js';

export const BACKUP_ACTIONS = ['backup.create', 'backup.verify', 'backup.prune', 'backup.restore'] as const;
export type BackupAction = (typeof BACKUP_ACTIONS)[number];

const CLASSES = {
  Backup: {
    manifestSha256: 'plain', backup: 'plain', content: 'plain', stored: 'plain', level: 'plain', wanted: 'plain', findings: 'plain', latest: 'plain', pruned: 'plain', target: 'plain', erasedAgain: 'plain',
  },
} as const;

/** @param url a login that may write to compliance's staging */
export async function tellBackup(url: string, action: BackupAction, backup: string | null, told: Pick<AuditDraft, 'outcome' | 'after' | 'severity' | 'reason'>): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'switchboard:backup' });
  await client.connect();
  try {
    const event = stagedAudit({ action, type: 'SECURITY', ...told, resource: { type: 'Backup', id: backup } }, { actor: systemActor(null), correlationId: `${action}-${newId()}` }, { Backup: 'bkp' }, systemClock.now(), { classes: CLASSES, key: null });
    await client.query('insert into compliance.platform_audit_staging (id, event) values ($1, $2)', [event.id, JSON.stringify(event)]);
  } finally {
    await client.end();
  }
}
