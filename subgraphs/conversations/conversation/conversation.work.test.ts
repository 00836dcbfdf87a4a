// What staff do with conversations: the life cycle and its clocks, who is in charge; and what happens when it is done at once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { conversationsDoor } from '../public.js';
import { CONVERSATION_STATUSES, type ConversationStatus } from './conversation.entity.js';
import { TRANSITIONS } from './conversation.states.js';

type Answer = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null }[] };

let house: TestConversations;
let agent: Actor;
const [ana, ben] = [newId(), newId()];
let phone = 15550100000;

const STATE = '{ id status priority snoozedUntil waitingSince firstReplyAt resolvedAt assignee { id } labels { name } }';
/** One mutation about a conversation. */
async function ask(field: string, input: Record<string, unknown>, { select = `conversation ${STATE}`, by = agent } = {}): Promise<Answer> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Answer;
}
const done = async (field: string, input: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const answer = await ask(field, input);
  expect(answer.userErrors).toEqual([]);
  return answer['conversation'] as Record<string, unknown>;
};
const refusal = async (field: string, input: Record<string, unknown>, by = agent): Promise<unknown[]> => {
  const { userErrors } = await ask(field, input, { select: '__typename', by });
  return userErrors.map(({ __typename, field: path }) => [__typename, path?.join('.')]);
};
/** A conversation of somebody new. */
const fresh = async (): Promise<{ id: string; uuid: string; from: string }> => {
  const from = String(phone += 1);
  const uuid = await house.conversation(from);
  return { id: encodeId('conv', uuid), uuid, from };
};
const row = async (uuid: string): Promise<Record<string, unknown>> =>
  (await house.rows('select status, snoozed_until, waiting_since, first_reply_at, resolved_at, assignee_id from conversations.conversation where id = $1', [uuid]))[0] ?? {};
const write = (from: string, text = 'Again'): Promise<void> => house.text(`wamid.${newId()}`, text, from);
const colleague = (userId: string, status: 'ACTIVE' | 'SUSPENDED' | 'DELETED' = 'ACTIVE', revision = 1) => house.services.colleagues.note(house.tenantId, { userId, status, revision });
const events = async (type: string, uuid: string): Promise<number> =>
  (await house.rows('select 1 from conversations.outbox where type = $1 and stream_id = $2', [type, uuid])).length;

beforeAll(async () => {
  house = await TestConversations.boot();
  agent = person(house.tenantId, ['conversation:read', 'conversation:create', 'conversation:update']);
  await colleague(ana);
  await colleague(ben);
});
afterAll(() => house?.close());

describe('the life cycle', () => {
  const COMMANDS = { OPENED: 'conversationOpen', RESOLVED: 'conversationResolve', SNOOZED: 'conversationSnooze' } as const;
  const cells = Object.entries(COMMANDS).flatMap(([event, field]) => CONVERSATION_STATUSES.map((before) => ({ event: event as keyof typeof COMMANDS, field, before })));

  it.each(cells)('$field of one that is $before', async ({ event, field, before }) => {
    const { id, uuid } = await fresh();
    await house.rows(`update conversations.conversation set status = $2, waiting_since = case $2 when 'RESOLVED' then null else waiting_since end where id = $1`, [uuid, before]);
    const after: ConversationStatus | null = TRANSITIONS[event][before];
    if (after === null) {
      expect(await refusal(field, { conversationId: id })).toEqual([['ConversationStateWrong', 'input.conversationId']]);
      expect(await row(uuid)).toMatchObject({ status: before });
      return;
    }
    expect(await done(field, { conversationId: id })).toMatchObject({ status: after, snoozedUntil: null });
    expect(await done(field, { conversationId: id })).toMatchObject({ status: after });
  });

  it('leaves no date of a sleep that is over, and no wait of what is done; the customer opens it again and waits anew', async () => {
    const { id, uuid, from } = await fresh();
    const until = new Date(house.clock.now().getTime() + 60_000).toISOString();
    expect(await done('conversationSnooze', { conversationId: id, until })).toMatchObject({ status: 'SNOOZED', snoozedUntil: until, waitingSince: expect.any(String) });
    await write(from);
    expect(await row(uuid)).toMatchObject({ status: 'OPEN', snoozed_until: null });
    const first = (await row(uuid))['waiting_since'];
    expect(await done('conversationResolve', { conversationId: id })).toMatchObject({ status: 'RESOLVED', waitingSince: null, resolvedAt: expect.any(String) });
    house.clock.advance(5_000);
    await write(from);
    expect(await row(uuid)).toMatchObject({ status: 'OPEN', resolved_at: null });
    expect((await row(uuid))['waiting_since']).not.toEqual(first);
  });

  it('knows when the customer was first answered, once', async () => {
    const { uuid } = await fresh();
    expect(await row(uuid)).toMatchObject({ first_reply_at: null, waiting_since: expect.any(Date) });
    await house.queue(uuid, 'Good evening');
    const { first_reply_at: first } = await row(uuid);
    expect(await row(uuid)).toMatchObject({ first_reply_at: expect.any(Date), waiting_since: null });
    house.clock.advance(1_000);
    await house.queue(uuid, 'And another thing');
    expect((await row(uuid))['first_reply_at']).toEqual(first);
  });

  it('wakes once when its time has come, however many ask, and not before', async () => {
    const { id, uuid } = await fresh();
    await done('conversationSnooze', { conversationId: id, until: new Date(house.clock.now().getTime() + 60_000).toISOString() });
    expect(await house.services.life.wake(house.tenantId, uuid)).toBe(false);
    await house.rows(`update conversations.conversation set snoozed_until = now() - interval '1 second' where id = $1`, [uuid]);
    const told = await events('ConversationUpdated', uuid);
    const [work] = (await conversationsDoor(house.services).overdue(house.admin)).filter(({ job }) => job.name === 'conversations.wake');
    expect(work?.payloads).toEqual([{ tenantId: house.tenantId, conversationId: uuid }]);
    expect((await Promise.all(Array.from({ length: 6 }, () => house.services.life.wake(house.tenantId, uuid)))).filter(Boolean)).toHaveLength(1);
    expect(await row(uuid)).toMatchObject({ status: 'OPEN', snoozed_until: null });
    expect(await events('ConversationUpdated', uuid)).toBe(told + 1);
    expect(await house.services.life.wake(newId(), uuid)).toBe(false);
  });

  it('puts nobody away who has just written, where the person says what they saw', async () => {
    const { id, uuid, from } = await fresh();
    await write(from);
    for (const field of ['conversationResolve', 'conversationSnooze']) expect(await refusal(field, { conversationId: id, seenSeq: 1 })).toEqual([['ConversationChanged', 'input.seenSeq']]);
    expect(await row(uuid)).toMatchObject({ status: 'OPEN' });
    expect(await done('conversationResolve', { conversationId: id, seenSeq: 2 })).toMatchObject({ status: 'RESOLVED' });
  });

  it('refuses a time that is over or far away, and what is not there or another tenant\'s', async () => {
    const { id, uuid } = await fresh();
    const at = (ms: number): string => new Date(house.clock.now().getTime() + ms).toISOString();
    for (const until of [at(-1_000), at(367 * 86_400_000)]) expect(await refusal('conversationSnooze', { conversationId: id, until })).toEqual([['InputInvalid', 'input.until']]);
    const rival = person(newId(), ['conversation:read', 'conversation:update']);
    for (const field of ['conversationOpen', 'conversationResolve', 'conversationSnooze', 'conversationUnassign', 'conversationPrioritySet', 'conversationMarkUnread']) {
      expect(await refusal(field, { conversationId: id }, rival)).toEqual([['ConversationNotFound', 'input.conversationId']]);
      expect(await refusal(field, { conversationId: encodeId('conv', newId()) })).toEqual([['ConversationNotFound', 'input.conversationId']]);
    }
    expect(await row(uuid)).toMatchObject({ status: 'OPEN' });
    await expect(ask('conversationResolve', { conversationId: id }, { by: person(house.tenantId, ['conversation:read', 'conversation:create']) })).rejects.toThrow('conversation:update');
  });
});

describe('an inbox in which a new conversation begins', () => {
  const manager = () => person(house.tenantId, ['conversation:read', 'inbox:manage']);
  const set = (reopen: string) => ask('inboxUpdate', { inboxId: encodeId('inb', house.inboxId), reopen }, { select: 'inbox { reopen }', by: manager() });
  const of = (from: string) => house.rows<{ id: string; status: string; last_seq: number }>(`select c.id, c.status, c.last_seq from conversations.conversation c
    join conversations.contact_identity i on i.contact_id = c.contact_id where i.external_id = $1 order by c.id`, [from]);
  afterAll(() => set('SAME'));

  it('keeps the resolved one as it was; there is one open one at a time', async () => {
    expect(await set('NEW')).toMatchObject({ inbox: { reopen: 'NEW' }, userErrors: [] });
    const { id, from } = await fresh();
    await write(from);
    expect(await of(from)).toMatchObject([{ status: 'OPEN', last_seq: 2 }]);
    await done('conversationResolve', { conversationId: id });
    await write(from);
    expect(await of(from)).toMatchObject([{ status: 'RESOLVED', last_seq: 2 }, { status: 'OPEN', last_seq: 1 }]);
    expect(await refusal('conversationOpen', { conversationId: id })).toEqual([['AnotherConversationOpen', 'input.conversationId']]);
    expect(await refusal('inboxUpdate', { inboxId: encodeId('inb', newId()), reopen: 'NEW' }, manager())).toEqual([['InboxNotFound', 'input.inboxId']]);
  });

  it('begins one and not several, when messages and people who resolve and open come at once; none is lost', async () => {
    const ROUNDS = 8;
    const { id, from } = await fresh();
    let overlapping = 0;
    let most = 0;
    const counted = async (work: () => Promise<unknown>): Promise<void> => {
      most = Math.max(most, overlapping += 1);
      await work().finally(() => { overlapping -= 1; });
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const newest = (await of(from)).at(-1)?.id ?? '';
      await Promise.all([
        counted(() => write(from)), counted(() => write(from)),
        counted(() => ask('conversationResolve', { conversationId: encodeId('conv', newest) })),
        counted(() => ask('conversationOpen', { conversationId: id })),
      ]);
      expect((await of(from)).filter(({ status }) => status !== 'RESOLVED').length).toBeLessThanOrEqual(1);
    }
    process.stdout.write(`life cycle: ${ROUNDS} rounds, up to ${most} at once, ${(await of(from)).length} conversations\n`);
    await house.ingestAll();
    expect((await of(from)).reduce((all, { last_seq }) => all + last_seq, 0)).toBe(1 + 2 * ROUNDS);
  }, 30_000);
});

describe('who is in charge', () => {
  const assign = (id: string, userId: string, more: Record<string, unknown> = {}) => ({ conversationId: id, userId: encodeId('user', userId), ...more });

  it('is somebody who works here now, until somebody else or nobody is', async () => {
    const { id, uuid } = await fresh();
    expect(await done('conversationAssign', assign(id, ana))).toMatchObject({ assignee: { id: encodeId('user', ana) } });
    const told = await events('ConversationUpdated', uuid);
    await done('conversationAssign', assign(id, ana));
    expect(await events('ConversationUpdated', uuid)).toBe(told);
    expect(await refusal('conversationAssign', assign(id, newId()))).toEqual([['ColleagueNotFound', 'input.userId']]);
    expect(await row(uuid)).toMatchObject({ assignee_id: ana });
    expect(await done('conversationUnassign', { conversationId: id })).toMatchObject({ assignee: null });
    const [audit] = await house.rows<{ event: unknown }>(`select event from conversations.audit_staging where event->>'action' = 'conversation.unassign' and event->>'outcome' = 'SUCCESS' order by id desc limit 1`);
    expect(audit?.event).toMatchObject({ resource: { id }, before: { assignee: encodeId('user', ana) }, after: { assignee: null } });
  });

  it('is the first of two who take it at once, where they say what they saw', async () => {
    const ROUNDS = 6;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, uuid } = await fresh();
      const answers = await Promise.all([ana, ben, ana, ben].map((userId) => ask('conversationAssign', assign(id, userId, { expectedAssigneeId: null }))));
      const [won] = answers.filter(({ userErrors }) => userErrors.length === 0);
      const lost = answers.flatMap(({ userErrors }) => userErrors.map(({ __typename }) => __typename));
      expect(lost).toEqual(['ConversationChanged', 'ConversationChanged', 'ConversationChanged']);
      expect((won?.['conversation'] as { assignee: { id: string } }).assignee.id).toBe(encodeId('user', String((await row(uuid))['assignee_id'])));
    }
    process.stdout.write(`assign: ${ROUNDS} rounds of 4 at once, one won each\n`);
  });

  it('is nobody who leaves at that moment: they are suspended, or gone, and nothing open stays theirs', async () => {
    const mine = await Promise.all([fresh(), fresh(), fresh(), fresh()]);
    const leaver = newId();
    await colleague(leaver);
    await Promise.all([
      ...mine.map(({ id }) => ask('conversationAssign', assign(id, leaver))), colleague(leaver, 'DELETED', 2), ...mine.map(({ from }) => write(from)),
    ]);
    expect(await house.rows('select 1 from conversations.conversation where assignee_id = $1', [leaver])).toEqual([]);
    // An older word does not bring them back, a newer one does.
    expect(await colleague(leaver, 'ACTIVE', 1)).toBe(false);
    const [{ id } = { id: '' }] = mine;
    expect(await refusal('conversationAssign', assign(id, leaver))).toEqual([['ColleagueNotFound', 'input.userId']]);
    await colleague(leaver, 'SUSPENDED', 3);
    expect(await refusal('conversationAssign', assign(id, leaver))).toEqual([['ColleagueNotFound', 'input.userId']]);
    await colleague(leaver, 'ACTIVE', 4);
    expect(await done('conversationAssign', assign(id, leaver))).toMatchObject({ assignee: { id: encodeId('user', leaver) } });
  });

  it('and how urgent it is, is said and unsaid', async () => {
    const { id } = await fresh();
    expect(await done('conversationPrioritySet', { conversationId: id, priority: 'URGENT' })).toMatchObject({ priority: 'URGENT' });
    expect(await done('conversationPrioritySet', { conversationId: id })).toMatchObject({ priority: null });
  });

  it('and what is unread again is so for one person', async () => {
    const { id } = await fresh();
    const unread = async (by: Actor) => ((await house.ask('query ($id: ID!) { conversation(id: $id) { unreadCount } }', { id }, by)).data as { conversation: { unreadCount: number } }).conversation.unreadCount;
    const colleagueActor = person(house.tenantId, ['conversation:read']);
    for (const by of [agent, colleagueActor]) await house.ask('mutation ($id: ID!) { conversationMarkRead(input: { conversationId: $id }) { userErrors { code } } }', { id }, by);
    await ask('conversationMarkUnread', { conversationId: id });
    await ask('conversationMarkUnread', { conversationId: id });
    expect([await unread(agent), await unread(colleagueActor)]).toEqual([1, 0]);
  });
});

describe('custom attributes', () => {
  const ATTRIBUTES = 'conversation { attributes { name text number flag } }';
  const set = (conversationId: string, attributes: Record<string, unknown>[]) => ask('conversationAttributesSet', { conversationId, attributes }, { select: ATTRIBUTES });
  const WRONG: [string, Record<string, unknown>[], string][] = [
    ['none', [], 'attributes'], ['a name that is none', [{ name: 'Big', text: 'x' }], 'attributes.0.name'], ['two values', [{ name: 'a', text: 'x', flag: true }], 'attributes.0'],
    ['a text that is too long', [{ name: 'ok', flag: true }, { name: 'a', text: 'x'.repeat(501) }], 'attributes.1.text'], ['a NUL', [{ name: 'a', text: 'a\0b' }], 'attributes.0.text'],
    ['too many', Array.from({ length: 51 }, (_, index) => ({ name: `a${index}`, number: index })), 'attributes'],
    ['more than fits', Array.from({ length: 50 }, (_, index) => ({ name: `a${index}`, text: '🍕'.repeat(500) })), 'attributes'],
  ];

  it('are typed, set and taken away by name, told once each time something changes, and shown to nobody of another tenant', async () => {
    const { id, uuid } = await fresh();
    const first = await set(id, [{ name: 'table', number: 12 }, { name: 'constructor', text: 'Eiffel\nParis' }, { name: 'vegan', flag: false }]);
    expect(first).toEqual({ userErrors: [], conversation: { attributes: [
      { name: 'constructor', text: 'Eiffel\nParis', number: null, flag: null }, { name: 'table', text: null, number: 12, flag: null }, { name: 'vegan', text: null, number: null, flag: false }] } });
    expect(await events('ConversationUpdated', uuid)).toBe(1);
    await set(id, [{ name: 'table', number: 12 }]);
    expect(await events('ConversationUpdated', uuid)).toBe(1);
    expect(await set(id, [{ name: 'vegan' }, { name: 'table', number: -5e-324 }])).toMatchObject({ conversation: { attributes: [{ name: 'constructor' }, { name: 'table', number: -5e-324 }] }, userErrors: [] });
    expect(await events('ConversationUpdated', uuid)).toBe(2);
    const rival = person(newId(), ['conversation:read', 'conversation:update']);
    expect(await refusal('conversationAttributesSet', { conversationId: id, attributes: [{ name: 'a', flag: true }] }, rival)).toEqual([['ConversationNotFound', 'input.conversationId']]);
    await expect(ask('conversationAttributesSet', { conversationId: id, attributes: [{ name: 'a', flag: true }] }, { by: person(house.tenantId, ['conversation:read']) })).rejects.toThrow('conversation:update');
  });

  it.each(WRONG)('are refused with %s, and nothing of it is set', async (_name, attributes, field) => {
    const { id } = await fresh();
    expect(await refusal('conversationAttributesSet', { conversationId: id, attributes })).toEqual([['InputInvalid', `input.${field}`]]);
    expect((await house.ask('query ($id: ID!) { conversation(id: $id) { attributes { name } } }', { id })).data).toEqual({ conversation: { attributes: [] } });
  });

  it('set by two at once are both there, and beyond 50 one is refused', async () => {
    const { id } = await fresh();
    await set(id, Array.from({ length: 48 }, (_, index) => ({ name: `a${index}`, number: index })));
    const answers = await Promise.all(['x', 'y', 'z'].map((name) => set(id, [{ name, flag: true }])));
    expect(answers.map(({ userErrors }) => userErrors.length).toSorted()).toEqual([0, 0, 1]);
    const { data } = await house.ask('query ($id: ID!) { conversation(id: $id) { attributes { name } } }', { id });
    expect((data as { conversation: { attributes: unknown[] } }).conversation.attributes).toHaveLength(50);
  });
});
