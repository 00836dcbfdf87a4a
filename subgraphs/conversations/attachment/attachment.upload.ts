// Announcing a file that is to be sent: what it will be, whether its channel takes it, and a link that its bytes may be put to.
import { invalidInput, ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { STORAGE_BYTES } from '../../kernel/data/meter-tables.js';
import { readSignedLink, signedLink, type ReadLink } from '../../kernel/crypto/signed-link.js';
import type { Envelope } from '../../kernel/crypto/envelope.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { ChannelName } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import { kindOf, type ChannelMedia } from '../channel/media.port.js';
import { db } from '../tables.js';
import { conversationQuotas } from '../tenant-limit/tenant-limit.js';
import { Attachment } from './attachment.entity.js';
import { safeName } from './attachment.disposition.js';
import type { AttachmentUploadInput } from './attachment.inputs.js';
import { LINK_KEY } from './attachment.link.js';
import { UNUSED_MS } from './attachment.removal.js';

export const UPLOAD_PATH = '/media/uploads/';
export const MOST_BYTES = 100 * 1024 * 1024;
const PURPOSE = 'media upload';
/** How long the bytes may be put there. */
const LINK_MS = 3_600_000;
const LONGEST_NAME = 200;

export const readUploadLink = (token: string): ReadLink | null => readSignedLink(token, PURPOSE);

export interface AnnouncedUpload {
  id: string;
  uploadUrl: string;
  contentType: string;
  expiresAt: Date;
}

export class AttachmentUploads {
  constructor(private readonly envelope: Envelope, private readonly apiUrl: string) {}

  /** @throws Refusal InputInvalid, ConversationNotFound, InboxNotFound, QuotaExceeded */
  async announce(context: OperationContext, input: AttachmentUploadInput): Promise<AnnouncedUpload> {
    const target = targetOf(input);
    const file = checkedFile(input);
    const { tenantId, actor: { sub, apiKey } } = context;
    const by = sub ?? apiKey ?? context.userId;
    const id = newId();
    return context.mutate(async (unit, audit) => {
      const { inboxId, channel } = await inboxOf(unit, target);
      this.#check(channel, file);
      await conversationQuotas().assertRoom(unit, tenantId, STORAGE_BYTES, ['input', 'size']);
      const expiresAt = new Date(unit.now.getTime() + LINK_MS);
      unit.tx.create(Attachment, {
        id, tenantId, inboxId, messageId: null, position: null, source: 'UPLOAD', state: 'WAITING', kind: null, externalId: null, url: null, claimedType: file.mimeType, claimedName: file.fileName,
        claimedSize: String(file.size), claimedSha256: file.sha256, uploadedBy: by, visitor: null, storedType: null, size: null, sha256: null, storageKey: null, reason: null, attempts: 0,
        dueAt: new Date(unit.now.getTime() + UNUSED_MS), createdAt: unit.now,
      });
      const key = await this.envelope.derivedKey(unit.tx, tenantId, LINK_KEY);
      const token = signedLink({ tenant: tenantId, file: id, kind: sub === null ? 'api_key' : 'user', by, expires: Math.floor(expiresAt.getTime() / 1_000) }, key, PURPOSE);
      audit.draft = { ...audit.draft, resource: { type: 'Attachment', id }, after: { mimeType: file.mimeType, bytes: file.size } };
      return { id, uploadUrl: UPLOAD_PATH + token, contentType: file.mimeType, expiresAt };
    });
  }

  /** Known before the bytes come, and judged again by them before anything is sent. */
  #check(channel: ChannelName, { mimeType, size }: CheckedFile): void {
    const { media } = channelFor(channel);
    if (media?.byLink && !isPublic(this.apiUrl)) throw invalidInput('This channel fetches files by a link, and this installation has no public address (API_URL).', ['input', 'conversationId']);
    checkFits(media, { type: mimeType, size }, { type: ['input', 'mimeType'], size: ['input', 'size'] });
  }
}

/** Whether others can fetch something from this installation. */
export const isPublic = (apiUrl: string): boolean => apiUrl.startsWith('https://');

/** @throws Refusal InputInvalid unless the channel takes such a file @returns as what */
export function checkFits(media: ChannelMedia | null, { type, size }: { type: string; size: number }, at: { type: readonly string[]; size: readonly string[] }) {
  if (!media) throw invalidInput('This channel takes no files.', at.type);
  const kind = kindOf(media, type);
  if (!kind) throw invalidInput(`This channel does not take files of the type ${type}.`, at.type);
  const { most } = media.kinds[kind];
  if (size > most) throw invalidInput(`The file has ${size} bytes; of this kind the channel takes ${most} at the most.`, at.size);
  return kind;
}

type Target = { conversation: string } | { inbox: string };

function targetOf({ conversationId, inboxId }: AttachmentUploadInput): Target {
  const given = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;
  if (given(conversationId) === given(inboxId)) throw invalidInput('Give exactly one of conversationId and inboxId.', ['input', given(inboxId) ? 'inboxId' : 'conversationId']);
  return given(conversationId) ? { conversation: inputId('conv', conversationId, ['input', 'conversationId']) } : { inbox: inputId('inb', inboxId ?? '', ['input', 'inboxId']) };
}

async function inboxOf({ tx }: UnitOfWork, target: Target): Promise<{ inboxId: string; channel: ChannelName }> {
  const inboxes = db(tx).selectFrom('Inbox').select(['Inbox.id as inboxId', 'Inbox.channel as channel']);
  const found = await ('inbox' in target ? inboxes.where('Inbox.id', '=', target.inbox)
    : inboxes.innerJoin('Conversation', 'Conversation.inboxId', 'Inbox.id').where('Conversation.id', '=', target.conversation)).executeTakeFirst();
  if (found) return found;
  if ('inbox' in target) throw new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', ['input', 'inboxId']);
  throw new Refusal('ConversationNotFound', ErrorCode.NOT_FOUND, 'The conversation was not found.', ['input', 'conversationId']);
}

interface CheckedFile {
  fileName: string;
  mimeType: string;
  size: number;
  sha256: string | null;
}

function checkedFile({ fileName, mimeType, size, sha256 }: AttachmentUploadInput): CheckedFile {
  if (fileName.length > LONGEST_NAME) throw invalidInput(`The file name has ${fileName.length} characters; ${LONGEST_NAME} is the most.`, ['input', 'fileName']);
  if (safeName(fileName) === '') throw invalidInput('The file name is empty.', ['input', 'fileName']);
  if (!/^[a-z0-9][a-z0-9.+-]{0,63}\/[a-z0-9][a-z0-9.+-]{0,99}$/i.test(mimeType)) throw invalidInput('This is no media type, e.g. image/jpeg.', ['input', 'mimeType']);
  if (size < 1 || size > MOST_BYTES) throw invalidInput(`Between 1 and ${MOST_BYTES} bytes.`, ['input', 'size']);
  if (sha256 !== null && sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) throw invalidInput('A SHA-256 has 64 hexadecimal digits.', ['input', 'sha256']);
  return { fileName: safeName(fileName), mimeType: mimeType.toLowerCase(), size, sha256: sha256?.toLowerCase() ?? null };
}
