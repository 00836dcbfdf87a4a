// The GraphQL face of notes.
import { Field, ID, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('Note', { description: 'What a colleague wrote about a conversation for colleagues. The customer never sees it.' })
export class NoteType {
  @Field(() => ID, { description: 'Global id, `note_…`.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What it says; null when it was deleted: nothing of it is kept then.' })
  text!: string | null;

  @Field(() => DateTime, { description: 'When it was written, UTC.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its author last changed it, UTC; null when never.' })
  editedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was deleted, UTC; null when it was not.' })
  deletedAt!: Date | null;
}

export const { Connection: NoteConnection } = connectionOf('Note', () => NoteType);

@ObjectType({ implements: UserError, description: 'There is no such note in your tenant, or it was deleted.' })
export class NoteNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Only its author changes a note; only its author, or who has `conversation:manage`, deletes it.' })
export class NoteOfColleague extends UserError {}

@ObjectType({ description: 'Result of `noteCreate`.' })
export class NoteCreatePayload {
  @Field(() => NoteType, { nullable: true, description: 'The note; null when it was refused.' })
  note!: object | null;

  @Field(() => [UserError], { description: 'Why it was not written; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `noteUpdate`.' })
export class NoteUpdatePayload {
  @Field(() => NoteType, { nullable: true, description: 'The note as it is now; null when it was refused.' })
  note!: object | null;

  @Field(() => [UserError], { description: 'Why it was not changed; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `noteDelete`.' })
export class NoteDeletePayload {
  @Field(() => NoteType, { nullable: true, description: 'The note, without what it said; null when it was refused.' })
  note!: object | null;

  @Field(() => [UserError], { description: 'Why it was not deleted; empty when it was.' })
  userErrors!: UserError[];
}
