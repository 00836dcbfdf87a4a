// The GraphQL face of files.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { AttachmentRow } from './attachment.loaders.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { MediaReference } from '../channel/content.js';

export enum MediaState { WAITING = 'WAITING', FETCHING = 'FETCHING', STORED = 'STORED', REFUSED = 'REFUSED' }
registerEnumType(MediaState, {
  name: 'MediaState', description: 'Whether a file can be had.',
  valuesConfig: {
    WAITING: { description: 'It is still to come: from the provider, to be tried again by itself, or from whoever uploads it.' },
    FETCHING: { description: 'It is on its way in.' },
    STORED: { description: 'It is here; see `url`.' },
    REFUSED: { description: 'It is not here and will not be; see `refusedReason`.' },
  },
});

export enum MediaRefusedReason { TOO_LARGE = 'TOO_LARGE', EXPIRED = 'EXPIRED', CORRUPTED = 'CORRUPTED', NOT_ALLOWED = 'NOT_ALLOWED', UNREACHABLE = 'UNREACHABLE' }
registerEnumType(MediaRefusedReason, {
  name: 'MediaRefusedReason', description: 'Why there is no file.',
  valuesConfig: {
    TOO_LARGE: { description: 'It is larger than such files may be on its channel.' },
    EXPIRED: { description: 'The provider has it no longer.' },
    CORRUPTED: { description: 'It came otherwise than the provider had told, several times.' },
    NOT_ALLOWED: { description: 'Its address is one that must not be called.' },
    UNREACHABLE: { description: 'The provider did not give it for more than a day.' },
  },
});

@ObjectType({ description: 'A file of a message.' })
export class MediaItem {
  @Field(() => MediaState, { description: 'Whether it can be had. `messageFeed` tells a MessageUpdated when that changes.' })
  state!: MediaState;

  @Field(() => String, { nullable: true, description: 'Its media type as its bytes say, e.g. `image/jpeg`, once it is STORED; until then as the sender claims it.' })
  mimeType!: string | null;

  @Field(() => String, { nullable: true, description: 'Its file name as the sender claims it.' })
  fileName!: string | null;

  @Field(() => Int, { nullable: true, description: 'Bytes; null unless it is STORED.' })
  size!: number | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 in hexadecimal: of its bytes once it is STORED; until then as the channel tells it.' })
  sha256!: string | null;

  @Field(() => MediaRefusedReason, { nullable: true, description: 'Why it is REFUSED; otherwise null.' })
  refusedReason!: MediaRefusedReason | null;

  /** Null while there is none to link to. */
  storedId!: string | null;
}

@ObjectType({ description: 'A file that is uploaded to be sent. One that no message has taken is deleted a day after it was announced.' })
export class Attachment {
  @Field(() => ID, { description: 'For `messageSend(input: { media: { attachmentIds } })`.' })
  id!: string;

  @Field(() => MediaState, { description: 'WAITING for its bytes, FETCHING while they come, or STORED: it can be sent.' })
  state!: MediaState;

  @Field(() => String, { nullable: true, description: 'Its file name.' })
  fileName!: string | null;

  @Field(() => String, { nullable: true, description: 'Its media type as its bytes say once it is STORED; until then as it was announced.' })
  mimeType!: string | null;

  @Field(() => Int, { nullable: true, description: 'Bytes; null unless it is STORED.' })
  size!: number | null;
}

/** A file of a message as the graph shows it. Without a row: the message is older than files that are fetched. */
export function mediaItemOf({ mimeType, fileName, sha256 }: MediaReference, row: AttachmentRow | undefined): MediaItem {
  const stored = row?.state === 'STORED';
  return {
    state: (row?.state ?? 'REFUSED') as MediaState, mimeType: stored ? row.storedType : mimeType, fileName, size: stored ? Number(row.size) : null,
    sha256: stored ? row.sha256 : sha256, refusedReason: row ? row.reason as MediaRefusedReason | null : MediaRefusedReason.EXPIRED, storedId: stored ? row.id : null,
  };
}

export const attachmentOf = (id: string, { state, claimedName, claimedType, storedType, size }: AttachmentRow): Attachment =>
  ({ id, state: state as MediaState, fileName: claimedName, mimeType: storedType ?? claimedType, size: size === null ? null : Number(size) });

@ObjectType({ description: 'A header to send with an upload.' })
export class UploadHeader {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { description: 'Its value.' })
  value!: string;
}

@ObjectType({ description: 'Payload of `attachmentUpload`.' })
export class AttachmentUploadPayload {
  @Field(() => Attachment, { nullable: true, description: 'The file, which waits for its bytes. Null when there are userErrors.' })
  attachment!: Attachment | null;

  @Field(() => String, { nullable: true, description: 'A path on this server to `PUT` the bytes to, once: exactly as many as were announced. It answers 200; 4xx and 503 with `error` and `message` as JSON. '
    + 'What was interrupted leaves nothing and may be put again.' })
  uploadUrl!: string | null;

  @Field(() => [UploadHeader], { nullable: true, description: 'Headers to send with them.' })
  headers!: UploadHeader[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when that is possible, UTC.' })
  expiresAt!: Date | null;

  @Field(() => [UserError], { description: 'Why nothing was announced; empty on success.' })
  userErrors!: UserError[];
}
