// Delivery reports: stored as facts first, so that one that comes before its message is known is never lost.
import { sql } from 'kysely';
import { decodeId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { StatusUpdate } from '../channel/inbound.items.js';
import { askForPerson } from '../attention/attention.request.js';
import { MessageUpdated } from '../events.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { countFailure } from '../inbox/inbox.failures.js';
import { db } from '../tables.js';
import { amendKnown } from './message.amend.js';
import type { MessageStatus } from './message.entity.js';
import { lockReports } from './message.lock.js';
import { advance } from './message.status.js';

/**
 * Records the report and moves its message as far as all reports say. Of two of the same state the earlier holds, and of two of the same
 * moment that which says why. @returns true when something changed
 */
export async function applyStatus(unit: UnitOfWork, target: InboxOf, item: StatusUpdate): Promise<boolean> {
  await lockReports(unit, target.inboxId, item.externalId);
  const message = await lockMessage(unit, target, item);
  const stored = await sql`
    insert into conversations.delivery_status as known (tenant_id, inbox_id, external_id, state, occurred_at, error_code, error_title)
    values (${target.tenantId}::uuid, ${target.inboxId}::uuid, ${item.externalId}, ${item.state}, ${item.occurredAt}, ${item.error?.code ?? null}, ${item.error?.title ?? null})
    on conflict (tenant_id, inbox_id, external_id, state)
    do update set occurred_at = excluded.occurred_at, error_code = excluded.error_code, error_title = excluded.error_title
    where (excluded.occurred_at, excluded.error_code is null, coalesce(excluded.error_code, ''), coalesce(excluded.error_title, ''))
      < (known.occurred_at, known.error_code is null, coalesce(known.error_code, ''), coalesce(known.error_title, ''))`.execute(unit.tx.getKysely());
  if (!message) return Number(stored.numAffectedRows ?? 0) > 0;
  return settle(unit, message, item.externalId);
}

export interface SettledMessage {
  id: string;
  tenantId: string;
  conversationId: string;
  inboxId: string;
  status: MessageStatus;
  externalId: string | null;
}

/** Gives a locked message its provider id and the furthest status any report of that id names. @returns true when it changed */
export async function settle(unit: UnitOfWork, message: SettledMessage, externalId: string, atLeast: 'SENT' | null = null): Promise<boolean> {
  const reports = await db(unit.tx).selectFrom('DeliveryStatus').select(['state', 'errorCode', 'errorTitle'])
    .where('inboxId', '=', message.inboxId).where('externalId', '=', externalId).execute();
  const { rows: marks } = await sql<{ state: 'DELIVERED' | 'READ' }>`select w.state from conversations.watermark w join conversations.message m using (tenant_id, conversation_id)
    left join conversations.outbound o on o.tenant_id = m.tenant_id and o.message_id = m.id
    where m.id = ${message.id}::uuid and coalesce(o.attempted_at, m.sent_at) <= w.up_to`.execute(unit.tx.getKysely());
  const status = advance(message.status, [...[...reports, ...marks].map(({ state }) => state), ...(atLeast ? [atLeast] : [])]);
  const failure = status === 'FAILED' ? reports.find((report) => report.state === 'FAILED') : undefined;
  if (status === message.status && message.externalId === externalId) return failure !== undefined && failedOtherwise(unit, message, failure);
  await db(unit.tx).updateTable('Message')
    .set({ status, externalId, errorCode: failure?.errorCode ?? null, errorTitle: failure?.errorTitle ?? null })
    .where('id', '=', message.id).execute();
  // What was said about it before it had this id.
  const changed = message.externalId !== externalId && await amendKnown(unit, message, externalId);
  // Any report of ours is the echo an unclear attempt waits for.
  await db(unit.tx).updateTable('Outbound').set({ state: 'ACCEPTED', refusal: null }).where('messageId', '=', message.id).where('state', '<>', 'ACCEPTED').execute();
  if (status !== message.status) await announce(unit, message, status);
  else if (changed) emitUpdated(unit, message);
  return true;
}

function emitUpdated(unit: UnitOfWork, { id, conversationId, inboxId }: SettledMessage): void {
  unit.emit(MessageUpdated, { messageId: id, conversationId, inboxId }, { streamId: conversationId, groupId: inboxId });
}

/** It had failed already, and an earlier report says why. @returns true when that is another reason */
async function failedOtherwise(unit: UnitOfWork, message: SettledMessage, { errorCode, errorTitle }: { errorCode: string | null; errorTitle: string | null }): Promise<boolean> {
  const said = await sql`update conversations.message set error_code = ${errorCode}, error_title = ${errorTitle}
    where id = ${message.id}::uuid and (error_code, error_title) is distinct from (${errorCode}::text, ${errorTitle}::text)`.execute(unit.tx.getKysely());
  if (Number(said.numAffectedRows ?? 0) === 0) return false;
  emitUpdated(unit, message);
  return true;
}

/** The events and the audit entry of a status that moved. @param asks whether a failure is one that somebody should see to */
export async function announce(unit: UnitOfWork, message: Omit<SettledMessage, 'externalId'>, status: MessageStatus, asks = true): Promise<void> {
  if (asks) await askForPerson(unit, message.tenantId, message.id, status);
  if (asks && status === 'FAILED') await countFailure(unit, message);
  unit.emit(MessageUpdated, { messageId: message.id, conversationId: message.conversationId, inboxId: message.inboxId },
    { streamId: message.conversationId, groupId: message.inboxId });
  unit.audit({
    action: `message.${status.toLowerCase()}`, type: 'DATA_WRITE', outcome: status === 'FAILED' ? 'FAILURE' : 'SUCCESS',
    resource: { type: 'Message', id: message.id }, before: { status: message.status }, after: { status },
  });
}

async function lockMessage({ tx }: UnitOfWork, { inboxId }: InboxOf, item: StatusUpdate): Promise<SettledMessage | undefined> {
  const columns = ['id', 'tenantId', 'conversationId', 'inboxId', 'status', 'externalId'] as const;
  const outbound = db(tx).selectFrom('Message').select(columns).where('inboxId', '=', inboxId).where('direction', '=', 'OUTBOUND').forUpdate();
  const known = await outbound.where('externalId', '=', item.externalId).executeTakeFirst();
  if (known || item.clientReference === null) return known;
  const ours = decodeId('msg', item.clientReference);
  return ours === null ? undefined : outbound.where('id', '=', ours).where('externalId', 'is', null).executeTakeFirst();
}
