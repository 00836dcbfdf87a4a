// Teams of staff: made, changed, listed, given conversations, and left by who leaves.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

type Answer = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };
interface Team { id: string; name: string; description: string | null; members: { id: string }[] }

let house: TestConversations;
let manager: Actor;
let rival: Actor;
const [ana, ben, cem] = [newId(), newId(), newId()];
const user = (id: string): string => encodeId('user', id);
let phone = 15550300000;

const colleague = (userId: string, status: 'ACTIVE' | 'SUSPENDED' | 'DELETED' = 'ACTIVE', revision = 1) => house.services.colleagues.note(house.tenantId, { userId, status, revision });
async function ask(field: string, input: Record<string, unknown>, { select = 'team { id name description members { id } }', by = manager } = {}): Promise<Answer> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Answer;
}
const made = async (name: string, memberIds: string[] = []): Promise<Team> => {
  const { team, userErrors } = await ask('teamCreate', { name, memberIds: memberIds.map(user) });
  expect(userErrors).toEqual([]);
  return team as Team;
};
const refusal = async (field: string, input: Record<string, unknown>, by = manager): Promise<unknown[]> => {
  const { userErrors } = await ask(field, input, { select: '__typename', by });
  return userErrors.map(({ __typename, field: path }) => [__typename, path?.join('.')]);
};
const fresh = async (): Promise<{ id: string; uuid: string }> => {
  const uuid = await house.conversation(String(phone += 1));
  return { id: encodeId('conv', uuid), uuid };
};
const CHARGE = 'conversation { team { id } assignee { id } }';
const give = (conversationId: string, teamId: string | null, by = manager) => ask('conversationAssignTeam', { conversationId, teamId }, { select: CHARGE, by });
const assign = (conversationId: string, id: string) => ask('conversationAssign', { conversationId, userId: user(id) }, { select: CHARGE });

beforeAll(async () => {
  house = await TestConversations.boot();
  const rights = ['conversation:read', 'conversation:update', 'conversation:manage'];
  manager = person(house.tenantId, rights);
  rival = person(newId(), rights);
  for (const one of [ana, ben, cem]) await colleague(one);
});
afterAll(() => house?.close());

describe('teams', () => {
  it('are made once by a name, changed, listed by it, and deleted', async () => {
    const billing = await made(' Billing ', [ana, ben, ana]);
    expect(billing).toMatchObject({ name: 'Billing', description: null, members: [{ id: expect.any(String) }, { id: expect.any(String) }] });
    expect(await refusal('teamCreate', { name: 'BILLING' })).toEqual([['TeamNameTaken', 'input.name']]);
    for (const name of ['', ' ', 'x'.repeat(101), 'a\nb']) expect(await refusal('teamCreate', { name })).toEqual([['InputInvalid', 'input.name']]);
    expect(await refusal('teamCreate', { name: 'Other', description: 'x'.repeat(201) })).toEqual([['InputInvalid', 'input.description']]);
    expect(await refusal('teamCreate', { name: 'Other', memberIds: [user(newId())] })).toEqual([['ColleagueNotFound', 'input.memberIds']]);
    const support = await made('Äußerst support');
    expect(await refusal('teamUpdate', { teamId: support.id, name: 'billing' })).toEqual([['TeamNameTaken', 'input.name']]);
    expect((await ask('teamUpdate', { teamId: support.id, name: 'Support', description: ' First line ' })).team).toMatchObject({ name: 'Support', description: 'First line' });
    const { data } = await house.ask('query ($after: String) { teams(first: 1, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }', {}, manager);
    const page = (data as { teams: { nodes: unknown[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }).teams;
    expect([page.nodes, page.pageInfo.hasNextPage]).toEqual([[{ name: 'Billing' }], true]);
    const next = await house.ask('query ($after: String) { teams(after: $after) { nodes { name } } }', { after: page.pageInfo.endCursor }, manager);
    expect(next.data).toEqual({ teams: { nodes: [{ name: 'Support' }] } });
    expect(await ask('teamDelete', { teamId: support.id }, { select: 'teamId' })).toEqual({ teamId: support.id, userErrors: [] });
    expect(await refusal('teamDelete', { teamId: support.id })).toEqual([['TeamNotFound', 'input.teamId']]);
  });

  it('of one name that several make at once are one', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask('teamCreate', { name: 'Once' })));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
  });

  it('have the members that were named last, and lose who leaves, also at that moment', async () => {
    const team = await made('Night', [ana, ben]);
    const set = (members: string[]) => ask('teamMembersSet', { teamId: team.id, memberIds: members.map(user) });
    expect(((await set([ben, cem])).team as Team).members.map(({ id }) => id).toSorted()).toEqual([user(ben), user(cem)].toSorted());
    expect(((await set([])).team as Team).members).toEqual([]);
    expect(await refusal('teamMembersSet', { teamId: team.id, memberIds: Array.from({ length: 201 }, () => user(newId())) })).toEqual([['TeamLimitReached', 'input.memberIds']]);
    const leaver = newId();
    await colleague(leaver);
    await Promise.all([set([leaver]), colleague(leaver, 'DELETED', 2), set([leaver])]);
    expect(await house.rows('select 1 from conversations.team_member where user_id = $1', [leaver])).toEqual([]);
    expect(await refusal('teamMembersSet', { teamId: team.id, memberIds: [user(leaver)] })).toEqual([['ColleagueNotFound', 'input.memberIds']]);
  });

  it('of another tenant are not there', async () => {
    const team = await made('Walls', [ana]);
    for (const field of ['teamUpdate', 'teamDelete', 'teamMembersSet']) {
      expect(await refusal(field, { teamId: team.id, ...(field === 'teamMembersSet' ? { memberIds: [] } : {}) }, rival)).toEqual([['TeamNotFound', 'input.teamId']]);
    }
    const seen = (by: Actor) => house.ask('query ($id: ID!) { team(id: $id) { name } teams { nodes { name } } }', { id: team.id }, by);
    expect((await seen(rival)).data).toEqual({ team: null, teams: { nodes: [] } });
    expect((await seen(manager)).data).toMatchObject({ team: { name: 'Walls' } });
    await expect(ask('teamUpdate', { teamId: team.id }, { by: person(house.tenantId, ['conversation:read', 'conversation:update']) })).rejects.toThrow('conversation:manage');
  });
});

describe('a conversation of a team', () => {
  it('keeps who is in charge and in it, and drops who is not', async () => {
    const [mine, theirs] = [await made('Mine', [ana]), await made('Theirs', [ben])];
    const { id } = await fresh();
    await assign(id, ana);
    expect(await give(id, mine.id)).toEqual({ conversation: { team: { id: mine.id }, assignee: { id: user(ana) } }, userErrors: [] });
    expect(await give(id, theirs.id)).toMatchObject({ conversation: { team: { id: theirs.id }, assignee: null } });
    const [audit] = await house.rows<{ event: unknown }>(`select event from conversations.audit_staging where event->>'action' = 'conversation.assign_team' and event->>'outcome' = 'SUCCESS' order by id desc limit 1`);
    expect(audit?.event).toMatchObject({ resource: { id }, before: { team: mine.id, assignee: user(ana) }, after: { team: theirs.id, assignee: null } });
    // Somebody may be put in charge who is in no team; the same team again, or none, is no reason to drop them.
    await assign(id, cem);
    expect(await give(id, theirs.id)).toMatchObject({ conversation: { team: { id: theirs.id }, assignee: { id: user(cem) } } });
    expect(await give(id, null)).toMatchObject({ conversation: { team: null, assignee: { id: user(cem) } } });
  });

  it('is told of once, listed by the team, and of none when the team is gone', async () => {
    const team = await made('Short');
    const { id, uuid } = await fresh();
    for (const teamId of [team.id, team.id]) await give(id, teamId);
    expect(await house.rows(`select 1 from conversations.outbox where type = 'ConversationUpdated' and stream_id = $1`, [uuid])).toHaveLength(1);
    const listed = async (teamIds: string[], by = manager) => (await house.ask('query ($teamIds: [ID!]) { conversations(filter: { teamIds: $teamIds }) { nodes { id } } }', { teamIds }, by)).data;
    expect(await listed([team.id])).toEqual({ conversations: { nodes: [{ id }] } });
    expect(await listed([team.id], rival)).toEqual({ conversations: { nodes: [] } });
    expect(await give(id, encodeId('team', newId()))).toMatchObject({ conversation: null, userErrors: [{ __typename: 'TeamNotFound', field: ['input', 'teamId'] }] });
    expect((await give(id, null, rival)).userErrors).toMatchObject([{ __typename: 'ConversationNotFound' }]);
    await ask('teamDelete', { teamId: team.id }, { select: 'teamId' });
    expect(await house.rows('select team_id, tenant_id from conversations.conversation where id = $1', [uuid])).toEqual([{ team_id: null, tenant_id: house.tenantId }]);
  });

  it('has a team that is there, when one is deleted while it is given conversations', async () => {
    const team = await made('Going');
    const some = await Promise.all([fresh(), fresh(), fresh(), fresh()]);
    const answers = await Promise.all([...some.map(({ id }) => give(id, team.id)), ask('teamDelete', { teamId: team.id }, { select: 'teamId' })]);
    expect(answers.flatMap(({ userErrors }) => userErrors).every(({ __typename }) => __typename === 'TeamNotFound')).toBe(true);
    expect(await house.rows('select 1 from conversations.conversation where id = any ($1) and team_id is not null', [some.map(({ uuid }) => uuid)])).toEqual([]);
  });
});
