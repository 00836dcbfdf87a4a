// Where a file of a message is to be had, and where one that is to be sent is to be put.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { ConversationsServices } from '../services.js';
import { AttachmentUploadInput } from './attachment.inputs.js';
import { attachmentById } from './attachment.loaders.js';
import { AttachmentUploadPayload, MediaItem, attachmentOf } from './attachment.type.js';

@Resolver(() => MediaItem)
export class MediaItemResolver {
  constructor(private readonly services: ConversationsServices) {}

  @FieldResolver(() => String, {
    nullable: true,
    description: 'A path on this server where whoever has it gets the file, for five to ten minutes; then ask again. Null unless it is STORED. Pictures, sound, films and PDF are shown in '
      + 'place, everything else is for saving; parts can be asked for (`Range`).',
  })
  async url(@Root() { storedId }: MediaItem, @Ctx() context: OperationContext) {
    return storedId === null ? null : this.services.attachments.links.pathFor(context, storedId);
  }
}

@Resolver()
export class AttachmentResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Mutation(() => AttachmentUploadPayload, {
    nullable: true,
    description: 'Announces a file that is to be sent, and gives a link to `PUT` its bytes to within an hour; then `messageSend` takes it. What its channel does not take is refused here, and again by its bytes. '
      + 'Errors: `InputInvalid`, `ConversationNotFound`, `InboxNotFound`, `QuotaExceeded` (of `STORAGE_BYTES`).',
  })
  async attachmentUpload(
    @Arg('input', () => AttachmentUploadInput, { description: 'What is going to be uploaded, and for which channel.' }) input: AttachmentUploadInput, @Ctx() context: OperationContext,
  ) {
    const { id, uploadUrl, contentType, expiresAt } = await this.services.attachments.uploads.announce(context, input);
    const row = await context.load(attachmentById, id);
    return { attachment: row && attachmentOf(id, row), uploadUrl, headers: [{ name: 'Content-Type', value: contentType }], expiresAt, userErrors: [] };
  }
}
