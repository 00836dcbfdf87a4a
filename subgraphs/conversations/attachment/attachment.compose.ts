// Files that a message takes: judged by what they are, held for it, and its own from then on.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { inputId } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { ChannelName } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import type { MediaContent, MediaReference, Said } from '../channel/content.js';
import type { ChannelMedia, MediaKind } from '../channel/media.port.js';
import { db } from '../tables.js';
import type { MediaInput } from './attachment.inputs.js';
import { checkFits } from './attachment.upload.js';

type Path = readonly string[];
/** Beyond what any channel takes in one message. */
const MANY = 10;
const AT: Path = ['input', 'media'];
const NAMES: Path = [...AT, 'attachmentIds'];

const named = (externalId: string | null, file: Partial<MediaReference> = {}): MediaReference => ({ externalId, url: null, mimeType: null, fileName: null, sha256: null, ...file });

/** Before it is known what the files are: they are named by their ids. @throws Refusal InputInvalid for what no channel takes */
export function composeMedia({ attachmentIds, voice }: MediaInput, words: string | null): Said {
  if (attachmentIds.length < 1 || attachmentIds.length > MANY) throw invalidInput(`Between 1 and ${MANY} files.`, NAMES);
  const ids = attachmentIds.map((id, index) => inputId('att', id, [...NAMES, String(index)]));
  ids.forEach((id, index) => { if (ids.indexOf(id) !== index) throw invalidInput('The file is named twice.', [...NAMES, String(index)]); });
  return { type: 'DOCUMENT', text: words, content: { kind: 'media', media: ids.map((id) => named(id)), voice: voice ?? false } };
}

/** Holds the files that are named, for this message alone. @throws Refusal InputInvalid @returns what the message says */
export async function takeFiles(unit: UnitOfWork, { inboxId, channel }: { inboxId: string; channel: ChannelName }, { text, content }: Said): Promise<Said> {
  const { media: names, voice } = content as MediaContent;
  const ids = names.map(({ externalId }) => externalId ?? '');
  // In one order, so that two who name the same ones wait for each other and not in a circle.
  const rows = await db(unit.tx).selectFrom('Attachment').select(['id', 'inboxId', 'messageId', 'state', 'storedType', 'size', 'sha256', 'claimedName'])
    .where('id', 'in', ids).where('source', '=', 'UPLOAD').where('visitor', 'is', null).where('state', '<>', 'GONE').orderBy('id').forUpdate().execute();
  const { media } = channelFor(channel);
  const files = ids.map((id, index) => {
    const field = [...NAMES, String(index)];
    const row = rows.find((one) => one.id === id);
    if (!row) throw invalidInput('There is no such file (any more).', field);
    if (row.messageId !== null) throw invalidInput('The file is in another message: upload it anew.', field);
    if (row.state !== 'STORED') throw invalidInput('The file has not been uploaded yet.', field);
    if (row.inboxId !== inboxId) throw invalidInput('The file was uploaded for another inbox.', field);
    const type = row.storedType ?? '';
    return { kind: checkFits(media, { type, size: Number(row.size) }, { type: field, size: field }), reference: named(null, { mimeType: type, fileName: row.claimedName, sha256: row.sha256 }) };
  });
  const kinds = [...new Set(files.map(({ kind }) => kind))];
  const type = kinds.length === 1 ? kinds[0] ?? 'DOCUMENT' : 'DOCUMENT';
  checkTogether(media, { type, count: files.length, text, voice });
  return { type, text, content: { kind: 'media', media: files.map(({ reference }) => reference), voice } };
}

function checkTogether(media: ChannelMedia | null, { type, count, text, voice }: { type: MediaKind; count: number; text: string | null; voice: boolean }): void {
  const most = media?.most ?? 0;
  if (count > most) throw invalidInput(`This channel takes ${most} ${most === 1 ? 'file' : 'files'} a message.`, [...NAMES, String(most)]);
  if (voice && type !== 'AUDIO') throw invalidInput('Only sound is a voice note.', [...AT, 'voice']);
  if (text === null) return;
  const longest = media?.caption[type];
  if (longest === undefined) throw invalidInput('Such a file takes no text on this channel: send that as a message of its own.', ['input', 'text']);
  if (text.length > longest) throw invalidInput(`The text has ${text.length} characters; beside a file this channel takes ${longest} at the most.`, ['input', 'text']);
}

/** Once the message is there. @param composed with the ids */
export async function bindFiles(unit: UnitOfWork, messageId: string, { content }: Said, type: string): Promise<void> {
  const ids = (content as MediaContent).media.map(({ externalId }) => externalId ?? '');
  await sql`update conversations.attachment a set message_id = ${messageId}::uuid, position = f.position, kind = ${type}, due_at = null
    from unnest(${ids}::uuid[], ${ids.map((_id, position) => position)}::int[]) f(id, position)
    where a.tenant_id = (select m.tenant_id from conversations.message m where m.id = ${messageId}::uuid) and a.id = f.id`.execute(unit.tx.getKysely());
}
