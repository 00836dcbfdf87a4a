// The GraphQL face of notes: the same for those on conversations and on contacts.
import { Field, ID, ObjectType, type ClassType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

/** @param prefix of its global id */
export function noteTypeOf(name: string, prefix: string, description: string): ClassType<object> {
  @ObjectType(name, { description })
  class Note {
    @Field(() => ID, { description: `Global id, \`${prefix}_…\`.` })
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
  return Note;
}

/** @param done what happens to the note when nothing is refused */
export function notePayloadOf(mutation: string, note: () => ClassType<object>, description: string, done: string): ClassType<object> {
  @ObjectType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`, { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => note(), { nullable: true, description })
    note!: object | null;

    @Field(() => [UserError], { description: `Why it was not ${done}; empty when it was.` })
    userErrors!: UserError[];
  }
  return Payload;
}

export const NoteType = noteTypeOf('Note', 'note', 'What a colleague wrote about a conversation for colleagues. The customer never sees it.');

export const { Connection: NoteConnection } = connectionOf('Note', () => NoteType);

@ObjectType({ implements: UserError, description: 'There is no such note in your tenant, or it was deleted.' })
export class NoteNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Only its author changes a note; only its author, or who has `conversation:manage`, deletes it.' })
export class NoteOfColleague extends UserError {}

export const NoteCreatePayload = notePayloadOf('noteCreate', () => NoteType, 'The note; null when it was refused.', 'written');
export const NoteUpdatePayload = notePayloadOf('noteUpdate', () => NoteType, 'The note as it is now; null when it was refused.', 'changed');
export const NoteDeletePayload = notePayloadOf('noteDelete', () => NoteType, 'The note, without what it said; null when it was refused.', 'deleted');
