// Uploads that a message of a visitor names, and that are its own once it is there.
import { sql } from 'kysely';
import { decodeId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { MessageContent } from '../channel/content.js';

/** UUIDs of the uploads that a message names; null: it names none. */
export function broughtIn(content: MessageContent | null): string[] | null {
  if (content?.kind !== 'media') return null;
  const ids = content.media.flatMap(({ externalId }) => (externalId === null ? null : decodeId('att', externalId)) ?? []);
  return ids.length === content.media.length ? ids : null;
}

/** Once the message is there. @returns false: its files are none that a visitor brought */
export async function bindBrought({ tx }: UnitOfWork, message: { id: string; inboxId: string }, type: string, content: MessageContent | null): Promise<boolean> {
  const ids = broughtIn(content);
  if (ids === null || content?.kind !== 'media') return false;
  const bound = await sql`update conversations.attachment a set message_id = ${message.id}::uuid, position = f.position, kind = ${type}, external_id = f.external_id, visitor = null, due_at = null
    from unnest(${ids}::uuid[], ${ids.map((_id, position) => position)}::int[], ${content.media.map(({ externalId }) => externalId)}::text[]) f(id, position, external_id)
    where a.inbox_id = ${message.inboxId}::uuid and a.id = f.id and a.visitor is not null`.execute(tx.getKysely());
  return Number(bound.numAffectedRows ?? 0) > 0;
}
