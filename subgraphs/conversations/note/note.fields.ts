// What every note says of itself, whatever it is about.
import { Ctx, FieldResolver, Resolver, Root, type ClassType } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { UserReference } from '../conversation/conversation.type.js';
import { mentionsOf, type NoteRow } from './note.loaders.js';

export function noteFieldsOf(type: () => ClassType<object>): new () => object {
  @Resolver(type)
  class NoteFields {
    @FieldResolver(() => UserReference, { description: 'Who wrote it.' })
    author(@Root() { authorId }: NoteRow) {
      return { id: authorId };
    }

    @FieldResolver(() => [UserReference], { description: 'Colleagues it names: at most 20.' })
    async mentions(@Root() { id }: NoteRow, @Ctx() context: OperationContext) {
      return ((await context.load(mentionsOf, id)) ?? []).map((person) => ({ id: person }));
    }
  }
  return NoteFields;
}
