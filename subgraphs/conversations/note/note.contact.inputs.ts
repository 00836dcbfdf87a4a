// Arguments of operations on notes about a contact.
import { Field, ID, InputType } from 'type-graphql';
import { NoteDeleteInput, NoteUpdateInput, NoteWords } from './note.inputs.js';

@InputType({ description: 'Input of `contactNoteCreate`.' })
export class ContactNoteCreateInput extends NoteWords {
  @Field(() => ID, { description: 'The contact it is about.' })
  contactId!: string;
}

@InputType({ description: 'Input of `contactNoteUpdate`.' })
export class ContactNoteUpdateInput extends NoteUpdateInput {}

@InputType({ description: 'Input of `contactNoteDelete`.' })
export class ContactNoteDeleteInput extends NoteDeleteInput {}
