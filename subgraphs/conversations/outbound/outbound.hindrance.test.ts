// Windows, opt-outs and templates: asked before anything is written, and again when the message is handed over.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NUMBER, TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { whatsappDelivery } from '../../../ops/standins/sign-webhook.js';
import { Client } from 'pg';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { LAST_INBOUND } from '../migrations/20261201-14-last-inbound.js';

const HOUR = 3_600_000;
const ACCOUNT = '4195';
let house: TestConversations;
beforeAll(async () => { house = await TestConversations.boot({ sending: true }); });
afterAll(() => house?.close());

type Parts = Record<string, unknown>;
interface Answer { message: { id: string; text: string; content: unknown } | null; userErrors: Parts[] }
const SEND = `mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id text content { ... on TemplateContent { name language parameters { part button position name shown } } } }
  userErrors { __typename code field message ... on WindowClosed { closedAt } ... on TemplateMismatch { parameter } } } }`;
async function send(thread: string, parts: Parts): Promise<Answer> {
  const { data, errors } = await house.ask(SEND, { input: { conversationId: encodeId('conv', thread), idempotencyKey: newId(), ...parts } });
  expect(errors).toBeUndefined();
  return data?.['messageSend'] as Answer;
}
const counts = (): Promise<number[]> => Promise.all(['message', 'outbound', 'send_request'].map((table) => house.count(table)));
const refused = (error: Parts): Parts => ({ message: null, userErrors: [expect.objectContaining(error)] });
const closesAt = async (thread: string): Promise<string | null> =>
  (await house.ask('query ($id: ID!) { conversation(id: $id) { windowClosesAt } }', { id: encodeId('conv', thread) })).data?.['conversation'] as never;
const lastInbound = async (thread: string): Promise<Date> => (await house.rows<{ at: Date }>('select last_inbound_at as at from conversations.conversation where id = $1', [thread]))[0]?.at ?? new Date(0);

describe('the window', () => {
  it('is as open to who wrote before that was kept: the owner of the tables sees them all to say so', async () => {
    const thread = await house.conversation('15556002');
    const at = await lastInbound(thread);
    await house.rows('update conversations.conversation set last_inbound_at = null where id = $1', [thread]);
    expect((await send(thread, { text: 'Nobody knows' })).userErrors).toMatchObject([{ __typename: 'WindowClosed' }]);
    const owner = new Client({ connectionString: house.subject.database.urls.owner });
    await owner.connect();
    for (const statement of LAST_INBOUND) await owner.query(statement);
    await owner.end();
    expect(await lastInbound(thread)).toEqual(at);
    expect((await send(thread, { text: 'Known again' })).userErrors).toEqual([]);
  });

  it('of WhatsApp closes 24 hours after the customer wrote, and opens when they write again', async () => {
    const thread = await house.conversation('15556000');
    const end = new Date((await lastInbound(thread)).getTime() + 24 * HOUR);
    expect(await closesAt(thread)).toEqual({ windowClosesAt: end.toISOString() });
    house.clock.advance(end.getTime() - house.clock.now().getTime() - 5_000);
    expect((await send(thread, { text: 'Just in time' })).userErrors).toEqual([]);
    house.clock.advance(10_000);
    const before = await counts();
    expect(await send(thread, { text: 'Too late' })).toEqual(refused({ __typename: 'WindowClosed', code: 'WINDOW_CLOSED', closedAt: end.toISOString(), field: ['input', 'conversationId'] }));
    expect(await counts()).toEqual(before);
    // The first was queued while it was open, and is not sent now that it is closed.
    expect(await house.drain(thread)).toBe(0);
    const [first] = await house.rows<{ id: string }>(`select id from conversations.message where text = 'Just in time'`);
    expect(await house.standing(first?.id ?? '')).toMatchObject({ status: 'FAILED', error_code: 'WINDOW_CLOSED', state: 'REFUSED', attempts: 0 });
    expect(await house.sent()).not.toContain('Just in time');
    await house.text('wamid.again', 'Still there?', '15556000');
    expect((await send(thread, { text: 'Yes' })).userErrors).toEqual([]);
    expect(await house.drain(thread)).toBe(1);
  });

  it('is opened by what the customer wrote, late or early as it may come, and by nothing else', async () => {
    const thread = await house.conversation('15556001');
    const at = await lastInbound(thread);
    const seconds = (date: Date): string => String(Math.floor(date.getTime() / 1000));
    const part = (id: string, timestamp: string, more: Parts) => ({ from: '15556001', id, timestamp, ...more });
    const older = new Date(at.getTime() - HOUR);
    const future = new Date(house.clock.now().getTime() + 90 * 24 * HOUR);
    await house.deliver(whatsappDelivery(NUMBER, { messages: [part('w1', seconds(older), { type: 'text', text: { body: 'earlier' } })] }));
    expect(await lastInbound(thread)).toEqual(at);
    await house.deliver(whatsappDelivery(NUMBER, { messages: [part('w2', seconds(house.clock.now()), { type: 'system', system: { type: 'customer_identity_changed', body: 'x' } })] }));
    expect(await lastInbound(thread)).toEqual(at);
    await house.deliver(whatsappDelivery(NUMBER, { messages: [part('w3', seconds(future), { type: 'text', text: { body: 'from tomorrow' } })] }));
    expect((await lastInbound(thread)).getTime()).toBeLessThanOrEqual(house.clock.now().getTime());
  });

  it('of Messenger stays open to people for 7 days, who then say that they are', async () => {
    const thread = await house.messengerConversation('psid-1');
    expect((await send(thread, { text: 'Soon' })).userErrors).toEqual([]);
    await house.drain(thread);
    expect((await house.taken()).at(-1)?.body).toMatchObject({ messaging_type: 'RESPONSE' });
    house.clock.advance(25 * HOUR);
    expect((await send(thread, { text: 'Later' })).userErrors).toEqual([]);
    await house.drain(thread);
    expect((await house.taken()).at(-1)?.body).toMatchObject({ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT', message: { text: 'Later' } });
    house.clock.advance(6 * 24 * HOUR);
    expect(await send(thread, { text: 'Never' })).toEqual(refused({ __typename: 'WindowClosed' }));
  });
});

describe('who has opted out', () => {
  const SET = `mutation ($input: ContactConsentSetInput!) { contactConsentSet(input: $input) { contact { consents { inbox { id } optedOut source } } userErrors { __typename field } } }`;
  const set = async (input: Parts, actor = house.agent) => (await house.ask(SET, { input }, actor)).data?.['contactConsentSet'];
  const contactOf = async (thread: string): Promise<string> => encodeId('cont', (await house.rows<{ id: string }>('select contact_id as id from conversations.conversation where id = $1', [thread]))[0]?.id ?? '');

  it('is not written to, not even with what was queued before, until they want to be again', async () => {
    const thread = await house.conversation('15556100');
    const [contactId, inboxId] = [await contactOf(thread), encodeId('inb', house.inboxId)];
    const queued = await house.queue(thread, 'queued before');
    expect(await set({ contactId, inboxId, optedOut: true })).toEqual({ contact: { consents: [{ inbox: { id: inboxId }, optedOut: true, source: 'STAFF' }] }, userErrors: [] });
    const before = await counts();
    expect(await send(thread, { text: 'Hello?' })).toEqual(refused({ __typename: 'RecipientOptedOut', code: 'RECIPIENT_OPTED_OUT', field: ['input', 'conversationId'] }));
    expect(await counts()).toEqual(before);
    expect([await house.drain(thread), await house.standing(queued)]).toMatchObject([0, { status: 'FAILED', error_code: 'RECIPIENT_OPTED_OUT', attempts: 0 }]);
    expect(await set({ contactId, inboxId, optedOut: false })).toMatchObject({ contact: { consents: [{ optedOut: false, source: 'STAFF' }] } });
    expect((await send(thread, { text: 'Welcome back' })).userErrors).toEqual([]);
    expect(await house.drain(thread)).toBe(1);
    const trail = await house.rows(`select event->>'action' as action from conversations.audit_staging where event->'resource'->>'id' = $1 and event->>'action' like 'contact.%' order by id`, [contactId]);
    expect(trail.map(({ action }) => action)).toEqual(['contact.opt_out', 'contact.set_consent', 'contact.opt_in', 'contact.set_consent']);
  });

  it('is remembered when the channel says so', async () => {
    const thread = await house.conversation('15556101');
    await house.queue(thread, 'unwanted');
    await house.script([{ code: 131050 }]);
    await house.drain(thread);
    expect(await send(thread, { text: 'Again' })).toEqual(refused({ __typename: 'RecipientOptedOut' }));
    expect(await house.rows('select source, opted_out from conversations.contact_consent where external_id = $1', ['15556101'])).toEqual([{ source: 'PROVIDER', opted_out: true }]);
  });

  it('is noted of nobody else, and by nobody else', async () => {
    const thread = await house.conversation('15556102');
    const rival = person(newId(), ['conversation:read', 'conversation:create']);
    const ids = { contactId: await contactOf(thread), inboxId: encodeId('inb', house.inboxId) };
    expect(await set({ ...ids, optedOut: true }, rival)).toMatchObject({ userErrors: [{ __typename: 'InboxNotFound' }] });
    expect(await set({ ...ids, contactId: encodeId('cont', newId()), optedOut: true })).toMatchObject({ userErrors: [{ __typename: 'ContactNotFound' }] });
    expect((await send(thread, { text: 'Still fine' })).userErrors).toEqual([]);
  });
});

const body = (text: string): Parts => ({ type: 'BODY', text });
const template = (name: string, components: Parts[], more: Parts = {}): Parts => ({ id: `t-${name}`, name, language: 'en', category: 'UTILITY', status: 'APPROVED', components, ...more });
const TEMPLATES = [
  template('ready', [{ type: 'HEADER', format: 'TEXT', text: 'Order {{1}}' }, body('{{1}}, your order costs {{2}} until {{3}}.'), { type: 'FOOTER', text: 'Trattoria' },
    { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Thanks' }, { type: 'URL', text: 'Track', url: 'https://x.test/{{1}}' }, { type: 'COPY_CODE', text: 'Copy' }] }]),
  template('named', [body('Hello {{first_name}}, {{first_name}}!')], { parameter_format: 'NAMED' }),
  template('menu', [{ type: 'HEADER', format: 'DOCUMENT' }, body('Our menu')]),
  template('paused', [body('x')], { status: 'PAUSED' }),
  template('plain', [body('Your table is free')]), template('plain', [body('Il tavolo è libero')], { language: 'it' }),
  ...Array.from({ length: 101 }, (_, index) => template(`many_${String(index).padStart(3, '0')}`, [body('x')])),
];

describe('templates', () => {
  const SYNC = 'mutation ($input: MessageTemplatesSyncInput!) { messageTemplatesSync(input: $input) { count inbox { id } userErrors { __typename field } } }';
  const sync = async (inboxId: string, actor = house.agent) => (await house.ask(SYNC, { input: { inboxId: encodeId('inb', inboxId) } }, actor)).data?.['messageTemplatesSync'];
  const offer = (templates: Parts[]) => fetch(`${house.standIn?.url}/_templates`, { method: 'PUT', body: JSON.stringify({ [ACCOUNT]: templates }) });
  let inboxId: string;
  let thread: string;
  beforeAll(async () => {
    inboxId = await house.services.inboxes.create(house.tenantId, { key: 'with-account', name: 'With account', channel: 'WHATSAPP',
      credentials: { appSecret: 's', verifyToken: 'v', accessToken: 'test-token', externalId: '777', businessAccountId: ACCOUNT } });
    await offer(TEMPLATES);
    expect(await sync(inboxId)).toEqual({ count: TEMPLATES.length, inbox: { id: encodeId('inb', inboxId) }, userErrors: [] });
    const contactId = await house.services.contacts.create(house.tenantId, { id: newId(), name: 'New', inboxId, externalId: '15556200', phone: null }, 'test');
    const { data } = await house.ask('mutation ($input: ConversationStartInput!) { conversationStart(input: $input) { message { text } userErrors { __typename ... on WindowClosed { closedAt } } } }',
      { input: { contactId: encodeId('cont', contactId), inboxId: encodeId('inb', inboxId), text: 'Hello', idempotencyKey: newId() } });
    expect(data?.['conversationStart']).toEqual({ message: null, userErrors: [{ __typename: 'WindowClosed', closedAt: null }] });
    await house.ask('mutation ($input: ConversationStartInput!) { conversationStart(input: $input) { message { text } } }',
      { input: { contactId: encodeId('cont', contactId), inboxId: encodeId('inb', inboxId), template: { name: 'plain', language: 'it' }, idempotencyKey: newId() } });
    thread = (await house.rows<{ id: string }>('select id from conversations.conversation where inbox_id = $1', [inboxId]))[0]?.id ?? '';
    await house.drain(thread);
  });

  it('begin a conversation when nothing else may, and are listed page by page', async () => {
    expect((await house.taken()).at(-1)?.body).toMatchObject({ to: '15556200', type: 'template', template: { name: 'plain', language: { code: 'it' } } });
    const LIST = 'query ($inboxId: ID!, $first: Int, $after: String) { messageTemplates(inboxId: $inboxId, first: $first, after: $after) { nodes { name language status slots { part button position name type } } pageInfo { endCursor hasNextPage } } }';
    const seen: { name: string; language: string; slots: unknown[] }[] = [];
    for (let after: string | null = null; ;) {
      const { data, errors } = await house.ask(LIST, { inboxId: encodeId('inb', inboxId), first: 40, after });
      expect(errors).toBeUndefined();
      const page = data?.['messageTemplates'] as { nodes: typeof seen; pageInfo: { endCursor: string; hasNextPage: boolean } };
      seen.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    const keys = seen.map(({ name, language }) => `${name}/${language}`);
    expect(keys).toEqual(TEMPLATES.map(({ name, language }) => `${String(name)}/${String(language)}`).toSorted());
    const place = { button: null, name: null, type: 'TEXT' };
    expect(seen.find(({ name }) => name === 'ready')?.slots).toEqual([
      { ...place, part: 'HEADER', position: 1 }, ...[1, 2, 3].map((position) => ({ ...place, part: 'BODY', position })),
      { ...place, part: 'BUTTON', button: 2, position: 1 }, { ...place, part: 'BUTTON', button: 3, position: 1, type: 'COUPON' }]);
    expect(await house.ask(LIST, { inboxId: encodeId('inb', inboxId), after: 'eA' })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field: ['after'] } }] });
    expect((await house.ask(LIST, { inboxId: encodeId('inb', inboxId) }, person(newId(), ['conversation:read']))).data).toMatchObject({ messageTemplates: { nodes: [] } });
  });

  const READY = [
    { position: 3, dateTime: 'Friday' }, { position: 1, text: 'Ana' }, { position: 2, currency: { currency: 'EUR', amountMinor: 1250, fallback: '€12.50' } },
    { part: 'HEADER', text: '#7' }, { part: 'BUTTON', button: 2, text: 'abc' }, { part: 'BUTTON', button: 3, coupon: 'SAVE' },
  ];
  it('are sent with their places filled, in their own order', async () => {
    const answer = await send(thread, { template: { name: 'ready', language: 'en', parameters: READY } });
    expect(answer).toMatchObject({ userErrors: [], message: { text: 'Ana, your order costs €12.50 until Friday.', content: { name: 'ready', parameters: [
      { part: 'HEADER', shown: '#7' }, { part: 'BODY', position: 1, shown: 'Ana' }, { position: 2, shown: '€12.50' }, { position: 3, shown: 'Friday' }, { part: 'BUTTON', button: 2, shown: 'abc' }, { button: 3, shown: 'SAVE' }] } } });
    await house.drain(thread);
    expect((await house.taken()).at(-1)?.body).toMatchObject({ type: 'template', template: { name: 'ready', language: { code: 'en' }, components: [
      { type: 'header', parameters: [{ type: 'text', text: '#7' }] },
      { type: 'body', parameters: [{ type: 'text', text: 'Ana' }, { type: 'currency', currency: { fallback_value: '€12.50', code: 'EUR', amount_1000: 12_500 } }, { type: 'date_time', date_time: { fallback_value: 'Friday' } }] },
      { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'abc' }] }, { type: 'button', sub_type: 'copy_code', index: '2', parameters: [{ type: 'coupon_code', coupon_code: 'SAVE' }] }] } });
    for (const [asked, text] of [[{ name: 'named', parameters: [{ name: 'first_name', text: 'Ana' }] }, 'Hello Ana, Ana!'], [{ name: 'menu', parameters: [{ part: 'HEADER', documentUrl: 'https://x.test/menu.pdf' }] }, 'Our menu']] as const) {
      expect(await send(thread, { template: { language: 'en', ...asked } })).toMatchObject({ userErrors: [], message: { text } });
      await house.drain(thread);
    }
    expect(await house.rows(`select text from conversations.message where conversation_id = $1 and status <> 'SENT'`, [thread])).toEqual([]);
  });

  it('are refused with what is wrong, and nothing is written', async () => {
    const swap = (index: number, other: Parts): Parts[] => READY.toSpliced(index, 1, other as never);
    const cases: [string, Parts, string | null, string[]][] = [
      ['no such template', { name: 'none' }, null, ['name']], ['no such language', { name: 'ready', language: 'de' }, null, ['name']], ['a paused one', { name: 'paused' }, null, ['name']],
      ['one too few', { name: 'ready', parameters: READY.slice(1) }, 'body 3', ['parameters']], ['one too many', { name: 'ready', parameters: [...READY, { position: 4, text: 'x' }] }, 'body 4', ['parameters', '6']],
      ['one twice', { name: 'ready', parameters: [...READY, { position: 1, text: 'x' }] }, 'body 1', ['parameters', '6']], ['no header', { name: 'menu' }, 'header', ['parameters']],
      ['another header', { name: 'menu', parameters: [{ part: 'HEADER', imageUrl: 'https://x.test/a.png' }] }, 'header', ['parameters', '0']],
      ['a file for a text', { name: 'ready', parameters: swap(1, { position: 1, imageUrl: 'https://x.test/a.png' }) }, 'body 1', ['parameters', '1']],
      ['a line break', { name: 'ready', parameters: swap(1, { position: 1, text: 'A\nb' }) }, 'body 1', ['parameters', '1']], ['no code', { name: 'ready', parameters: READY.slice(0, 5) }, 'button 3', ['parameters']],
      ['another name', { name: 'named', parameters: [{ name: 'last_name', text: 'x' }] }, 'body last_name', ['parameters', '0']], ['a number for a name', { name: 'named', parameters: [{ position: 9, text: 'x' }] }, 'body 9', ['parameters', '0']],
      ['a text too long', { name: 'named', parameters: [{ name: 'first_name', text: 'x'.repeat(600) }] }, 'body', ['parameters']],
    ];
    const invalid: [Parts, string[]][] = [
      [{ parameters: [{}] }, ['parameters', '0']], [{ parameters: [{ text: 'a', coupon: 'b' }] }, ['parameters', '0', 'coupon']], [{ parameters: [{ text: ' ' }] }, ['parameters', '0', 'text']],
      [{ parameters: [{ imageUrl: 'http://x.test/a.png' }] }, ['parameters', '0', 'imageUrl']], [{ parameters: [{ currency: { currency: 'eur', amountMinor: 1, fallback: 'x' } }] }, ['parameters', '0', 'currency', 'currency']],
      [{ parameters: [{ currency: { currency: 'EUR', amountMinor: 1.5, fallback: 'x' } }] }, ['parameters', '0', 'currency', 'amountMinor']], [{ name: '' }, ['name']],
    ];
    const before = await counts();
    const found = [];
    for (const [name, asked] of cases) found.push([name, (await send(thread, { template: { language: 'en', ...asked } })).userErrors]);
    expect(found).toEqual(cases.map(([name, , parameter, field]) => [name, [expect.objectContaining({ __typename: 'TemplateMismatch', code: 'TEMPLATE_MISMATCH', parameter, field: ['input', 'template', ...field] })]]));
    for (const [asked, field] of invalid) expect(await send(thread, { template: { name: 'ready', language: 'en', ...asked } })).toEqual(refused({ __typename: 'InputInvalid', field: ['input', 'template', ...field] }));
    expect(await counts()).toEqual(before);
  });

  it('that are gone at the channel are gone here; a channel that does not answer changes nothing', async () => {
    await offer([TEMPLATES[0] ?? {}]);
    expect(await sync(inboxId)).toMatchObject({ count: 1 });
    expect(await send(thread, { template: { name: 'plain', language: 'it' } })).toEqual(refused({ __typename: 'TemplateMismatch' }));
    await fetch(`${house.standIn?.url}/_templates`, { method: 'PUT', body: '{}' });
    expect(await sync(inboxId)).toMatchObject({ count: null, userErrors: [{ __typename: 'TemplatesUnavailable', field: ['input', 'inboxId'] }] });
    expect(await house.count('message_template')).toBe(1);
    expect(await sync(house.inboxId)).toMatchObject({ count: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'inboxId'] }] });
    expect(await sync(inboxId, person(newId(), ['conversation:create', 'conversation:read']))).toMatchObject({ userErrors: [{ __typename: 'InboxNotFound' }] });
  });
});
