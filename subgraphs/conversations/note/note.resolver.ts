// Notes of staff on conversations.
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { CONVERSATION } from '../conversation/conversation.change.js';
import { conversationById, type ConversationRow } from '../conversation/conversation.loaders.js';
import { ConversationType } from '../conversation/conversation.type.js';
import { ON_CONVERSATION } from './note.about.js';
import { noteFieldsOf } from './note.fields.js';
import { NoteCreateInput, NoteDeleteInput, NoteUpdateInput } from './note.inputs.js';
import { listNotes, noteById, type NoteRow } from './note.loaders.js';
import { createNote, deleteNote, updateNote } from './note.service.js';
import { NoteConnection, NoteCreatePayload, NoteDeletePayload, NoteType, NoteUpdatePayload } from './note.type.js';

export const noteOf = (prefix: 'note' | 'cnote', { noteId }: { noteId: string }): string => inputId(prefix, noteId, ['input', 'noteId']);
export const mentionedIn = (ids: readonly string[]): string[] => ids.map((id) => inputId('user', id, ['input', 'mentionIds']));
const answered = async (context: OperationContext, id: string) => ({ note: await context.load(noteById, id), userErrors: [] });

export const NoteFieldsResolver = noteFieldsOf(() => NoteType);

@Resolver(() => NoteType)
export class NoteResolver {
  @Mutation(() => NoteCreatePayload, { nullable: true, description: 'Writes a note for colleagues, which the customer never sees. Safe to repeat with the same idempotency key.' })
  async noteCreate(@Arg('input', () => NoteCreateInput, { description: 'What to write, and where.' }) input: NoteCreateInput, @Ctx() context: OperationContext) {
    const { text, idempotencyKey } = input;
    return answered(context, await createNote(context, ON_CONVERSATION, {
      subjectId: inputId('conv', input.conversationId, CONVERSATION), text, idempotencyKey, mentionIds: mentionedIn(input.mentionIds ?? []),
    }));
  }

  @Mutation(() => NoteUpdatePayload, { nullable: true, description: 'Changes your note. Colleagues it names for the first time are notified.' })
  async noteUpdate(@Arg('input', () => NoteUpdateInput, { description: 'Which note, and what it says now.' }) input: NoteUpdateInput, @Ctx() context: OperationContext) {
    const id = noteOf('note', input);
    await updateNote(context, ON_CONVERSATION, id, { text: input.text, mentionIds: input.mentionIds ? mentionedIn(input.mentionIds) : null });
    return answered(context, id);
  }

  @Mutation(() => NoteDeletePayload, { nullable: true, description: 'Deletes a note for good: that there was one is seen, what it said is gone. Repeating it changes nothing.' })
  async noteDelete(@Arg('input', () => NoteDeleteInput, { description: 'Which note.' }) input: NoteDeleteInput, @Ctx() context: OperationContext) {
    const id = noteOf('note', input);
    await deleteNote(context, ON_CONVERSATION, id);
    return answered(context, id);
  }

  @FieldResolver(() => ConversationType, { description: 'The conversation it is about.' })
  conversation(@Root() { conversationId }: NoteRow, @Ctx() context: OperationContext) {
    return conversationId === null ? null : context.load(conversationById, conversationId);
  }
}

@Resolver(() => ConversationType)
export class ConversationNotesResolver {
  @FieldResolver(() => NoteConnection, { description: 'Notes of colleagues on it, newest first.' })
  notes(@Root() row: ConversationRow, @Args(() => PageArgs) args: PageArgs, @Ctx() context: OperationContext) {
    return listNotes(context, ON_CONVERSATION, row.id, args);
  }
}
