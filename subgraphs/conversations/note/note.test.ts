// Notes: written once, for colleagues alone, whom they name; and gone when they are deleted.
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
  agent = person(house.tenantId, ['conversation:read', 'conversation:create', 'conversation:update']);
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
