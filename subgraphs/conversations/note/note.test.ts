// Notes on conversations and contacts: written once, for colleagues alone, whom they name; and gone when they are deleted.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

type Answer = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null }[] };

let house: TestConversations;
let agent: Actor;
const [ana, ben] = [newId(), newId()];
let phone = 15550200000;

async function ask(field: string, input: Record<string, unknown>, { select, by = agent }: { select: string; by?: Actor }): Promise<Answer> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Answer;
}
const refusal = async (field: string, input: Record<string, unknown>, by = agent): Promise<unknown[]> => {
  const { userErrors } = await ask(field, input, { select: '__typename', by });
  return userErrors.map(({ __typename, field: path }) => [__typename, path?.join('.')]);
};
const fresh = async (): Promise<{ id: string; uuid: string }> => {
  const uuid = await house.conversation(String(phone += 1));
  return { id: encodeId('conv', uuid), uuid };
};
const colleague = (userId: string) => house.services.colleagues.note(house.tenantId, { userId, status: 'ACTIVE', revision: 1 });
const updates = async (uuid: string): Promise<number> => (await house.rows(`select 1 from conversations.outbox where type = 'ConversationUpdated' and stream_id = $1`, [uuid])).length;

beforeAll(async () => {
  house = await TestConversations.boot();
  agent = person(house.tenantId, ['conversation:read', 'conversation:create', 'conversation:update', 'contact:update', 'contact:merge']);
  await colleague(ana);
  await colleague(ben);
});
afterAll(() => house?.close());

describe('notes', () => {
  const NOTE = 'note { id text author { id } mentions { id } editedAt deletedAt }';
  const note = (input: Record<string, unknown>, by = agent) => ask('noteCreate', { idempotencyKey: newId(), ...input }, { select: NOTE, by });
  const asked = async () => (await house.rows<{ payload: Record<string, unknown> }>(`select payload from conversations.attention_request where payload->>'kind' = 'MENTIONED' order by dedupe_key`)).map(({ payload }) => payload);

  it('are written once, name colleagues who are asked for once, and lose what they said', async () => {
    const { id, uuid } = await fresh();
    const [key, messages] = [newId(), await house.count('message')];
    const input = { conversationId: id, text: 'He was promised a table', mentionIds: [ana, ben, agent.sub ?? ''].map((user) => encodeId('user', user)), idempotencyKey: key };
    await colleague(agent.sub ?? '');
    const answers = await Promise.all([note(input), note(input), note(input)]);
    const ids = new Set(answers.map((answer) => (answer['note'] as { id: string }).id));
    expect([ids.size, await house.count('note'), await house.count('message')]).toEqual([1, 1, messages]);
    expect(answers[0]).toMatchObject({ note: { text: input.text, author: { id: encodeId('user', agent.sub ?? '') } }, userErrors: [] });
    // Nobody is told of what they write themselves.
    expect(await asked()).toEqual([ana, ben].map((user) => expect.objectContaining({ kind: 'MENTIONED', userIds: [user], only: true, permission: 'conversation:read', subjectId: id })));
    expect(await note({ ...input, text: 'Another' })).toMatchObject({ note: null, userErrors: [{ __typename: 'IdempotencyMismatch' }] });

    const [noteId = ''] = ids;
    const colleagueActor = person(house.tenantId, ['conversation:read', 'conversation:update']);
    expect(await refusal('noteUpdate', { noteId, text: 'Mine' }, colleagueActor)).toEqual([['NoteOfColleague', 'input.noteId']]);
    expect(await refusal('noteDelete', { noteId }, colleagueActor)).toEqual([['NoteOfColleague', 'input.noteId']]);
    const carla = newId();
    await colleague(carla);
    const edited = await ask('noteUpdate', { noteId, text: 'He was promised two', mentionIds: [encodeId('user', ana), encodeId('user', carla)] }, { select: NOTE });
    expect(edited).toMatchObject({ note: { text: 'He was promised two', editedAt: expect.any(String) } });
    expect((await asked()).map(({ userIds }) => userIds)).toEqual(expect.arrayContaining([[ana], [ben], [carla]]));
    expect(await asked()).toHaveLength(3);
    expect(await ask('noteDelete', { noteId }, { select: NOTE, by: person(house.tenantId, ['conversation:read', 'conversation:update', 'conversation:manage']) }))
      .toMatchObject({ note: { id: noteId, text: null, mentions: [], deletedAt: expect.any(String) }, userErrors: [] });
    expect(await house.rows(`select 1 from conversations.note where text is not null`)).toEqual([]);
    expect(await refusal('noteUpdate', { noteId, text: 'Back' })).toEqual([['NoteNotFound', 'input.noteId']]);
    expect(await updates(uuid)).toBe(3);
  });

  it('come newest first, page by page, and are nobody\'s of another tenant', async () => {
    const { id } = await fresh();
    for (const text of ['one', 'two', 'three']) await note({ conversationId: id, text });
    const LIST = 'query ($id: ID!, $first: Int, $after: String) { conversation(id: $id) { notes(first: $first, after: $after) { nodes { id text } pageInfo { endCursor hasNextPage } } } }';
    type Listed = { conversation: { notes: { nodes: { id: string; text: string }[]; pageInfo: { endCursor: string } } } };
    const { notes } = ((await house.ask(LIST, { id, first: 2 })).data as Listed).conversation;
    expect(notes.nodes.map(({ text }) => text)).toEqual(['three', 'two']);
    expect((await house.ask(LIST, { id, after: notes.pageInfo.endCursor })).data).toMatchObject({ conversation: { notes: { nodes: [{ text: 'one' }], pageInfo: { hasNextPage: false } } } });
    const rival = person(newId(), ['conversation:read', 'conversation:update', 'conversation:manage']);
    expect(await refusal('noteDelete', { noteId: notes.nodes[0]?.id }, rival)).toEqual([['NoteNotFound', 'input.noteId']]);
    expect(await refusal('noteCreate', { conversationId: id, text: 'x', idempotencyKey: 'k' }, rival)).toEqual([['ConversationNotFound', 'input.conversationId']]);
    expect(await refusal('noteCreate', { conversationId: id, text: 'x', mentionIds: [encodeId('user', newId())], idempotencyKey: 'k' })).toEqual([['ColleagueNotFound', 'input.mentionIds']]);
    for (const text of ['  ', 'x'.repeat(10_001), 'a\0b', '\ud800']) expect(await refusal('noteCreate', { conversationId: id, text, idempotencyKey: newId() })).toEqual([['InputInvalid', 'input.text']]);
    expect(await refusal('noteCreate', { conversationId: id, text: 'x', idempotencyKey: 'with space' })).toEqual([['InputInvalid', 'input.idempotencyKey']]);
  });
});

describe('notes on a contact', () => {
  const NOTE = 'note { id text author { id } mentions { id } contact { id } editedAt deletedAt }';
  const LIST = 'query ($id: ID!, $first: Int, $after: String) { contact(id: $id) { notes(first: $first, after: $after) { nodes { id text contact { id } } pageInfo { endCursor hasNextPage } } } }';
  type Listed = { contact: { notes: { nodes: { id: string; text: string; contact: { id: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } } };
  const write = (input: Record<string, unknown>) => ask('contactNoteCreate', { idempotencyKey: newId(), ...input }, { select: NOTE });
  const written = async (contactId: string, text: string): Promise<string> => ((await write({ contactId, text }))['note'] as { id: string }).id;
  const notes = async (id: string, args: Record<string, unknown> = {}) => ((await house.ask(LIST, { id, ...args })).data as Listed).contact.notes;
  const texts = async (id: string): Promise<string[]> => (await notes(id)).nodes.map(({ text }) => text);
  const contact = async (): Promise<string> => {
    const { uuid } = await fresh();
    const [row] = await house.rows<{ id: string }>('select contact_id as id from conversations.conversation where id = $1', [uuid]);
    return encodeId('cont', row?.id ?? '');
  };
  const merge = async (keepId: string, mergeId: string): Promise<string> => ((await ask('contactMerge', { keepId, mergeId }, { select: 'merge { id }' }))['merge'] as { id: string }).id;

  it('are written once, name colleagues, are changed and deleted by the same rules, and are no notes on a conversation', async () => {
    const [contactId, key, all, messages] = [await contact(), newId(), await house.count('note'), await house.count('message')];
    const input = { contactId, text: 'Allergic to nuts', mentionIds: [encodeId('user', ana)], idempotencyKey: key };
    const answers = await Promise.all([write(input), write(input), write(input)]);
    const [noteId = '', ...others] = new Set(answers.map((answer) => (answer['note'] as { id: string }).id));
    expect([others, await house.count('note') - all, await house.count('message') - messages]).toEqual([[], 1, 0]);
    expect(noteId).toMatch(/^cnote_/);
    expect(answers[0]).toMatchObject({ note: { text: input.text, author: { id: encodeId('user', agent.sub ?? '') }, contact: { id: contactId } }, userErrors: [] });
    const asked = await house.rows<{ payload: unknown }>(`select payload from conversations.attention_request where payload->>'subjectId' = $1`, [contactId]);
    // Whom it is about is named by no more than an id.
    expect(asked).toEqual([{ payload: { kind: 'MENTIONED', userIds: [ana], permission: 'conversation:read', only: true, subjectId: contactId, params: { about: 'contact' }, dedupeKey: `${noteId}/${encodeId('user', ana)}` } }]);
    expect(await write({ ...input, text: 'Another' })).toMatchObject({ note: null, userErrors: [{ __typename: 'IdempotencyMismatch' }] });
    expect(await refusal('noteCreate', { conversationId: (await fresh()).id, text: input.text, idempotencyKey: key })).toEqual([['IdempotencyMismatch', 'input.idempotencyKey']]);

    const colleagueActor = person(house.tenantId, ['conversation:read', 'conversation:update', 'contact:update']);
    expect(await refusal('contactNoteUpdate', { noteId, text: 'Mine' }, colleagueActor)).toEqual([['NoteOfColleague', 'input.noteId']]);
    expect(await refusal('contactNoteDelete', { noteId }, colleagueActor)).toEqual([['NoteOfColleague', 'input.noteId']]);
    // An id of the one kind, written as that of the other, is none of it.
    expect(await refusal('noteDelete', { noteId: noteId.replace('cnote_', 'note_') })).toEqual([['NoteNotFound', 'input.noteId']]);
    const edited = await ask('contactNoteUpdate', { noteId, text: 'Allergic to all nuts', mentionIds: [ana, ben].map((user) => encodeId('user', user)) }, { select: NOTE });
    expect(edited).toMatchObject({ note: { text: 'Allergic to all nuts', editedAt: expect.any(String) }, userErrors: [] });
    expect(await house.rows(`select 1 from conversations.attention_request where payload->>'subjectId' = $1`, [contactId])).toHaveLength(2);
    const manager = person(house.tenantId, ['conversation:read', 'contact:update', 'conversation:manage']);
    expect(await ask('contactNoteDelete', { noteId }, { select: NOTE, by: manager })).toMatchObject({ note: { id: noteId, text: null, mentions: [], deletedAt: expect.any(String) }, userErrors: [] });
    expect(await refusal('contactNoteUpdate', { noteId, text: 'Back' })).toEqual([['NoteNotFound', 'input.noteId']]);
  });

  it('come newest first, page by page, and are nobody\'s of another tenant, nor of who may not change contacts', async () => {
    const contactId = await contact();
    for (const text of ['one', 'two', 'three']) await written(contactId, text);
    const page = await notes(contactId, { first: 2 });
    expect(page.nodes.map(({ text }) => text)).toEqual(['three', 'two']);
    expect(await notes(contactId, { after: page.pageInfo.endCursor })).toMatchObject({ nodes: [{ text: 'one' }], pageInfo: { hasNextPage: false } });
    const rival = person(newId(), ['conversation:read', 'contact:update', 'conversation:manage']);
    for (const field of ['contactNoteDelete', 'contactNoteUpdate']) {
      const more = field === 'contactNoteUpdate' ? { text: 'x' } : {};
      expect(await refusal(field, { noteId: page.nodes[0]?.id, ...more }, rival)).toEqual([['NoteNotFound', 'input.noteId']]);
      await expect(ask(field, { noteId: page.nodes[0]?.id, ...more }, { select: '__typename', by: person(house.tenantId, ['conversation:read', 'conversation:update']) })).rejects.toThrow('contact:update');
    }
    expect(await refusal('contactNoteCreate', { contactId, text: 'x', idempotencyKey: 'k' }, rival)).toEqual([['ContactNotFound', 'input.contactId']]);
    expect(await refusal('contactNoteCreate', { contactId, text: ' ', idempotencyKey: 'k' })).toEqual([['InputInvalid', 'input.text']]);
    expect(await texts(contactId)).toEqual(['three', 'two', 'one']);
  });

  it('follow a contact into the one it becomes part of, and back when that is undone, but for what was written or deleted since', async () => {
    const [keep, gone] = [await contact(), await contact()];
    await written(keep, 'of the one');
    const input = { contactId: gone, text: 'of the other', idempotencyKey: newId() };
    const moved = ((await write(input))['note'] as { id: string }).id;
    const mergeId = await merge(keep, gone);
    expect([await texts(keep), await texts(gone)]).toEqual([['of the other', 'of the one'], []]);
    expect(await refusal('contactNoteCreate', { contactId: gone, text: 'x', idempotencyKey: newId() })).toEqual([['ContactMerged', 'input.contactId']]);
    // What was written is not refused to who repeats it.
    expect(await write(input)).toMatchObject({ note: { id: moved, contact: { id: keep } }, userErrors: [] });
    // The other's is still its author's to change, and is about the one that stayed.
    expect(await ask('contactNoteUpdate', { noteId: moved, text: 'of the other, changed' }, { select: NOTE })).toMatchObject({ note: { contact: { id: keep } }, userErrors: [] });
    await written(keep, 'of both');
    expect((await ask('contactMergeUndo', { mergeId }, { select: 'merge { id }' })).userErrors).toEqual([]);
    expect([await texts(keep), await texts(gone)]).toEqual([['of both', 'of the one'], ['of the other, changed']]);
  });

  it('written or changed while their contact is merged are on one of both, and none is lost', async () => {
    const ROUNDS = 6;
    for (let round = 0; round < ROUNDS; round += 1) {
      const [keep, gone] = [await contact(), await contact()];
      const first = await written(gone, 'first');
      const [, ...others] = await Promise.all([
        merge(keep, gone), ask('contactNoteUpdate', { noteId: first, text: 'first, changed' }, { select: '__typename' }), ...['a', 'b', 'c'].map((text) => write({ contactId: gone, text })),
      ]);
      const refused = others.flatMap(({ userErrors }) => userErrors.map(({ __typename }) => __typename));
      expect(refused.every((name) => name === 'ContactMerged')).toBe(true);
      expect([(await texts(keep)).length, await texts(gone)]).toEqual([4 - refused.length, []]);
    }
  });
});
