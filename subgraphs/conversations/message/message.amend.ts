// What is later said about a message: edits, deletions, reactions. Kept as facts, so that they may come before it, twice and in any order.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Said } from '../channel/content.js';
import type { Amendment } from '../channel/inbound.items.js';
import { lockContact, type InboxOf } from '../contact/contact.identity.js';
import { MessageUpdated } from '../events.js';
import { db } from '../tables.js';

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

/** A deletion holds whatever was edited before or after. */
export function amended(said: Said, facts: readonly Fact[]): Amended {
  const deletion = facts.find(({ kind }) => kind === 'DELETION');
  if (deletion) return { type: said.type, text: null, content: null, editedAt: null, deletedAt: deletion.occurredAt };
  const edit = facts.find(({ kind }) => kind === 'EDIT');
  return edit?.said ? { ...edit.said, editedAt: edit.occurredAt, deletedAt: null } : { ...said, editedAt: null, deletedAt: null };
}

/** Whoever asks holds the contact's identity, so that no fact about a message and the message itself pass each other by. */
export function factsAbout({ tx }: UnitOfWork, { inboxId }: InboxOf, externalId: string): Promise<Fact[]> {
  return db(tx).selectFrom('MessageAmendment').select(['kind', 'said', 'occurredAt']).where('inboxId', '=', inboxId).where('externalId', '=', externalId)
    .where('kind', 'in', ['EDIT', 'DELETION']).execute() as Promise<Fact[]>;
}

/** Records the fact, unless a later one of its kind is known, and changes its message if that is there. @returns true when it was new */
export async function applyAmendment(unit: UnitOfWork, target: InboxOf, item: Amendment): Promise<boolean> {
  await lockContact(unit, target, item.contact);
  const said = item.kind === 'edit' ? JSON.stringify(item.said) : null;
  const stored = await sql`
    insert into conversations.message_amendment as known (tenant_id, inbox_id, external_id, kind, side, occurred_at, event_id, said, emoji)
    values (${target.tenantId}::uuid, ${target.inboxId}::uuid, ${item.externalId}, ${KIND[item.kind]}, ${item.side}, ${item.occurredAt}, ${item.eventId}, ${said}::jsonb,
      ${item.kind === 'reaction' ? item.emoji : null})
    on conflict (tenant_id, inbox_id, external_id, kind, side)
    do update set occurred_at = excluded.occurred_at, event_id = excluded.event_id, said = excluded.said, emoji = excluded.emoji
    where (excluded.occurred_at, excluded.event_id) > (known.occurred_at, known.event_id)`.execute(unit.tx.getKysely());
  if (Number(stored.numAffectedRows ?? 0) === 0) return false;
  const message = await db(unit.tx).selectFrom('Message').select(['id', 'conversationId', 'inboxId', 'type', 'text', 'content'])
    .where('inboxId', '=', target.inboxId).where('externalId', '=', item.externalId).forUpdate().executeTakeFirst();
  if (!message) return true;
  if (item.kind !== 'reaction') {
    const now = amended(message as Said, await factsAbout(unit, target, item.externalId));
    await db(unit.tx).updateTable('Message').set({
      type: now.type, text: now.text, content: now.content && JSON.stringify(now.content), editedAt: now.editedAt, deletedAt: now.deletedAt,
      ...(now.deletedAt ? { raw: null } : {}),
    } as never).where('id', '=', message.id).execute();
  }
  unit.emit(MessageUpdated, { messageId: message.id, conversationId: message.conversationId, inboxId: message.inboxId },
    { streamId: message.conversationId, groupId: message.inboxId });
  unit.audit({ action: ACTION[item.kind], type: item.kind === 'deletion' ? 'DATA_DELETE' : 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Message', id: message.id } });
  return true;
}
