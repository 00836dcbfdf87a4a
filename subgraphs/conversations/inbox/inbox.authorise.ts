// An inbox of the tenant's own that is connected once more: it gets the new token and goes on, with its address for deliveries and all it had.
import type { MutationAudit } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import type { InboxToInsert } from './inbox.create.js';
import type { InboxService } from './inbox.service.js';

/** One that somebody switched off stays so. @returns its UUID; null where the tenant has none at this address, or this very request has made it */
export async function authoriseAgain(unit: UnitOfWork, audit: MutationAudit, inboxes: InboxService, { tenantId, channel, address, credentials, requestKey, tokenExpiresAt }: InboxToInsert): Promise<string | null> {
  const held = await db(unit.tx).selectFrom('Inbox').select(['id', 'state', 'disabledReason', 'requestKey']).where('channel', '=', channel).where('externalId', '=', address)
    .where('state', '<>', 'DELETED').forNoKeyUpdate().executeTakeFirst();
  if (!held || held.requestKey === requestKey) return null;
  const { id, state, disabledReason } = held;
  const present = await inboxes.credentials(unit.tx, tenantId, id);
  const enabled = disabledReason === 'REAUTHORISE';
  await db(unit.tx).updateTable('Inbox').set({
    credentials: await inboxes.seal(unit.tx, tenantId, id, { ...present, ...credentials, verifyToken: present?.['verifyToken'] ?? credentials['verifyToken'] }),
    authorisedAt: unit.now, tokenExpiresAt: tokenExpiresAt ?? null, tokenWarnedAt: null, tokenTriedAt: null,
    ...(enabled ? { state: 'ACTIVE' as const, disabledReason: null, disabledDetail: null, disabledAt: null } : {}),
  }).where('id', '=', id).execute();
  audit.draft = { ...audit.draft, resource: { type: 'Inbox', id }, before: { state, disabledReason }, after: { state: enabled ? 'ACTIVE' : state, disabledReason: enabled ? null : disabledReason, rotated: ['accessToken'] } };
  return id;
}
