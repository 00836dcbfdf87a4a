// Labels: made, changed, put on conversations and taken off; and what becomes of one that is deleted.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { removeLabelJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';
import { labelCrashTable } from './label.crash.js';
import { LabelRemoval } from './label.removal.js';

type Answer = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null }[] };

let house: TestConversations;
let agent: Actor;
let manager: Actor;
let phone = 15550500000;

async function ask(field: string, input: Record<string, unknown>, { select = 'conversation { labels { name } }', by = agent } = {}): Promise<Answer> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Answer;
}
const done = async (field: string, input: Record<string, unknown>): Promise<unknown> => {
  const answer = await ask(field, input);
  expect(answer.userErrors).toEqual([]);
  return answer['conversation'];
};
const refusal = async (field: string, input: Record<string, unknown>, by = agent): Promise<unknown[]> => {
  const { userErrors } = await ask(field, input, { select: '__typename', by });
  return userErrors.map(({ __typename, field: path }) => [__typename, path?.join('.')]);
};
const fresh = async (): Promise<{ id: string; uuid: string }> => {
  const uuid = await house.conversation(String(phone += 1));
  return { id: encodeId('conv', uuid), uuid };
};
const create = (name: string, color = '#FFAA00') => ask('labelCreate', { name, color, description: ' Money back ' }, { select: 'label { id name color description }', by: manager });
const created = async (name: string): Promise<string> => ((await create(name))['label'] as { id: string }).id;
const remove = (labelId: string) => ask('labelDelete', { labelId }, { select: 'labelId', by: manager });
const uuidOf = (labelId: string): string => decodeId('lbl', labelId) ?? '';
const LABELS = 'query ($first: Int, $after: String) { labels(first: $first, after: $after) { nodes { id name } pageInfo { endCursor hasNextPage } } }';

beforeAll(async () => {
  house = await TestConversations.boot();
  agent = person(house.tenantId, ['conversation:read', 'conversation:update']);
  manager = person(house.tenantId, ['conversation:read', 'conversation:manage']);
});
afterAll(() => house?.close());

it('are made in lower case, once, changed, listed by name, and deleted from whatever bears them', async () => {
  const { label: refund, userErrors } = await create(' Refund ');
  expect([refund, userErrors]).toEqual([{ id: expect.stringMatching(/^lbl_/), name: 'refund', color: '#ffaa00', description: 'Money back' }, []]);
  expect((await create('REFUND')).userErrors).toEqual([{ __typename: 'LabelNameTaken', code: 'NAME_TAKEN', field: ['input', 'name'] }]);
  for (const [name, color, field] of [['', '#ffffff', 'name'], ['x'.repeat(51), '#ffffff', 'name'], ['a\u0007b', '#ffffff', 'name'], ['ok', 'red', 'color']] as const) {
    expect((await create(name, color)).userErrors).toEqual([{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', field] }]);
  }
  const [refundId, vipId] = [(refund as { id: string }).id, await created('vip')];
  const renamed = await ask('labelUpdate', { labelId: vipId, name: 'Äußerst wichtig', description: null }, { select: 'label { name color description }', by: manager });
  expect(renamed).toMatchObject({ label: { name: 'äußerst wichtig', color: '#ffaa00', description: null } });
  expect(await refusal('labelUpdate', { labelId: vipId, name: 'refund' }, manager)).toEqual([['LabelNameTaken', 'input.name']]);
  const { data } = await house.ask(LABELS, { first: 1 });
  expect(data).toMatchObject({ labels: { nodes: [{ name: 'refund' }], pageInfo: { hasNextPage: true } } });
  const { endCursor } = (data as { labels: { pageInfo: { endCursor: string } } }).labels.pageInfo;
  expect((await house.ask(LABELS, { after: endCursor })).data).toMatchObject({ labels: { nodes: [{ name: 'äußerst wichtig' }], pageInfo: { hasNextPage: false } } });

  const { id } = await fresh();
  expect(await done('conversationLabelsAdd', { conversationId: id, labelIds: [vipId, refundId, vipId] })).toMatchObject({ labels: [{ name: 'refund' }, { name: 'äußerst wichtig' }] });
  expect(await done('conversationLabelsAdd', { conversationId: id, labelIds: [vipId] })).toMatchObject({ labels: [{ name: 'refund' }, { name: 'äußerst wichtig' }] });
  expect(await done('conversationLabelsRemove', { conversationId: id, labelIds: [refundId] })).toMatchObject({ labels: [{ name: 'äußerst wichtig' }] });
  expect(await refusal('conversationLabelsAdd', { conversationId: id, labelIds: [encodeId('lbl', newId())] })).toEqual([['LabelNotFound', 'input.labelIds']]);
  expect(await refusal('conversationLabelsAdd', { conversationId: id, labelIds: [] })).toEqual([['InputInvalid', 'input.labelIds']]);
  const rival = person(newId(), ['conversation:read', 'conversation:update', 'conversation:manage']);
  expect(await refusal('labelDelete', { labelId: vipId }, rival)).toEqual([['LabelNotFound', 'input.labelId']]);
  expect((await house.ask(LABELS, {}, rival)).data).toMatchObject({ labels: { nodes: [] } });
  expect(await remove(vipId)).toEqual({ labelId: vipId, userErrors: [] });
  expect(await done('conversationLabelsRemove', { conversationId: id, labelIds: [vipId] })).toMatchObject({ labels: [] });
});

it('of one name that two make at once are one, and none is put on anything after it is deleted', async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => create('once')));
  expect(made.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
  const labelId = (made.find(({ label }) => label)?.['label'] as { id: string }).id;
  const some = await Promise.all([fresh(), fresh(), fresh()]);
  const [removed, ...answers] = await Promise.all([remove(labelId), ...some.map(({ id }) => ask('conversationLabelsAdd', { conversationId: id, labelIds: [labelId] }, { select: '__typename' }))]);
  expect(removed.userErrors).toEqual([]);
  expect(answers.flatMap(({ userErrors }) => userErrors.map(({ __typename }) => __typename)).every((name) => name === 'LabelNotFound')).toBe(true);
  expect(await house.services.labelRemoval.remove(house.tenantId, uuidOf(labelId))).toBe(answers.filter(({ userErrors }) => userErrors.length === 0).length);
  expect(await house.rows('select 1 from conversations.conversation_label where label_id = $1', [uuidOf(labelId)])).toEqual([]);
});

it('one that is deleted is gone for readers at once, and is taken off in batches that outlive whoever does it, each conversation told of once', async () => {
  const MANY = 250;
  const [{ uuid, id }, { id: otherId, uuid: other }] = [await fresh(), await fresh()];
  await house.rows(`insert into conversations.conversation (tenant_id, id, inbox_id, contact_id, display_number, status, last_seq, inbound_count, last_activity_at, created_at)
    select tenant_id, gen_random_uuid(), inbox_id, contact_id, 1000 + n, 'RESOLVED', 0, 0, now(), now() from conversations.conversation, generate_series(1, $2::int) n where id = $1`, [uuid, MANY - 2]);
  const [goneId, staysId] = [await created('gone'), await created('stays')];
  const [gone, stays] = [uuidOf(goneId), uuidOf(staysId)];
  await house.rows(`insert into conversations.conversation_label select tenant_id, id, $1, now() from conversations.conversation where display_number > 1000 or id = any ($2)`, [gone, [uuid, other]]);
  await done('conversationLabelsAdd', { conversationId: otherId, labelIds: [staysId] });
  const found = async (filter: Record<string, unknown>): Promise<string[]> => ((await house.ask('query ($filter: ConversationFilter) { conversations(filter: $filter, first: 100) { nodes { id } } }', { filter })).data as
    { conversations: { nodes: { id: string }[] } }).conversations.nodes.map((node) => node.id);
  const left = async (): Promise<number> => (await house.rows('select 1 from conversations.conversation_label where label_id = $1', [gone])).length;
  const told = () => house.rows<{ id: string; n: number }>(`select stream_id as id, count(*)::int as n from conversations.outbox where type = 'ConversationUpdated' and stream_id = any (
    select id from conversations.conversation where display_number > 1000 union select $1::uuid) group by 1`, [uuid]);
  expect([(await found({ labelsAnyOf: [goneId] })).length, await left()]).toEqual([100, MANY]);

  const deleted = await Promise.all([remove(goneId), remove(goneId)]);
  expect(deleted.map(({ userErrors }) => userErrors.map(({ __typename }) => __typename)).toSorted()).toEqual([[], ['LabelNotFound']]);
  expect(await left()).toBe(MANY);
  expect(await found({ labelsAnyOf: [goneId] })).toEqual([]);
  expect(await found({ labelsAllOf: [staysId, goneId] })).toEqual([]);
  expect(await found({ labelsAnyOf: [goneId, staysId] })).toEqual([otherId]);
  expect(await found({ labelsAnyOf: [goneId], search: 'Hello' })).toEqual([]);
  expect((await house.ask('query ($id: ID!) { conversation(id: $id) { labels { id } } }', { id: otherId })).data).toEqual({ conversation: { labels: [{ id: staysId }] } });
  expect((await house.ask(LABELS, {})).data).toMatchObject({ labels: { nodes: expect.not.arrayContaining([expect.objectContaining({ id: goneId })]) } });
  expect(await refusal('labelUpdate', { labelId: goneId, color: '#000000' }, manager)).toEqual([['LabelNotFound', 'input.labelId']]);
  expect(await refusal('conversationLabelsAdd', { conversationId: id, labelIds: [goneId] })).toEqual([['LabelNotFound', 'input.labelIds']]);
  // What is left to the job it tells of.
  expect(await done('conversationLabelsRemove', { conversationId: id, labelIds: [goneId] })).toEqual({ labels: [] });
  expect(await told()).toEqual([]);
  const again = await created('gone');
  expect(await done('conversationLabelsAdd', { conversationId: otherId, labelIds: [again] })).toEqual({ labels: [{ name: 'gone' }, { name: 'stays' }] });
  expect(await house.rows(`select payload from conversations.outbox where type = 'LabelDeleted' and payload->>'labelId' = $1`, [gone])).toHaveLength(1);

  // Whoever dies leaves it where it is, and is followed by somebody whom the sweeper calls.
  const { unit } = house.services.deps;
  const after = { 'label:deleted': MANY, 'label:batch': MANY - 100 } as const;
  for (const { point } of labelCrashTable) {
    const doomed = new LabelRemoval(unit, (passed) => { if (passed === point) throw new Error(`stopped at ${passed}`); });
    await expect(doomed.remove(house.tenantId, gone)).rejects.toThrow(point);
    expect([point, await left()]).toEqual([point, after[point]]);
  }
  const system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
  const waiting = async () => (await conversationsDoor(house.services).overdue(system)).find(({ job }) => job === removeLabelJob)?.payloads.filter((payload) => (payload as { labelId: string }).labelId === gone);
  try {
    await house.rows(`update conversations.label set deleted_at = deleted_at - interval '1 minute' where id = $1`, [gone]);
    expect(await waiting()).toEqual([{ tenantId: house.tenantId, labelId: gone }]);
    const { labelRemoval } = house.services;
    expect(await labelRemoval.remove(newId(), gone)).toBe(0);
    const removed = await Promise.all([labelRemoval.remove(house.tenantId, gone), labelRemoval.remove(house.tenantId, gone)]);
    expect([removed[0] + removed[1], await left(), await labelRemoval.remove(house.tenantId, gone), await waiting()]).toEqual([MANY - 100, 0, 0, []]);
    // One that is in use is touched by nobody.
    expect(await labelRemoval.remove(house.tenantId, stays)).toBe(0);
  } finally {
    await system.end();
  }
  expect((await told()).map(({ n }) => n)).toEqual(Array.from({ length: MANY - 1 }, () => 1));
  expect((await house.ask('query ($id: ID!) { conversation(id: $id) { labels { name } } }', { id: otherId })).data).toEqual({ conversation: { labels: [{ name: 'gone' }, { name: 'stays' }] } });
  expect(await house.rows(`select event->>'outcome' as outcome from conversations.audit_staging where event->>'action' = 'label.delete' and event->'resource'->>'id' = $1 and event->>'outcome' = 'SUCCESS'`, [goneId])).toHaveLength(1);
  expect(await house.rows('select 1 from conversations.label where deleted_at is not null and id = $1', [gone])).toEqual([]);
});
