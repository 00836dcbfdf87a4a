// Reads of notes and of whom they name.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { db } from '../tables.js';
import type { NoteAbout } from './note.about.js';

export interface NoteRow {
  id: string;
  conversationId: string | null;
  contactId: string | null;
  authorId: string;
  text: string | null;
  createdAt: Date;
  editedAt: Date | null;
  deletedAt: Date | null;
}

const COLUMNS = ['id', 'conversationId', 'contactId', 'authorId', 'text', 'createdAt', 'editedAt', 'deletedAt'] as const;

/** Newest first. @throws BAD_USER_INPUT */
export async function listNotes(context: OperationContext, { column }: NoteAbout, id: string, { first, after }: PageArgs): Promise<Page<NoteRow>> {
  const size = pageSize(first);
  const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
  const found = await db(await context.read()).selectFrom('Note').select(COLUMNS).where(column, '=', id)
    .$if(beyond !== undefined, (query) => query.where('id', '<', String(beyond))).orderBy('id', 'desc').limit(size + 1).execute();
  return pageOf(found, size, after, (row) => encodeCursor([row.id]));
}

export const noteById = defineLoader<OperationContext, string, NoteRow>({
  name: 'note.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('Note').select(COLUMNS).where(sql<boolean>`id = any (${[...ids]}::uuid[])`).execute();
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** UUIDs of the people it names, by note. */
export const mentionsOf = defineLoader<OperationContext, string, string[]>({
  name: 'note.mentions', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<{ note: string; person: string }>`
      select note_id as note, user_id as person from conversations.note_mention where note_id = any (${[...ids]}::uuid[]) order by user_id`.execute((await context.read()).getKysely());
    const found = new Map<string, string[]>();
    for (const { note, person } of rows) found.set(note, [...(found.get(note) ?? []), person]);
    return found;
  },
});
