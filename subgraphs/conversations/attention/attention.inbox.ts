// Asks for who manages inboxes: one was switched off by its provider, or its token is about to end.
import { encodeId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { StaffNotificationRequested } from '../events.js';
import { db } from '../tables.js';

export interface InboxRequest {
  kind: 'INBOX_DISABLED' | 'INBOX_TOKEN_EXPIRING';
  tenantId: string;
  inboxId: string;
  name: string;
  /** Equal keys are one notification to each person. */
  dedupeKey: string;
}

const LONGEST_NAME = 100;

/** Inside the change that makes it necessary. Nobody is the inbox's own: everybody who may manage it is told. */
export async function askForManagers(unit: UnitOfWork, { kind, tenantId, inboxId, name, dedupeKey }: InboxRequest): Promise<void> {
  const payload = { kind, userIds: [], permission: 'inbox:manage', subjectId: encodeId('inb', inboxId), params: { inbox: name.slice(0, LONGEST_NAME).toWellFormed() }, dedupeKey };
  await db(unit.tx).insertInto('AttentionRequest').values({ tenantId, dedupeKey, payload: JSON.stringify(payload) as never, announcedAt: unit.now })
    .onConflict((conflict) => conflict.columns(['tenantId', 'dedupeKey']).doNothing()).execute();
  unit.emit(StaffNotificationRequested, payload);
}
