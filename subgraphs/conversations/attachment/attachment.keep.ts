// Which files a message has: written with the message, changed with what is said about it, and given up with it.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { MediaReference, MessageContent } from '../channel/content.js';
import { isMediaKind } from '../channel/media.port.js';
import { AttachmentReceived } from '../events.js';
import { db } from '../tables.js';
import { bindBrought } from './attachment.brought.js';

export interface MessageOfFiles {
  id: string;
  tenantId: string;
  inboxId: string;
}

const mediaOf = (content: MessageContent | null): readonly MediaReference[] => (content?.kind === 'media' ? content.media : []);

/** One row for each file of a message that was just written. */
export async function attach(unit: UnitOfWork, message: MessageOfFiles, type: string, content: MessageContent | null): Promise<void> {
  const media = mediaOf(content);
  if (media.length === 0) return;
  // The rows name the message.
  await unit.tx.flush();
  if (await bindBrought(unit, message, type, content)) return;
  await insert(unit, message, type, [...media.entries()]);
}

/** After a message was changed by what was said about it: files it does not name any more go, and those it names now are fetched. */
export async function reattach(unit: UnitOfWork, message: MessageOfFiles, type: string, content: MessageContent | null): Promise<void> {
  const known = await db(unit.tx).selectFrom('Attachment').select(['id', 'position', 'externalId', 'url']).where('messageId', '=', message.id).execute();
  const media = mediaOf(content);
  const same = (row: (typeof known)[number]): boolean => {
    const named = media[row.position ?? -1];
    return named !== undefined && named.externalId === row.externalId && named.url === row.url;
  };
  const kept = new Set(known.filter(same).map(({ position }) => position));
  const gone = known.filter((row) => !same(row)).map(({ id }) => id);
  if (gone.length > 0) await giveUp(unit.tx, message.tenantId, sql`id = any (${gone}::uuid[])`, unit.now);
  await insert(unit, message, type, [...media.entries()].filter(([position]) => !kept.has(position)));
}

/** The files of messages that are about to be deleted. */
export const detach = (tx: Tx, tenantId: string, messageIds: readonly (string | null | undefined)[], now: Date): Promise<void> =>
  giveUp(tx, tenantId, sql`message_id = any (${messageIds}::uuid[])`, now);

/** Nothing is told of them from now on; the file goes, and then the row. Whoever is just writing one is waited for. */
export async function giveUp(tx: Tx, tenantId: string, which: ReturnType<typeof sql>, now: Date): Promise<void> {
  await sql`update conversations.attachment set state = 'GONE', message_id = null, position = null, external_id = null, url = null, visitor = null, claimed_type = null, claimed_name = null,
      claimed_sha256 = null, stored_type = null, size = null, sha256 = null, storage_key = null, reason = null,
      due_at = case when state = 'FETCHING' then greatest(due_at, ${now}::timestamptz) else ${now}::timestamptz end
    where tenant_id = ${tenantId}::uuid and state <> 'GONE' and ${which}`.execute(tx.getKysely());
}

async function insert(unit: UnitOfWork, { id: messageId, tenantId, inboxId }: MessageOfFiles, type: string, media: readonly (readonly [number, MediaReference])[]): Promise<void> {
  if (media.length === 0) return;
  const ids = media.map(() => newId());
  const of = <T>(pick: (one: MediaReference) => T): T[] => media.map(([, one]) => pick(one));
  await sql`insert into conversations.attachment (tenant_id, id, inbox_id, message_id, position, source, state, kind, external_id, url, claimed_type, claimed_name, claimed_sha256, due_at, created_at)
    select ${tenantId}::uuid, f.id, ${inboxId}::uuid, ${messageId}::uuid, f.position, 'CHANNEL', 'WAITING', ${isMediaKind(type) ? type : 'DOCUMENT'}, f.external_id, f.url, f.type, f.name, f.sha256,
      ${unit.now}, ${unit.now}
    from unnest(${ids}::uuid[], ${media.map(([position]) => position)}::int[], ${of(({ externalId }) => externalId)}::text[], ${of(({ url }) => url)}::text[],
      ${of(({ mimeType }) => mimeType)}::text[], ${of(({ fileName }) => fileName)}::text[], ${of(({ sha256 }) => sha256)}::text[]) f(id, position, external_id, url, type, name, sha256)`
    .execute(unit.tx.getKysely());
  for (const attachmentId of ids) unit.emit(AttachmentReceived, { attachmentId });
}
