// A file of a message, or one that was uploaded to be sent.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { MediaKind } from '../channel/media.port.js';

export type AttachmentState = 'WAITING' | 'FETCHING' | 'STORED' | 'REFUSED' | 'GONE';

/** Why there is no file. */
export const REFUSED_REASONS = ['TOO_LARGE', 'EXPIRED', 'CORRUPTED', 'NOT_ALLOWED', 'UNREACHABLE'] as const;
export type RefusedReason = (typeof REFUSED_REASONS)[number];

/** From where each state may be reached. What is GONE has its row deleted once its file is. */
export const BEFORE: Record<AttachmentState, readonly AttachmentState[]> = {
  WAITING: ['FETCHING'],
  FETCHING: ['WAITING', 'FETCHING'],
  STORED: ['FETCHING'],
  REFUSED: ['FETCHING'],
  GONE: ['WAITING', 'FETCHING', 'STORED', 'REFUSED'],
};

export const Attachment = defineEntity({
  name: 'Attachment', tableName: 'attachment', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    inboxId: p.uuid(),
    messageId: p.uuid().nullable(),
    position: p.integer().nullable(),
    source: p.text().$type<'CHANNEL' | 'UPLOAD'>(),
    state: p.text().$type<AttachmentState>(),
    kind: p.text().$type<MediaKind>().nullable(),
    externalId: p.text().nullable(),
    url: p.text().nullable(),
    claimedType: p.text().nullable(),
    claimedName: p.text().nullable(),
    claimedSize: p.bigint('string').nullable(),
    claimedSha256: p.text().nullable(),
    uploadedBy: p.uuid().nullable(),
    /** Who brought it to a web chat, while it is in no message. */
    visitor: p.text().nullable(),
    /** As its bytes say, whatever was claimed. */
    storedType: p.text().nullable(),
    size: p.bigint('string').nullable(),
    sha256: p.text().nullable(),
    storageKey: p.text().nullable(),
    reason: p.text().$type<RefusedReason>().nullable(),
    attempts: p.integer(),
    dueAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
