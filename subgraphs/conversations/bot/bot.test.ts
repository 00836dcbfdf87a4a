// Bots in conversations: what becomes theirs, what people take, and that nobody is talked over.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

type Answer = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null }[] };

let house: TestConversations;
let agent: Actor;
let program: Actor;
const [ana, concierge, porter] = [newId(), newId(), newId()];
const user = (id: string): string => encodeId('user', id);
let phone = 15550500000;
let revision = 0;

const STATE = 'conversation { status bot { id } assignee { id } }';
async function ask(field: string, input: Record<string, unknown>, { select = STATE, by = agent } = {}): Promise<Answer> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Answer;
}
const serves = (botId: string | null, number = (revision += 1)) => house.services.inboxBots.note(house.tenantId, { inboxId: house.inboxId, botId, revision: number });
const fresh = async (): Promise<{ id: string; uuid: string; from: string }> => {
  const from = String(phone += 1);
  const uuid = await house.conversation(from);
  return { id: encodeId('conv', uuid), uuid, from };
};
const state = async (id: string) => (await house.ask('query ($id: ID!) { conversation(id: $id) { status bot { id } assignee { id } } }', { id }, agent)).data?.['conversation'];
const with_ = (botId: string) => ({ status: 'PENDING', bot: { id: encodeId('bot', botId) }, assignee: null });
const open = (who: string | null = null) => ({ status: 'OPEN', bot: null, assignee: who === null ? null : { id: user(who) } });
const says = (conversationId: string, text: string, more: Record<string, unknown> = {}, by = program) =>
  ask('botMessageSend', { botId: encodeId('bot', concierge), conversationId, text, idempotencyKey: newId(), ...more }, { select: 'message { id author { __typename ... on Bot { id } } }', by });
const answers = (conversationId: string, text: string, by = agent) => ask('messageSend', { conversationId, text, idempotencyKey: newId() }, { select: 'message { id }', by });
const standing = async (text: string) => (await house.rows(`select m.status, m.error_code, o.state from conversations.message m join conversations.outbound o on o.message_id = m.id where m.text = $1`, [text]))[0];
const errors = ({ userErrors }: Answer) => userErrors.map(({ __typename, field }) => [__typename, field?.join('.')]);

beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  agent = { ...person(house.tenantId, ['conversation:read', 'conversation:create', 'conversation:update']), sub: ana };
  program = { ...person(house.tenantId, ['conversation:read', 'bot:act']), kind: 'api_key', sub: null, session: null, apiKey: newId() };
  await house.services.colleagues.note(house.tenantId, { userId: ana, status: 'ACTIVE', revision: 1 });
});
afterAll(() => house?.close());
beforeEach(() => serves(concierge));

describe('an inbox with a bot', () => {
  it('gives the bot what begins and what begins again, and leaves to staff what they have or put aside', async () => {
    const { id, uuid, from } = await fresh();
    expect(await state(id)).toEqual(with_(concierge));
    await house.text(`wamid.${newId()}`, 'Still there?', from);
    expect(await state(id)).toEqual(with_(concierge));
    await ask('conversationAssign', { conversationId: id, userId: user(ana) });
    expect(await state(id)).toEqual(open(ana));
    await house.text(`wamid.${newId()}`, 'Thanks', from);
    expect(await state(id)).toEqual(open(ana));
    await ask('conversationSnooze', { conversationId: id });
    await house.text(`wamid.${newId()}`, 'Hm', from);
    expect(await state(id)).toEqual(open(ana));
    await ask('conversationResolve', { conversationId: id });
    await house.text(`wamid.${newId()}`, 'Another thing', from);
    expect(await state(id)).toEqual(with_(concierge));
    expect(await house.rows('select waiting_since is not null as waits from conversations.conversation where id = $1', [uuid])).toEqual([{ waits: true }]);
  });

  it('whose bot is switched off or another opens what the former had, and gives it nothing more', async () => {
    const some = [await fresh(), await fresh()];
    const told = async () => (await house.rows(`select payload from conversations.outbox where type = 'InboxBotNoted' order by id desc limit 1`))[0];
    await Promise.all([serves(null), house.text(`wamid.${newId()}`, 'Hello', String(phone += 1)), house.text(`wamid.${newId()}`, 'Hello', String(phone += 1))]);
    expect(await told()).toEqual({ payload: { inboxId: house.inboxId, revision } });
    expect(await house.rows('select 1 from conversations.conversation where bot_id is not null')).toEqual([]);
    for (const { id } of some) expect(await state(id)).toEqual(open());
    expect(await state((await fresh()).id)).toEqual(open());
    // An older word changes nothing.
    expect(await serves(concierge, revision - 1)).toBe(false);
    expect(errors(await ask('conversationHandToBot', { conversationId: some[0]?.id }))).toEqual([['BotUnavailable', 'input.conversationId']]);
    await serves(porter);
    expect(await state((await fresh()).id)).toEqual(with_(porter));
  });

  it('is one bot or one person, whoever writes the row', async () => {
    const { uuid } = await fresh();
    await expect(house.rows('update conversations.conversation set assignee_id = $2 where id = $1', [uuid, ana])).rejects.toMatchObject({ code: '23514' });
    await expect(house.rows(`update conversations.conversation set status = 'OPEN' where id = $1`, [uuid])).rejects.toMatchObject({ code: '23514' });
  });
});

describe('a conversation', () => {
  it('goes from its bot to people, who are given it, and back', async () => {
    const manager = person(house.tenantId, ['conversation:read', 'inbox:manage']);
    await ask('inboxAssignmentSet', { inboxId: encodeId('inb', house.inboxId), mode: 'ROUND_ROBIN', agents: [{ userId: user(ana) }] }, { select: '__typename', by: manager });
    const now = house.clock.now();
    await house.services.presences.note(house.tenantId, { userId: ana, status: 'ONLINE', saidAt: now.toISOString(), endsAt: new Date(now.getTime() + 600_000).toISOString() });
    const { id } = await fresh();
    const give = () => house.services.giver.run(house.tenantId, house.inboxId);
    await give();
    expect(await state(id)).toEqual(with_(concierge));
    const wanted = async () => (await house.rows(`select 1 from conversations.outbox where type = 'AssignmentWanted'`)).length;
    const before = await wanted();
    for (let i = 0; i < 2; i += 1) expect(await ask('conversationHandOff', { conversationId: id })).toEqual({ conversation: open(), userErrors: [] });
    expect(await wanted()).toBe(before + 1);
    expect(await give()).toBe(1);
    expect(await state(id)).toEqual(open(ana));
    for (let i = 0; i < 2; i += 1) expect(await ask('conversationHandToBot', { conversationId: id })).toEqual({ conversation: with_(concierge), userErrors: [] });
    await ask('conversationResolve', { conversationId: id });
    for (const field of ['conversationHandOff', 'conversationHandToBot']) expect(errors(await ask(field, { conversationId: id }))).toEqual([['ConversationStateWrong', 'input.conversationId']]);
    const rival = person(newId(), ['conversation:read', 'conversation:update']);
    for (const field of ['conversationHandOff', 'conversationHandToBot']) expect(errors(await ask(field, { conversationId: id }, { by: rival }))).toEqual([['ConversationNotFound', 'input.conversationId']]);
    await ask('inboxAssignmentSet', { inboxId: encodeId('inb', house.inboxId), mode: 'OFF' }, { select: '__typename', by: manager });
  });
});

describe('what a bot writes', () => {
  it('is sent as the bot\'s, once, and ends the wait but is no first reply', async () => {
    const { id, uuid } = await fresh();
    const idempotencyKey = newId();
    const first = await says(id, 'Good evening', { idempotencyKey });
    expect(first).toMatchObject({ message: { author: { __typename: 'Bot', id: encodeId('bot', concierge) } }, userErrors: [] });
    expect(await says(id, 'Good evening', { idempotencyKey })).toEqual(first);
    expect(errors(await says(id, 'Something else', { idempotencyKey }))).toEqual([['IdempotencyMismatch', 'input.idempotencyKey']]);
    expect(await house.drain(uuid)).toBe(1);
    expect(await standing('Good evening')).toMatchObject({ status: 'SENT', state: 'ACCEPTED' });
    expect(await house.rows('select waiting_since, first_reply_at from conversations.conversation where id = $1', [uuid])).toEqual([{ waiting_since: null, first_reply_at: null }]);
    await answers(id, 'And good evening from me');
    expect(await house.rows('select first_reply_at is not null as replied from conversations.conversation where id = $1', [uuid])).toEqual([{ replied: true }]);
  });

  it('is refused where it is not in charge, or is not there, and nobody else writes in its place', async () => {
    const { id } = await fresh();
    expect(errors(await says(id, 'Not mine', { botId: encodeId('bot', porter) }))).toEqual([['PersonTookOver', 'input.conversationId']]);
    const stored = await house.count('message');
    await answers(id, 'A person');
    expect(await state(id)).toEqual(open(ana));
    expect(await says(id, 'Too late')).toEqual({ message: null, userErrors: [{ __typename: 'PersonTookOver', code: 'WRONG_STATE', field: ['input', 'conversationId'] }] });
    expect(errors(await says(encodeId('conv', newId()), 'Nowhere'))).toEqual([['ConversationNotFound', 'input.conversationId']]);
    expect(errors(await says(id, 'Of another tenant', {}, { ...program, tenant: newId() }))).toEqual([['ConversationNotFound', 'input.conversationId']]);
    await expect(says(id, 'No right to', {}, agent)).rejects.toThrow('bot:act');
    expect([await house.count('message'), await house.count('bot_request')]).toEqual([stored + 1, expect.any(Number)]);
  });

  it('is not sent once a person has answered, also where it waited to be tried again, and keeps them waiting for nothing', async () => {
    const { id, uuid } = await fresh();
    await says(id, 'Bot one');
    await house.script([{ status: 429 }]);
    expect(await house.drain(uuid)).toBe(1);
    expect(await standing('Bot one')).toMatchObject({ state: 'RETRY' });
    await says(id, 'Bot two');
    await answers(id, 'A person answers');
    expect(await house.drain(uuid)).toBe(1);
    for (const text of ['Bot one', 'Bot two']) expect(await standing(text)).toEqual({ status: 'FAILED', error_code: 'PERSON_TOOK_OVER', state: 'REFUSED' });
    expect(await standing('A person answers')).toMatchObject({ status: 'SENT' });
    const sent = await house.sent();
    expect([sent.includes('Bot two'), sent.includes('A person answers')]).toEqual([false, true]);
    // Nobody is asked to see to it.
    expect(await house.count('attention_request')).toBe(0);
    const [audit] = await house.rows<{ event: unknown }>(`select event from conversations.audit_staging where event->>'action' = 'conversation.take_over' and event->'resource'->>'id' = $1`, [id]);
    expect(audit?.event).toMatchObject({ before: { status: 'PENDING', bot: encodeId('bot', concierge) }, after: { status: 'OPEN', bot: null, assignee: user(ana) } });
  });

  it('is handed over before a person takes over or after, never while they do', async () => {
    const { id, uuid } = await fresh();
    await says(id, 'In between');
    const other = await house.admin.connect();
    try {
      await other.query('begin');
      await other.query(`update conversations.conversation set bot_id = null, status = 'OPEN' where id = $1`, [uuid]);
      expect(await house.drain(uuid)).toBe(0);
      expect(await standing('In between')).toMatchObject({ state: 'INTENT' });
      await other.query('commit');
    } finally {
      other.release();
    }
    expect(await house.drain(uuid)).toBe(0);
    expect(await standing('In between')).toMatchObject({ error_code: 'PERSON_TOOK_OVER', state: 'REFUSED' });
  });

  it('is of before or after what a person writes at the same time', async () => {
    const ROUNDS = 5;
    const outcomes: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { id, uuid } = await fresh();
      const texts = [`Bot ${round}`, `Person ${round}`];
      const [bot] = await Promise.all([says(id, texts[0] ?? ''), answers(id, texts[1] ?? '')]);
      await house.drain(uuid);
      const sent = (await house.sent()).filter((text) => texts.includes(text));
      expect(sent).toEqual([texts[1]]);
      expect(await state(id)).toEqual(open(ana));
      outcomes.push(bot?.userErrors.length === 0 ? 'queued and not sent' : 'refused');
    }
    process.stdout.write(`bot and person at once: ${outcomes.join(', ')}\n`);
  });
});
