// Files that a visitor of a web chat brings: put there first, theirs alone, and in one message of theirs or in none.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { channelFor } from '../channel/channel.registry.js';
import { UNSUPPORTED, text as plain, type MediaReference, type Said } from '../channel/content.js';
import type { InboundItem } from '../channel/inbound.items.js';
import { kindOf } from '../channel/media.port.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { db } from '../tables.js';
import { broughtIn } from './attachment.brought.js';
import { UNUSED_MS } from './attachment.removal.js';

/**
 * What is posted is stored later: until then the files that it names stay.
 * @returns what is wrong with what is named, or null
 */
export async function holdBrought(tx: Tx, { inboxId }: InboxOf, visitor: string, items: readonly InboundItem[], now: Date): Promise<string | null> {
  const named = new Map<string, string>();
  for (const item of items) {
    if (item.kind !== 'message') continue;
    for (const id of broughtIn(item.content) ?? []) {
      if (named.has(id)) return 'A file is named twice.';
      named.set(id, item.externalId);
    }
  }
  if (named.size === 0) return null;
  const { rows: theirs } = await sql<{ id: string }>`update conversations.attachment set due_at = ${new Date(now.getTime() + UNUSED_MS)}
    where inbox_id = ${inboxId}::uuid and id = any (${[...named.keys()]}::uuid[]) and visitor = ${visitor} and state = 'STORED' returning id`.execute(tx.getKysely());
  for (const { id } of theirs) named.delete(id);
  if (named.size === 0) return null;
  // Posted again: each is in the very message that names it.
  const { rows: taken } = await sql<{ id: string; message: string }>`select a.id, m.external_id as message from conversations.attachment a
    join conversations.message m on m.tenant_id = a.tenant_id and m.id = a.message_id where a.inbox_id = ${inboxId}::uuid and a.id = any (${[...named.keys()]}::uuid[])`.execute(tx.getKysely());
  const settled = taken.every(({ id, message }) => named.get(id) === message) && taken.length === named.size;
  return settled ? null : 'A file is named that is not there, or is in another message.';
}

/** Holds what is named, as what it is by its bytes. What has gone meanwhile is left out. @returns what the message says */
export async function takeBrought(unit: UnitOfWork, { inboxId }: InboxOf, { type, text, content, contact }: Said & { contact: { externalId: string } }): Promise<Said> {
  const ids = broughtIn(content);
  if (ids === null || content?.kind !== 'media') return { type, text, content };
  const inbox = await db(unit.tx).selectFrom('Inbox').select('channel').where('id', '=', inboxId).executeTakeFirstOrThrow();
  const { media } = channelFor(inbox.channel);
  if (!media?.brought) return { type, text, content };
  const rows = await db(unit.tx).selectFrom('Attachment').select(['id', 'storedType', 'sha256', 'claimedName']).where((eb) => eb('id', '=', eb.fn.any(eb.val(ids))))
    .where('inboxId', '=', inboxId).where('visitor', '=', contact.externalId).where('state', '=', 'STORED').orderBy('id').forUpdate().execute();
  const files = ids.flatMap((id, index) => {
    const row = rows.find((one) => one.id === id);
    return row ? [{ row, externalId: content.media[index]?.externalId ?? null }] : [];
  });
  if (files.length === 0) return text === null ? UNSUPPORTED : plain(text);
  const kinds = [...new Set(files.map(({ row }) => kindOf(media, row.storedType ?? '') ?? 'DOCUMENT'))];
  return {
    type: kinds.length === 1 ? kinds[0] ?? 'DOCUMENT' : 'DOCUMENT', text,
    content: { kind: 'media', voice: false, media: files.map(({ row, externalId }): MediaReference => ({ externalId, url: null, mimeType: row.storedType, fileName: row.claimedName, sha256: row.sha256 })) },
  };
}
