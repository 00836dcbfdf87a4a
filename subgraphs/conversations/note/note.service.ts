// Notes on conversations and contacts: written once under a key of the client's, changed by their author, deleted with all they said.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { requestAttention } from '../attention/attention.request.js';
import { holdColleagues } from '../colleague/colleague.service.js';
import { db } from '../tables.js';
import type { NoteAbout, Noted } from './note.about.js';

const MAX_TEXT = 10_000;
const MOST_MENTIONS = 20;
const NOTE = ['input', 'noteId'];
const MENTIONS = ['input', 'mentionIds'];
export const MANAGE = 'conversation:manage';

export interface NewNote {
  /** The UUID of what it is about. */
  subjectId: string;
  text: string;
  mentionIds: readonly string[];
  idempotencyKey: string;
}

/** @returns the note: the new one, or the one an equal earlier request made @throws Refusal ConversationNotFound, ContactNotFound, ContactMerged, ColleagueNotFound, IdempotencyMismatch, InputInvalid */
export function createNote(context: OperationContext, about: NoteAbout, { subjectId, text, mentionIds, idempotencyKey }: NewNote): Promise<string> {
  const { tenantId, userId: authorId } = context;
  const people = checked(text, mentionIds);
  if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
    throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
  }
  const requestHash = createHash('sha256').update(JSON.stringify([subjectId, text, people])).digest('hex');
  return context.mutate(async (unit, audit) => {
    const id = newId();
    const repeated = async (): Promise<string | null> => {
      const known = await db(unit.tx).selectFrom('Note').select(['id', 'requestHash']).where('authorId', '=', authorId).where('idempotencyKey', '=', idempotencyKey).executeTakeFirst();
      if (!known) return null;
      if (known.requestHash !== requestHash) throw new Refusal('IdempotencyMismatch', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before with another note.', ['input', 'idempotencyKey']);
      audit.draft = { ...audit.draft, resource: { type: about.type, id: known.id }, after: { repeated: true } };
      return known.id;
    };
    // What it is about may have become part of another one since, and whom it names may have left: it is there all the same.
    const earlier = await repeated();
    if (earlier !== null) return earlier;
    await holdColleagues(unit, people, MENTIONS);
    const noted = await about.begin(unit, subjectId);
    const made = await db(unit.tx).insertInto('Note').values({ id, tenantId, ...about.row(subjectId), authorId, text, idempotencyKey, requestHash, createdAt: unit.now, editedAt: null, deletedAt: null })
      .onConflict((conflict) => conflict.columns(['tenantId', 'authorId', 'idempotencyKey']).doNothing()).executeTakeFirst();
    if (Number(made.numInsertedOrUpdatedRows ?? 0) === 0) {
      const other = await repeated();
      if (other === null) throw new Error('A note was there and is not.');
      return other;
    }
    await name(unit, { tenantId, noteId: id, authorId, about, subjectId, noted }, people);
    noted.tell();
    audit.draft = { ...audit.draft, resource: { type: about.type, id }, after: { [about.fact]: about.idOf.subject(subjectId), mentions: people.length } };
    return id;
  });
}

/** @throws Refusal NoteNotFound, NoteOfColleague, ColleagueNotFound, InputInvalid */
export function updateNote(context: OperationContext, about: NoteAbout, noteId: string, { text, mentionIds }: { text: string; mentionIds: readonly string[] | null }): Promise<void> {
  const { tenantId, userId: authorId } = context;
  const people = checked(text, mentionIds ?? []);
  return change(context, about, noteId, async (unit, { subjectId, author, isDeleted }, audit) => {
    if (isDeleted) throw notFound();
    if (author !== authorId) throw ofColleague();
    const noted = await about.goOn(unit, subjectId);
    await db(unit.tx).updateTable('Note').set({ text, editedAt: unit.now }).where('id', '=', noteId).execute();
    if (mentionIds !== null) {
      const gone = await sql<{ id: string }>`delete from conversations.note_mention where note_id = ${noteId}::uuid returning user_id as id`.execute(unit.tx.getKysely());
      const before = new Set(gone.rows.map(({ id }) => id));
      const added = people.filter((id) => !before.has(id));
      await holdColleagues(unit, added, MENTIONS);
      await name(unit, { tenantId, noteId, authorId, about, subjectId, noted }, people, added);
    }
    noted.tell();
    audit.draft = { ...audit.draft, after: { [about.fact]: about.idOf.subject(subjectId) } };
  });
}

/** Repeating it changes nothing. @throws Refusal NoteNotFound, NoteOfColleague */
export function deleteNote(context: OperationContext, about: NoteAbout, noteId: string): Promise<void> {
  const { userId, actor } = context;
  return change(context, about, noteId, async (unit, { subjectId, author, isDeleted }, audit) => {
    if (author !== userId && !actor.permissions.includes(MANAGE)) throw ofColleague();
    if (!isDeleted) {
      await db(unit.tx).deleteFrom('NoteMention').where('noteId', '=', noteId).execute();
      await db(unit.tx).updateTable('Note').set({ text: null, deletedAt: unit.now }).where('id', '=', noteId).execute();
      (await about.goOn(unit, subjectId)).tell();
    }
    audit.draft = { ...audit.draft, after: { [about.fact]: about.idOf.subject(subjectId), author: encodeId('user', author) } };
  });
}

interface HeldNote {
  subjectId: string;
  author: string;
  isDeleted: boolean;
}

function change(context: OperationContext, { type, column }: NoteAbout, noteId: string, work: (unit: UnitOfWork, held: HeldNote, audit: MutationAudit) => Promise<void>): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type, id: noteId } };
    const known = await db(unit.tx).selectFrom('Note').select([column, 'authorId', 'deletedAt']).where('id', '=', noteId).where(column, 'is not', null).forUpdate().executeTakeFirst();
    const subjectId = known?.[column];
    if (!known || !subjectId) throw notFound();
    await work(unit, { subjectId, author: known.authorId, isDeleted: known.deletedAt !== null }, audit);
  });
}

const notFound = (): Refusal => new Refusal('NoteNotFound', ErrorCode.NOT_FOUND, 'The note was not found.', NOTE);
const ofColleague = (): Refusal => new Refusal('NoteOfColleague', ErrorCode.WRONG_STATE, 'This note is a colleague\'s.', NOTE);

interface Naming {
  tenantId: string;
  noteId: string;
  authorId: string;
  about: NoteAbout;
  subjectId: string;
  noted: Noted;
}

/** @param added those of them who are to be told; nobody is told of what they write themselves */
async function name(unit: UnitOfWork, { tenantId, noteId, authorId, about, subjectId, noted }: Naming, people: readonly string[], added = people): Promise<void> {
  if (people.length === 0) return;
  await sql`insert into conversations.note_mention (tenant_id, note_id, user_id) select ${tenantId}::uuid, ${noteId}::uuid, person from unnest(${[...people]}::uuid[]) person`.execute(unit.tx.getKysely());
  for (const userId of added) {
    if (userId === authorId) continue;
    await requestAttention(unit, tenantId, {
      kind: 'MENTIONED', userIds: [userId], permission: 'conversation:read', only: true, subjectId: about.idOf.subject(subjectId),
      params: noted.params, dedupeKey: `${about.idOf.note(noteId)}/${encodeId('user', userId)}`,
    });
  }
}

/** @returns each person once @throws Refusal InputInvalid */
function checked(text: string, mentionIds: readonly string[]): string[] {
  if (text.trim() === '') throw invalidInput('The text is empty.', ['input', 'text']);
  if (text.length > MAX_TEXT) throw invalidInput(`The text has ${text.length} characters; ${MAX_TEXT} is the most.`, ['input', 'text']);
  if (text.includes('\0') || !text.isWellFormed()) throw invalidInput('The text holds characters that cannot be stored.', ['input', 'text']);
  const people = [...new Set(mentionIds)].toSorted();
  if (people.length > MOST_MENTIONS) throw invalidInput(`A note names at most ${MOST_MENTIONS} colleagues.`, MENTIONS);
  return people;
}
