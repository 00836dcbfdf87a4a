// What staff send besides text: each kind as its channel documents it, refused before anything is written where the channel does not take it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { ChannelName } from '../channel/channel.port.js';

let house: TestConversations;
/** A conversation on each channel. */
const threads = new Map<ChannelName, string>();
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  threads.set('WHATSAPP', await house.conversation('15554000'));
  for (const channel of ['MESSENGER', 'INSTAGRAM'] as const) threads.set(channel, await house.messengerConversation(`psid-${channel}`, channel));
});
afterAll(() => house?.close());

const START = `mutation ($input: ConversationStartInput!) { conversationStart(input: $input) { conversation { id } message { id } userErrors { __typename message field } } }`;
const SEND = `mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id type text status replyTo { id }
  content { __typename ... on LocationContent { latitude name } ... on ContactsContent { contacts { name phones } }
    ... on ChoicesContent { listButton header footer sections { title options { choiceId title description } } } } }
  userErrors { __typename code message field } } }`;
type Parts = Record<string, unknown>;
interface Sent { message: Parts & { id: string } | null; userErrors: Parts[] }

async function start(parts: Parts): Promise<{ conversation: { id: string } | null; message: { id: string } | null; userErrors: Parts[] }> {
  const { data, errors } = await house.ask(START, { input: { idempotencyKey: newId(), ...parts } });
  expect(errors).toBeUndefined();
  return data?.['conversationStart'] as never;
}
async function send(parts: Parts, channel: ChannelName = 'WHATSAPP'): Promise<Sent> {
  const { data, errors } = await house.ask(SEND, { input: { conversationId: encodeId('conv', threads.get(channel) ?? ''), idempotencyKey: newId(), ...parts } });
  expect(errors).toBeUndefined();
  return data?.['messageSend'] as Sent;
}
/** Sends it and hands it over. @returns the message, and what the provider took */
async function taken(parts: Parts, channel: ChannelName = 'WHATSAPP'): Promise<[Sent['message'], unknown]> {
  const { message, userErrors } = await send(parts, channel);
  expect(userErrors).toEqual([]);
  await house.drain(threads.get(channel) ?? '');
  const last = (await house.taken()).at(-1);
  expect((await house.rows('select status from conversations.message where external_id = $1', [last?.id]))).toEqual([{ status: 'SENT' }]);
  return [message, last?.body];
}

const YES = { id: 'yes', title: 'Yes, please' };
const NO = { id: 'no', title: 'No' };
const buttons = (...given: Parts[]): Parts => ({ text: 'Shall we?', choices: { buttons: given } });
const rows = (count: number, from = 0): Parts[] => Array.from({ length: count }, (_, index) => ({ id: `r${from + index}`, title: `Row ${from + index}` }));
const list = (...sections: Parts[]): Parts => ({ text: 'Which one?', choices: { listButton: 'Show', sections } });

describe('a message', () => {
  it('with a place, cards, buttons or a list is sent as WhatsApp documents it, and shown', async () => {
    expect(await taken({ location: { latitude: 45.07, longitude: 7.69, name: 'Mole' } })).toMatchObject([
      { type: 'LOCATION', text: 'Mole', content: { latitude: 45.07, name: 'Mole' } }, { type: 'location', location: { latitude: 45.07, longitude: 7.69, name: 'Mole' } }]);
    expect(await taken({ contacts: [{ name: 'Ada', organization: 'Engines', phones: ['+39 011'], emails: ['ada@x.test'] }, { name: 'Bo' }] })).toMatchObject([
      { type: 'CONTACTS', text: 'Ada, Bo', content: { contacts: [{ name: 'Ada', phones: ['+39 011'] }, { name: 'Bo', phones: [] }] } },
      { type: 'contacts', contacts: [{ name: { formatted_name: 'Ada', first_name: 'Ada' }, org: { company: 'Engines' }, phones: [{ phone: '+39 011' }], emails: [{ email: 'ada@x.test' }] }, { name: { formatted_name: 'Bo' } }] }]);
    expect(await taken({ ...buttons(YES, NO), choices: { buttons: [YES, NO], header: 'Tonight', footer: 'Trattoria' } })).toMatchObject([
      { type: 'CHOICES', text: 'Shall we?', content: { listButton: null, header: 'Tonight', footer: 'Trattoria', sections: [{ title: null, options: [{ choiceId: 'yes', title: 'Yes, please' }, { choiceId: 'no' }] }] } },
      { type: 'interactive', interactive: { type: 'button', header: { type: 'text', text: 'Tonight' }, body: { text: 'Shall we?' }, footer: { text: 'Trattoria' },
        action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Yes, please' } }, { type: 'reply', reply: { id: 'no', title: 'No' } }] } } }]);
    expect(await taken(list({ title: 'Pasta', options: [{ id: 'p', title: 'Penne', description: 'al forno' }] }, { title: 'Pizza', options: rows(2) }))).toMatchObject([
      { type: 'CHOICES', content: { listButton: 'Show', sections: [{ title: 'Pasta', options: [{ choiceId: 'p', description: 'al forno' }] }, { title: 'Pizza' }] } },
      { interactive: { type: 'list', action: { button: 'Show', sections: [{ title: 'Pasta', rows: [{ id: 'p', title: 'Penne', description: 'al forno' }] }, { title: 'Pizza', rows: [{ id: 'r0', title: 'Row 0' }, { id: 'r1' }] }] } } }]);
  });

  it.each(['MESSENGER', 'INSTAGRAM'] as const)('with choices has quick replies on %s, and answers a message', async (channel) => {
    const mid = `m_first.psid-${channel}`;
    const [welcome] = await house.rows<{ id: string }>('select id from conversations.message where external_id = $1', [mid]);
    const replyToId = encodeId('msg', welcome?.id ?? '');
    expect(await taken({ ...buttons(...rows(13)), replyToId }, channel)).toMatchObject([{ replyTo: { id: replyToId } }, {
      recipient: { id: `psid-${channel}` }, messaging_type: 'RESPONSE', reply_to: { mid },
      message: { text: 'Shall we?', quick_replies: rows(13).map(({ id, title }) => ({ content_type: 'text', title, payload: id })) } }]);
  });

  it('that answers another names it as WhatsApp knows it; one that is unknown there, or elsewhere, is refused', async () => {
    const thread = threads.get('WHATSAPP') ?? '';
    const [first] = await house.rows<{ id: string; external_id: string }>('select id, external_id from conversations.message where conversation_id = $1 and seq = 1', [thread]);
    expect(await taken({ text: 'Indeed', replyToId: encodeId('msg', first?.id ?? '') })).toMatchObject([{ replyTo: { id: encodeId('msg', first?.id ?? '') } }, { context: { message_id: first?.external_id } }]);
    const waiting = (await send({ text: 'Not out yet' })).message?.id;
    const other = await house.conversation('15554001');
    const [foreign] = await house.rows<{ id: string }>('select id from conversations.message where conversation_id = $1', [other]);
    for (const replyToId of [waiting, encodeId('msg', foreign?.id ?? ''), encodeId('msg', newId())]) {
      expect(await send({ text: 'x', replyToId })).toMatchObject({ message: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'replyToId'] }] });
    }
    await house.drain(thread);
  });

  it('that begins a conversation is a template on WhatsApp, or of any kind while the window is open', async () => {
    await house.addTemplate('hello', 'Hello');
    const contactId = await house.services.contacts.create(house.tenantId, { id: newId(), name: 'New', inboxId: house.inboxId, externalId: '15554999', phone: null }, 'test');
    const ids = { contactId: encodeId('cont', contactId), inboxId: encodeId('inb', house.inboxId) };
    expect(await start({ ...ids, ...buttons(YES) })).toMatchObject({ userErrors: [{ __typename: 'WindowClosed' }] });
    expect(await start({ ...ids, template: { name: 'hello', language: 'en' } })).toMatchObject({ userErrors: [] });
    await house.text('wamid.opens', 'Hi', '15554999');
    expect(await start({ ...ids, ...buttons(YES) })).toMatchObject({ userErrors: [] });
    expect(await start({ ...ids, location: { latitude: 91, longitude: 0 } })).toMatchObject({ conversation: null, userErrors: [{ field: ['input', 'location', 'latitude'] }] });
  });
});

describe('an idempotency key', () => {
  it('holds for the whole message', async () => {
    const idempotencyKey = newId();
    const { message } = await send({ ...buttons(YES, NO), idempotencyKey });
    expect((await send({ ...buttons(YES, NO), idempotencyKey })).message?.id).toBe(message?.id);
    for (const other of [buttons(YES), { text: 'Shall we?' }, { ...buttons(YES, NO), choices: { buttons: [YES, NO], footer: 'x' } }]) {
      expect((await send({ ...other, idempotencyKey })).userErrors).toMatchObject([{ __typename: 'IdempotencyMismatch' }]);
    }
  });
});

describe('what a channel does not take', () => {
  const long = (length: number): string => 'x'.repeat(length);
  const cases: [string, ChannelName, Parts, string[]][] = [
    ['nothing at all', 'WHATSAPP', {}, ['text']],
    ['two parts', 'WHATSAPP', { location: { latitude: 0, longitude: 0 }, contacts: [{ name: 'A' }] }, ['contacts']],
    ['a place with a text', 'WHATSAPP', { text: 'Here', location: { latitude: 0, longitude: 0 } }, ['text']],
    ['no place on earth', 'WHATSAPP', { location: { latitude: 0, longitude: -180.5 } }, ['location', 'longitude']],
    ['no cards', 'WHATSAPP', { contacts: [] }, ['contacts']],
    ['a nameless card', 'WHATSAPP', { contacts: [{ name: 'A' }, { name: ' ' }] }, ['contacts', '1', 'name']],
    ['a phone that cannot be stored', 'WHATSAPP', { contacts: [{ name: 'A', phones: ['+1', 'a\u0000'] }] }, ['contacts', '0', 'phones', '1']],
    ['choices without a question', 'WHATSAPP', { choices: { buttons: [YES] } }, ['text']],
    ['choices that are none', 'WHATSAPP', { text: 'x', choices: {} }, ['choices', 'buttons']],
    ['both forms of choices', 'WHATSAPP', { text: 'x', choices: { buttons: [YES], listButton: 'y', sections: [] } }, ['choices', 'sections']],
    ['a list that nothing opens', 'WHATSAPP', { text: 'x', choices: { sections: [{ options: [YES] }] } }, ['choices', 'listButton']],
    ['four buttons', 'WHATSAPP', buttons(...rows(4)), ['choices', 'buttons', '3']],
    ['a long button', 'WHATSAPP', buttons(YES, { id: 'a', title: long(21) }), ['choices', 'buttons', '1', 'title']],
    ['a button with a second line', 'WHATSAPP', buttons({ ...YES, description: 'x' }), ['choices', 'buttons', '0', 'description']],
    ['two alike', 'WHATSAPP', buttons(YES, NO, { ...NO, title: 'Never' }), ['choices', 'buttons', '2', 'id']],
    ['a long question', 'WHATSAPP', { ...buttons(YES), text: long(1_025) }, ['text']],
    ['a long header', 'WHATSAPP', { text: 'x', choices: { buttons: [YES], header: long(61) } }, ['choices', 'header']],
    ['eleven rows', 'WHATSAPP', list({ title: 'A', options: rows(5) }, { title: 'B', options: rows(6, 5) }), ['choices', 'sections', '1', 'options', '5']],
    ['sections without titles', 'WHATSAPP', list({ title: 'A', options: rows(1) }, { options: rows(1, 1) }), ['choices', 'sections', '1', 'title']],
    ['a long row', 'WHATSAPP', list({ options: [{ id: 'a', title: long(25) }] }), ['choices', 'sections', '0', 'options', '0', 'title']],
    ['a place', 'MESSENGER', { location: { latitude: 0, longitude: 0 } }, ['location']],
    ['a list', 'MESSENGER', list({ options: rows(1) }), ['choices', 'sections']],
    ['fourteen quick replies', 'INSTAGRAM', buttons(...rows(14)), ['choices', 'buttons', '13']],
    ['a footer', 'INSTAGRAM', { text: 'x', choices: { buttons: [YES], footer: 'x' } }, ['choices', 'footer']],
    ['a question over 1,000 bytes', 'INSTAGRAM', { ...buttons(YES), text: 'é'.repeat(501) }, ['text']],
  ];

  it('is refused with its path, and nothing is written', async () => {
    const counts = (): Promise<number[]> => Promise.all(['message', 'outbound', 'send_request'].map((table) => house.count(table)));
    const before = await counts();
    const found = [];
    for (const [name, channel, parts] of cases) found.push([name, (await send(parts, channel)).userErrors]);
    expect(found).toEqual(cases.map(([name, , , field]) => [name, [expect.objectContaining({ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', ...field] })]]));
    expect(await counts()).toEqual(before);
  });
});
