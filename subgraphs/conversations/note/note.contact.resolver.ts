// Notes of staff on contacts.
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { ContactType } from '../contact/contact.type.js';
import { contactById, type ContactRow } from '../conversation/conversation.loaders.js';
import { ON_CONTACT } from './note.about.js';
import { ContactNoteCreateInput, ContactNoteDeleteInput, ContactNoteUpdateInput } from './note.contact.inputs.js';
import { ContactNoteConnection, ContactNoteCreatePayload, ContactNoteDeletePayload, ContactNoteType, ContactNoteUpdatePayload } from './note.contact.type.js';
import { noteFieldsOf } from './note.fields.js';
import { listNotes, noteById, type NoteRow } from './note.loaders.js';
import { mentionedIn, noteOf } from './note.resolver.js';
import { createNote, deleteNote, updateNote } from './note.service.js';

const CONTACT = ['input', 'contactId'];
const answered = async (context: OperationContext, id: string) => ({ note: await context.load(noteById, id), userErrors: [] });

export const ContactNoteFieldsResolver = noteFieldsOf(() => ContactNoteType);

@Resolver(() => ContactNoteType)
export class ContactNoteResolver {
  @Mutation(() => ContactNoteCreatePayload, { nullable: true, description: 'Writes a note on a contact for colleagues, which the customer never sees. Safe to repeat with the same idempotency key.' })
  async contactNoteCreate(@Arg('input', () => ContactNoteCreateInput, { description: 'What to write, and about whom.' }) input: ContactNoteCreateInput, @Ctx() context: OperationContext) {
    const { text, idempotencyKey } = input;
    return answered(context, await createNote(context, ON_CONTACT, { subjectId: inputId('cont', input.contactId, CONTACT), text, idempotencyKey, mentionIds: mentionedIn(input.mentionIds ?? []) }));
  }

  @Mutation(() => ContactNoteUpdatePayload, { nullable: true, description: 'Changes your note on a contact. Colleagues it names for the first time are notified.' })
  async contactNoteUpdate(@Arg('input', () => ContactNoteUpdateInput, { description: 'Which note, and what it says now.' }) input: ContactNoteUpdateInput, @Ctx() context: OperationContext) {
    const id = noteOf('cnote', input);
    await updateNote(context, ON_CONTACT, id, { text: input.text, mentionIds: input.mentionIds ? mentionedIn(input.mentionIds) : null });
    return answered(context, id);
  }

  @Mutation(() => ContactNoteDeletePayload, { nullable: true, description: 'Deletes a note on a contact for good: that there was one is seen, what it said is gone. Repeating it changes nothing.' })
  async contactNoteDelete(@Arg('input', () => ContactNoteDeleteInput, { description: 'Which note.' }) input: ContactNoteDeleteInput, @Ctx() context: OperationContext) {
    const id = noteOf('cnote', input);
    await deleteNote(context, ON_CONTACT, id);
    return answered(context, id);
  }

  @FieldResolver(() => ContactType, { description: 'The contact it is about: the one that was kept, where two were merged.' })
  contact(@Root() { contactId }: NoteRow, @Ctx() context: OperationContext) {
    return contactId === null ? null : context.load(contactById, contactId);
  }
}

@Resolver(() => ContactType)
export class ContactNotesResolver {
  @FieldResolver(() => ContactNoteConnection, { description: 'Notes of colleagues on them, newest first, with those on contacts that became part of them.' })
  notes(@Root() row: ContactRow, @Args(() => PageArgs) args: PageArgs, @Ctx() context: OperationContext) {
    return listNotes(context, ON_CONTACT, row.id, args);
  }
}
