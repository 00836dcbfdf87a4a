// Staff react to messages: in order with what they write, once, and shown when the channel has taken it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { conversationsDoor } from '../public.js';

let house: TestConversations;
beforeAll(async () => { house = await TestConversations.boot({ sending: true }); });
afterAll(() => house?.close());

const REACT = `mutation ($input: MessageReactInput!) { messageReact(input: $input) { message { id reactions { emoji fromCustomer } } userErrors { __typename code field } } }`;
async function react(messageId: string, emoji: string | null, actor = house.agent): Promise<unknown> {
  const { data, errors } = await house.ask(REACT, { input: { messageId: encodeId('msg', messageId), emoji } }, actor);
  expect(errors).toBeUndefined();
  return data?.['messageReact'];
}
const QUEUED = { message: { id: expect.any(String) }, userErrors: [] };
const refused = (typename: string, field: string): unknown => ({ message: null, userErrors: [{ __typename: typename, code: expect.any(String), field: ['input', field] }] });
const first = async (thread: string): Promise<string> => (await house.rows<{ id: string }>('select id from conversations.message where conversation_id = $1 and seq = 1', [thread]))[0]?.id ?? '';
const shown = async (id: string): Promise<unknown> => {
  const { data } = await house.ask('query ($id: ID!) { conversation(id: $id) { messages { nodes { id reactions { emoji fromCustomer } } } } }', { id: encodeId('conv', id) });
  return (data?.['conversation'] as { messages: { nodes: { reactions: unknown[] }[] } }).messages.nodes.at(-1)?.reactions;
};
const ledger = (messageId: string) => house.rows('select emoji, state, attempts from conversations.outbound where reaction_to = $1 order by message_id', [messageId]);

describe('a reaction of staff', () => {
  it('goes out behind what was written before it, stands once, and can be taken off', async () => {
    const thread = await house.conversation('15558800');
    const id = await first(thread);
    await house.queue(thread, 'written before');
    expect(await react(id, '👍')).toMatchObject(QUEUED);
    await house.queue(thread, 'written after');
    expect(await react(id, '👍')).toMatchObject(QUEUED);
    expect([await ledger(id), await shown(thread)]).toEqual([[{ emoji: '👍', state: 'INTENT', attempts: 0 }], []]);
    expect(await house.drain(thread)).toBe(3);
    expect((await house.taken()).slice(-3).map(({ body }) => body)).toMatchObject([
      { text: { body: 'written before' } }, { type: 'reaction', to: '15558800', reaction: { message_id: 'wamid.first.15558800', emoji: '👍' } }, { text: { body: 'written after' } }]);
    expect([await ledger(id), await shown(thread)]).toEqual([[{ emoji: '👍', state: 'ACCEPTED', attempts: 1 }], [{ emoji: '👍', fromCustomer: false }]]);
    // It stands already.
    await react(id, '👍');
    expect(await house.drain(thread)).toBe(0);
    await react(id, '❤️');
    await react(id, null);
    expect(await house.drain(thread)).toBe(2);
    expect((await house.taken()).at(-1)?.body).toMatchObject({ reaction: { emoji: '' } });
    expect(await shown(thread)).toEqual([]);
    const trail = await house.rows(`select event->>'action' as action from conversations.audit_staging where event->'resource'->>'id' = $1 and event->>'action' like '%react%' order by id`, [encodeId('msg', id)]);
    expect(trail.map(({ action }) => action)).toEqual(['message.request_reaction', 'message.request_reaction', 'message.react', 'message.request_reaction', 'message.request_reaction', 'message.request_reaction', 'message.react', 'message.react']);
  });

  it('is an action on Messenger, and on Instagram has one word', async () => {
    for (const [channel, emoji, reaction] of [['MESSENGER', '🎉', '🎉'], ['INSTAGRAM', '❤️', 'love']] as const) {
      const thread = await house.messengerConversation(`react-${channel}`, channel);
      const id = await first(thread);
      await react(id, emoji);
      expect(await house.drain(thread)).toBe(1);
      expect((await house.taken()).at(-1)?.body).toEqual({ recipient: { id: `react-${channel}` }, sender_action: 'react', payload: { message_id: `m_first.react-${channel}`, reaction } });
      await react(id, null);
      expect(await house.drain(thread)).toBe(1);
      expect((await house.taken()).at(-1)?.body).toMatchObject({ sender_action: 'unreact', payload: { message_id: `m_first.react-${channel}` } });
      expect(await ledger(id)).toMatchObject([{ state: 'ACCEPTED' }, { state: 'ACCEPTED' }]);
      if (channel === 'INSTAGRAM') expect(await react(id, '🎉')).toEqual(refused('InputInvalid', 'emoji'));
    }
  });

  it('is never sent again by itself when nobody knows what became of it, and is not shown', async () => {
    const thread = await house.conversation('15558801');
    const id = await first(thread);
    await react(id, '😮');
    await house.script([{ drop: 'after' }]);
    expect([await house.drain(thread), await house.drain(thread)]).toEqual([1, 0]);
    await house.admin.query(`update conversations.outbound set attempted_at = now() - interval '11 minutes' where reaction_to = $1`, [id]);
    const system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
    await conversationsDoor(house.services).giveUp(system);
    await system.end();
    expect([await ledger(id), await shown(thread)]).toEqual([[{ emoji: '😮', state: 'UNCONFIRMED', attempts: 1 }], []]);
    await house.queue(thread, 'goes on');
    expect(await house.drain(thread)).toBe(1);
  });

  it('that the channel refuses is told in the trail; one that it refuses for now is tried again', async () => {
    const thread = await house.conversation('15558802');
    const id = await first(thread);
    await react(id, '👍');
    await house.script([{ code: 130429 }, { code: 131009 }]);
    expect(await house.drain(thread)).toBe(1);
    expect(await ledger(id)).toMatchObject([{ state: 'RETRY' }]);
    house.clock.advance(3_000);
    expect(await house.drain(thread)).toBe(1);
    expect([await ledger(id), await shown(thread)]).toMatchObject([[{ state: 'REFUSED', attempts: 2 }], []]);
    expect(await house.rows(`select event->>'outcome' as outcome from conversations.audit_staging where event->>'action' = 'message.refuse_reaction'`)).toEqual([{ outcome: 'FAILURE' }]);
  });

  it('is refused, with nothing written, for what is no emoji, no message of ours, unknown to the channel, or too late', async () => {
    const thread = await house.conversation('15558803');
    const id = await first(thread);
    const unsent = await house.queue(thread, 'not out yet');
    const before = await house.count('outbound');
    for (const emoji of ['', 'x', '👍👍', 'ok 👍', '\u0000']) expect(await react(id, emoji)).toEqual(refused('InputInvalid', 'emoji'));
    expect(await react(newId(), '👍')).toEqual(refused('MessageNotFound', 'messageId'));
    expect(await react(id, '👍', person(newId(), ['conversation:read', 'conversation:create']))).toEqual(refused('MessageNotFound', 'messageId'));
    expect(await react(unsent, '👍')).toEqual(refused('InputInvalid', 'messageId'));
    house.clock.advance(25 * 3_600_000);
    expect(await react(id, '👍')).toEqual(refused('WindowClosed', 'messageId'));
    expect(await house.count('outbound')).toBe(before);
  });
});
