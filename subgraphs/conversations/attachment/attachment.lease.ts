// Whoever brings a file in holds its row for as long as they say so, and records it when it is whole.
import { StoredFiles } from '../../kernel/data/stored-files.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { StoredFile } from '../../kernel/storage/storage.js';
import { db } from '../tables.js';
import type { AttachmentState } from './attachment.entity.js';

/** Whoever brings it in says so more often; one that has not for this long is taken to be dead. */
export const LEASE_MS = 60_000;

/** What tenants are counted as keeping. */
export const kept = new StoredFiles('conversations');

/** Somebody else has taken it over, or it is not wanted any more. */
export class LeaseLost extends Error {}

export interface Held {
  tenantId: string;
  id: string;
  /** Of whoever holds it; the next has another. */
  attempts: number;
}

/** @throws LeaseLost */
export async function moveHeld({ tx }: UnitOfWork, { tenantId, id, attempts }: Held, state: AttachmentState, changes: Record<string, unknown>): Promise<void> {
  const moved = await db(tx).updateTable('Attachment').set({ ...changes, state } as never).where('tenantId', '=', tenantId).where('id', '=', id)
    .where('attempts', '=', attempts).where('state', '=', 'FETCHING').executeTakeFirst();
  if (moved.numUpdatedRows === 0n) throw new LeaseLost();
}

export interface WrittenFile {
  key: string;
  file: StoredFile;
  type: string;
}

/** From the commit on it is there, and counts. @param dueAt when it goes, unless a message takes it @throws LeaseLost */
export async function recordStored(unit: UnitOfWork, held: Held, { key, file: { bytes, sha256 }, type }: WrittenFile, dueAt: Date | null): Promise<void> {
  await moveHeld(unit, held, 'STORED', { storageKey: key, storedType: type, size: String(bytes), sha256, dueAt });
  await kept.keep(unit.tx, held.tenantId, { key, bytes }, unit.now);
  unit.audit({ action: 'attachment.store', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Attachment', id: held.id }, after: { mimeType: type, bytes } });
}
