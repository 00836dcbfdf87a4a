// Where a file of a message is to be had.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { ConversationsServices } from '../services.js';
import { MediaItem } from './attachment.type.js';

@Resolver(() => MediaItem)
export class MediaItemResolver {
  constructor(private readonly services: ConversationsServices) {}

  @FieldResolver(() => String, {
    nullable: true,
    description: 'A path on this server where whoever has it gets the file, for five to ten minutes; then ask again. Null unless it is STORED. Pictures, sound, films and PDF are shown in '
      + 'place, everything else is for saving; parts can be asked for (`Range`).',
  })
  async url(@Root() { storedId }: MediaItem, @Ctx() context: OperationContext) {
    return storedId === null ? null : this.services.attachmentLinks.pathFor(context, storedId);
  }
}
