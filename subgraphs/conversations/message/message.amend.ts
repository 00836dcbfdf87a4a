// What is later said about a message: edits, deletions, reactions. Kept as facts, so that they may come before it, twice and in any order.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Said } from '../channel/content.js';
import type { Amendment } from '../channel/inbound.items.js';
import { reattach, type MessageOfFiles } from '../attachment/attachment.keep.js';
import { lockContact, type InboxOf } from '../contact/contact.identity.js';
import { MessageUpdated } from '../events.js';
import { db } from '../tables.js';
import { lockReports } from './message.lock.js';

const KIND = { edit: 'EDIT', deletion: 'DELETION', reaction: 'REACTION' } as const;
const ACTION = { edit: 'message.edit', deletion: 'message.delete', reaction: 'message.react' } as const;

/** What a message says after everything that was said about it. */
export interface Amended extends Said {
  editedAt: Date | null;
  deletedAt: Date | null;
}

interface Fact {
  kind: 'EDIT' | 'DELETION' | 'REACTION';
  said: Said | null;
  occurredAt: Date;
}

/** A deletion holds whatever was edited before or after; of what is gone not even the kind is told. */
export function amended(said: Said, facts: readonly Fact[]): Amended {
  const deletion = facts.find(({ kind }) => kind === 'DELETION');
  if (deletion) return { type: 'TEXT', text: null, content: null, editedAt: null, deletedAt: deletion.occurredAt };
  const edit = facts.find(({ kind }) => kind === 'EDIT');
  return edit?.said ? { ...edit.said, editedAt: edit.occurredAt, deletedAt: null } : { ...said, editedAt: null, deletedAt: null };
}

/** Whoever asks holds what is told of this id, or the contact's identity: no fact about a message and the message itself pass each other by. */
export function factsAbout({ tx }: UnitOfWork, { inboxId }: Pick<InboxOf, 'inboxId'>, externalId: string): Promise<Fact[]> {
  return db(tx).selectFrom('MessageAmendment').select(['kind', 'said', 'occurredAt']).where('inboxId', '=', inboxId).where('externalId', '=', externalId)
    .where('kind', 'in', ['EDIT', 'DELETION']).execute() as Promise<Fact[]>;
}

/** As `factsAbout`, in one statement with whether such a message is there; null when it is. */
export async function factsUnlessStored({ tx }: UnitOfWork, { inboxId }: Pick<InboxOf, 'inboxId'>, externalId: string): Promise<Fact[] | null> {
  const { rows } = await sql<Partial<Fact> & { stored: boolean }>`
    select known.stored, a.kind, a.said, a.occurred_at as "occurredAt"
    from (select exists (select from conversations.message m where m.inbox_id = ${inboxId}::uuid and m.external_id = ${externalId}) as stored) known
    left join conversations.message_amendment a on a.inbox_id = ${inboxId}::uuid and a.external_id = ${externalId} and a.kind in ('EDIT', 'DELETION')`.execute(tx.getKysely());
  return rows[0]?.stored ? null : rows.filter((row): row is Fact & { stored: boolean } => row.kind !== null);
}

/** Makes a locked message say what is known by this id of it. @returns false when nothing was said about it */
export async function amendKnown(unit: UnitOfWork, { id, tenantId, inboxId }: MessageOfFiles, externalId: string): Promise<boolean> {
  const facts = await factsAbout(unit, { inboxId }, externalId);
  if (facts.length === 0) return false;
  const said = await db(unit.tx).selectFrom('Message').select(['type', 'text', 'content']).where('id', '=', id).executeTakeFirstOrThrow();
  const now = amended(said as Said, facts);
  await db(unit.tx).updateTable('Message').set({
    type: now.type, text: now.text, content: now.content && JSON.stringify(now.content), editedAt: now.editedAt, deletedAt: now.deletedAt, ...(now.deletedAt ? { raw: null } : {}),
  } as never).where('id', '=', id).execute();
  await reattach(unit, { id, tenantId, inboxId }, now.type, now.content);
  return true;
}

/** What was edited into a message that was taken back is not kept either, whichever of the two came first. */
async function forgetTakenBack({ tx }: UnitOfWork, { inboxId }: InboxOf, externalId: string): Promise<void> {
  const about = () => db(tx).selectFrom('MessageAmendment').select('kind').where('inboxId', '=', inboxId).where('externalId', '=', externalId).where('kind', '=', 'DELETION');
  await db(tx).updateTable('MessageAmendment').set({ said: null }).where('inboxId', '=', inboxId).where('externalId', '=', externalId).where('kind', '=', 'EDIT')
    .where((on) => on.exists(about())).execute();
}

/** Records the fact, unless a later one of its kind is known, and changes its message if that is there. @returns true when it was new */
export async function applyAmendment(unit: UnitOfWork, target: InboxOf, item: Amendment): Promise<boolean> {
  await lockReports(unit, target.inboxId, item.externalId);
  await lockContact(unit, target, item.contact);
  const said = item.kind === 'edit' ? JSON.stringify(item.said) : null;
  const stored = await sql`
    insert into conversations.message_amendment as known (tenant_id, inbox_id, external_id, kind, side, occurred_at, event_id, said, emoji)
    values (${target.tenantId}::uuid, ${target.inboxId}::uuid, ${item.externalId}, ${KIND[item.kind]}, ${item.side}, ${item.occurredAt}, ${item.eventId}, ${said}::jsonb,
      ${item.kind === 'reaction' ? item.emoji : null})
    on conflict (tenant_id, inbox_id, external_id, kind, side)
    do update set occurred_at = excluded.occurred_at, event_id = excluded.event_id, said = excluded.said, emoji = excluded.emoji
    where (excluded.occurred_at, excluded.event_id, coalesce(excluded.emoji, '')) > (known.occurred_at, known.event_id, coalesce(known.emoji, ''))`.execute(unit.tx.getKysely());
  if (Number(stored.numAffectedRows ?? 0) === 0) return false;
  if (item.kind !== 'reaction') await forgetTakenBack(unit, target, item.externalId);
  const message = await db(unit.tx).selectFrom('Message').select(['id', 'tenantId', 'conversationId', 'inboxId']).where('inboxId', '=', target.inboxId)
    .where('externalId', '=', item.externalId).forUpdate().executeTakeFirst();
  if (!message) return true;
  if (item.kind !== 'reaction') await amendKnown(unit, message, item.externalId);
  unit.emit(MessageUpdated, { messageId: message.id, conversationId: message.conversationId, inboxId: message.inboxId },
    { streamId: message.conversationId, groupId: message.inboxId });
  unit.audit({ action: ACTION[item.kind], type: item.kind === 'deletion' ? 'DATA_DELETE' : 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Message', id: message.id } });
  return true;
}
