// Arguments of note operations.
import { Field, ID, InputType } from 'type-graphql';

const TEXT = 'What it says, at most 10,000 characters.';
const MENTIONS = 'Colleagues it is about, at most 20: they are notified, once each. Those named in the text are not found by themselves.';

@InputType({ description: 'What a new note says, whatever it is about.' })
export class NoteWords {
  @Field(() => String, { description: TEXT })
  text!: string;

  @Field(() => [ID], { nullable: true, description: MENTIONS })
  mentionIds?: string[] | null;

  @Field(() => String, { description: 'Chosen by the client, 1 to 200 printable ASCII characters. The same key with the same input is the same note, however often it is sent.' })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `noteCreate`.' })
export class NoteCreateInput extends NoteWords {
  @Field(() => ID, { description: 'The conversation it is about.' })
  conversationId!: string;
}

@InputType({ description: 'Input of `noteUpdate`.' })
export class NoteUpdateInput {
  @Field(() => ID, { description: 'Your note.' })
  noteId!: string;

  @Field(() => String, { description: TEXT })
  text!: string;

  @Field(() => [ID], { nullable: true, description: `${MENTIONS} Absent: whom it names already.` })
  mentionIds?: string[] | null;
}

@InputType({ description: 'Input of `noteDelete`.' })
export class NoteDeleteInput {
  @Field(() => ID, { description: 'The note to delete: your own, or a colleague\'s with `conversation:manage`.' })
  noteId!: string;
}
