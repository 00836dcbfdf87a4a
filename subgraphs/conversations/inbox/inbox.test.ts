// Inboxes through the graph: connected with what their provider takes, one address one inbox, secrets that overlap, switched off and on, deleted.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { APP_SECRET, TestConversations, textBody } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { signMetaBody } from '../../../ops/standins/sign-webhook.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { Actor } from '../../kernel/base/actor.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';

let house: TestConversations;
let manager: Actor;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  manager = person(house.tenantId, ['conversation:read', 'conversation:create', 'inbox:read', 'inbox:manage']);
});
beforeEach(() => accounts({ refused: [] }));
afterAll(() => house?.close());

interface Shown { id: string; state: string; disabledReason: string | null; webhookUrl: string; externalId: string; lastTest: { passed: boolean; code: string | null } | null }
type Answer = { inbox: Shown | null; verifyToken?: string | null; test?: { passed: boolean; code: string | null }; userErrors: { __typename: string; field: string[] | null; reason?: string }[] };

const SHOWN = 'id name state disabledReason webhookUrl externalId lastTest { passed code } lastReceivedAt secretOverlapUntil';
const ERRORS = 'userErrors { __typename code message field ... on ChannelUnavailable { reason } ... on InboxCredentialsRefused { providerCode } }';

async function ask(mutation: string, input: Record<string, unknown>, { by = manager, select = `inbox { ${SHOWN} }` } = {}): Promise<Answer> {
  const Input = `${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${mutation}(input: $input) { ${select} ${ERRORS} } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[mutation] as Answer;
}

const accounts = async (script: object): Promise<void> => {
  const { ok } = await fetch(`${house.standIn?.url}/_accounts`, { method: 'PUT', body: JSON.stringify(script) });
  if (!ok) throw new Error('The stand-in took no script.');
};

let numbers = 0;
const part = (phoneNumberId = `9000000000000${String(numbers += 1).padStart(2, '0')}`, accessToken = `token-${phoneNumberId}`) =>
  ({ phoneNumberId, businessAccountId: '419561257915477', accessToken, appSecret: APP_SECRET });
const create = (whatsapp: Record<string, unknown> = part(), more: Record<string, unknown> = {}, by = manager): Promise<Answer> =>
  ask('inboxCreate', { name: 'Front desk', idempotencyKey: newId(), whatsapp, ...more }, { by, select: `verifyToken inbox { ${SHOWN} }` });
const made = async (whatsapp = part()): Promise<Shown & { verifyToken: string; phoneNumberId: string }> => {
  const { inbox, verifyToken, userErrors } = await create(whatsapp);
  if (!inbox) throw new Error(JSON.stringify(userErrors));
  return { ...inbox, verifyToken: verifyToken ?? '', phoneNumberId: whatsapp.phoneNumberId };
};
const refusals = ({ inbox, userErrors }: Answer) => [inbox, userErrors.map(({ __typename, field }) => [__typename, field?.join('.')])];

const keyOf = (webhookUrl: string): string => webhookUrl.split('/').at(-1) ?? '';
const bodyFor = (phoneNumberId: string, id: string, from = '15550001111'): string =>
  textBody({ id, text: 'Hello', from, name: 'Ana' }).replaceAll(/"phone_number_id":"\d+"/g, `"phone_number_id":"${phoneNumberId}"`);
const receive = (url: string, body: string, secret = APP_SECRET): Promise<RouteResponse> =>
  house.receive(body, { params: { channel: 'whatsapp', inboxKey: keyOf(url) }, headers: { 'x-hub-signature-256': signMetaBody(body, secret) } });
const handshake = (url: string, token: string): Promise<RouteResponse> => house.subject.running.routes.port.handle('webhookVerify', {
  params: { channel: 'whatsapp', inboxKey: keyOf(url) }, query: new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '42' }),
  headers: {}, body: Buffer.alloc(0), oversize: false, ip: null, correlationId: 'hs', url,
});

/** A conversation in an inbox. @returns its UUID */
async function conversationIn({ webhookUrl, phoneNumberId, id }: { webhookUrl: string; phoneNumberId: string; id: string }, from: string): Promise<string> {
  expect((await receive(webhookUrl, bodyFor(phoneNumberId, `wamid.${newId()}`, from))).status).toBe(200);
  await house.ingestAll();
  const [row] = await house.rows<{ id: string }>(`select c.id from conversations.conversation c join conversations.contact_identity i using (tenant_id, inbox_id, contact_id)
    where i.external_id = $1 and c.inbox_id = (select id from conversations.inbox where key = $2)`, [from, keyOf(webhookUrl)]);
  if (!row) throw new Error(`There is no conversation in ${id}.`);
  return row.id;
}

describe('inboxCreate', () => {
  it('makes an inbox that its provider can deliver to, whose credentials nobody can read', async () => {
    const { webhookUrl, verifyToken, phoneNumberId, ...inbox } = await made();
    expect(inbox).toMatchObject({ state: 'ACTIVE', disabledReason: null, externalId: phoneNumberId, lastTest: null });
    expect(webhookUrl).toMatch(/^http:\/\/127\.0\.0\.1:4000\/webhooks\/whatsapp\/[\w-]{24}$/);
    expect(await handshake(webhookUrl, verifyToken)).toMatchObject({ status: 200, body: '42' });
    expect((await receive(webhookUrl, bodyFor(phoneNumberId, 'wamid.first'))).status).toBe(200);
    const [{ sealed = '', received = null } = {}] = await house.rows<{ sealed: string; received: Date | null }>(
      `select encode(credentials, 'escape') as sealed, last_received_at as received from conversations.inbox where key = $1`, [keyOf(webhookUrl)]);
    expect([sealed.includes(APP_SECRET), sealed.includes(verifyToken), received]).toEqual([false, false, expect.any(Date)]);
    await house.ingestAll();
  });

  it('repeated is the same inbox; its verify token is not shown again', async () => {
    const [whatsapp, idempotencyKey] = [part(), newId()];
    const [first, ...others] = [await create(whatsapp, { idempotencyKey }), ...await Promise.all([1, 2, 3].map(() => create(whatsapp, { idempotencyKey })))];
    expect(others.map(({ inbox, verifyToken }) => [inbox?.id, verifyToken])).toEqual(others.map(() => [first?.inbox?.id, null]));
    expect(refusals(await create(whatsapp, { idempotencyKey, name: 'Another' }))).toEqual([null, [['IdempotencyMismatch', 'input.idempotencyKey']]]);
    await ask('inboxDelete', { inboxId: (first['inbox'] as { id: string }).id });
    expect(refusals(await create(whatsapp, { idempotencyKey }))).toEqual([null, [['ChannelUnavailable', 'input.idempotencyKey']]]);
  });

  it('of an address that is taken is told to who has a token of it, and to nobody else', async () => {
    const whatsapp = part();
    const rival = person(newId(), ['inbox:manage', 'inbox:read']);
    await made(whatsapp);
    expect(refusals(await create(whatsapp))).toEqual([null, [['InboxAddressTaken', 'input.whatsapp']]]);
    expect(refusals(await create(whatsapp, {}, rival))).toEqual([null, [['InboxAddressTaken', 'input.whatsapp']]]);
    await accounts({ refused: ['guess'] });
    const free = part();
    const guesses = await Promise.all([whatsapp, free].map((one) => create({ ...one, accessToken: 'guess' }, {}, rival)));
    expect(guesses.map(refusals)).toEqual(guesses.map(() => [null, [['InboxCredentialsRefused', 'input.whatsapp']]]));
    expect(new Set(guesses.map(({ userErrors }) => JSON.stringify(userErrors))).size).toBe(1);
  });

  it('by ten tenants at the same moment gives an address to one', async () => {
    const whatsapp = part();
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(whatsapp, {}, person(newId(), ['inbox:manage', 'inbox:read']))));
    expect(answers.filter(({ inbox }) => inbox)).toHaveLength(1);
    expect(await house.rows('select tenant_id from conversations.inbox where external_id = $1', [whatsapp.phoneNumberId])).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no part', { whatsapp: null }, 'input.whatsapp'],
    ['two parts', { messenger: { pageId: '1', accessToken: 'x', appSecret: 'x' } }, 'input.messenger'],
    ['an id that is none', { whatsapp: { ...part(), phoneNumberId: '+1 555' } }, 'input.whatsapp.phoneNumberId'],
    ['a token with a line break', { whatsapp: { ...part(), accessToken: 'a\nb' } }, 'input.whatsapp.accessToken'],
    ['a verify token that can be guessed', { whatsapp: { ...part(), verifyToken: 'short' } }, 'input.whatsapp.verifyToken'],
    ['an empty name', { name: ' ' }, 'input.name'],
    ['a name that cannot be stored', { name: 'a\0b' }, 'input.name'],
    ['a key with a space', { idempotencyKey: 'a b' }, 'input.idempotencyKey'],
  ])('with %s is refused, and nothing is written', async (_, wrong, field) => {
    const before = await house.count('inbox');
    expect(refusals(await create(part(), wrong))).toEqual([null, [['InputInvalid', field]]]);
    expect(await house.count('inbox')).toBe(before);
  });

  it('is for who manages inboxes', async () => {
    const { errors } = await house.ask('mutation ($input: InboxCreateInput!) { inboxCreate(input: $input) { inbox { id } } }', { input: { name: 'x', idempotencyKey: 'x', whatsapp: part() } }, house.agent);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'inbox:manage' } }]);
  });

  it('connects a page by the token of that page alone', async () => {
    const page = { pageId: '110000000000001', appSecret: APP_SECRET };
    const connect = (accessToken: string): Promise<Answer> => ask('inboxCreate', { name: 'Page', idempotencyKey: newId(), messenger: { ...page, accessToken } });
    expect((await connect('EAAsomebody-110000000000009')).userErrors).toMatchObject([{ __typename: 'InboxCredentialsRefused', providerCode: 'wrong-address' }]);
    expect((await connect('EAApage-110000000000001')).inbox).toMatchObject({ externalId: page.pageId });
  });
});

describe('inboxSecretRotate', () => {
  it('takes what is signed with the old secret until the overlap ends, in every process', async () => {
    const { id, webhookUrl, phoneNumberId, verifyToken } = await made();
    const statuses = async (): Promise<number[]> => {
      const bodies = ['old', 'new'].map((name) => bodyFor(phoneNumberId, `wamid.${name}.${newId()}`));
      return [(await receive(webhookUrl, bodies[0] ?? '')).status, (await receive(webhookUrl, bodies[1] ?? '', 'fresh-secret')).status,
        (await handshake(webhookUrl, verifyToken)).status, (await handshake(webhookUrl, 'a-new-verify-token')).status];
    };
    expect(await statuses()).toEqual([200, 401, 200, 403]);
    const rotated = await ask('inboxSecretRotate', { inboxId: id, overlapHours: 2, whatsapp: { appSecret: 'fresh-secret', verifyToken: 'a-new-verify-token' } });
    expect(rotated).toMatchObject({ inbox: { secretOverlapUntil: expect.any(String) }, userErrors: [] });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    house.clock.advance(2 * 3_600_000);
    expect(await statuses()).toEqual([401, 200, 403, 200]);
    await house.ingestAll();
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['nothing', { whatsapp: {} }, 'InputInvalid', 'input.whatsapp'],
    ['the part of another channel', { messenger: { appSecret: 'x' } }, 'InputInvalid', 'input.messenger'],
    ['an endless overlap', { overlapHours: 169, whatsapp: { appSecret: 'x' } }, 'InputInvalid', 'input.overlapHours'],
    ['a token the provider refuses', { whatsapp: { accessToken: 'stolen' } }, 'InboxCredentialsRefused', 'input.whatsapp'],
  ])('of %s is refused', async (_, wrong, type, field) => {
    await accounts({ refused: ['stolen'] });
    const { id } = await made();
    expect(refusals(await ask('inboxSecretRotate', { inboxId: id, ...wrong }))).toEqual([null, [[type, field]]]);
  });
});

describe('an inbox that is switched off', () => {
  it('receives, sends nothing, refuses what is new, and sends what waited once it is on', async () => {
    const inbox = await made();
    const conversation = await conversationIn(inbox, '15550007001');
    const queued = await house.queue(conversation, 'Queued before');
    expect((await ask('inboxDisable', { inboxId: inbox.id })).inbox).toMatchObject({ state: 'DISABLED', disabledReason: 'MANUAL' });
    const send = { conversationId: encodeId('conv', conversation), text: 'New', idempotencyKey: newId() };
    expect((await ask('messageSend', send, { select: 'message { id }' })).userErrors).toMatchObject([
      { __typename: 'ChannelUnavailable', code: 'CHANNEL_UNAVAILABLE', reason: 'DISABLED', field: ['input', 'conversationId'] }]);
    expect([await house.drain(conversation), await house.standing(queued)]).toMatchObject([0, { state: 'INTENT', attempts: 0, status: 'QUEUED' }]);
    expect(await conversationIn(inbox, '15550007002')).not.toBe(conversation);
    expect((await ask('inboxEnable', { inboxId: inbox.id })).inbox).toMatchObject({ state: 'ACTIVE', disabledReason: null });
    expect([await house.drain(conversation), await house.standing(queued)]).toMatchObject([1, { state: 'ACCEPTED', status: 'SENT' }]);
  });

  it('is not found again and again by whoever sends', async () => {
    const inbox = await made();
    const conversation = await conversationIn(inbox, '15550007003');
    await house.queue(conversation, 'Waits');
    await house.rows(`update conversations.outbound set created_at = now() - interval '1 hour', next_attempt_at = now() - interval '1 hour' where conversation_id = $1`, [conversation]);
    const { conversationsDoor } = await import('../public.js');
    const due = async (): Promise<boolean> => (await conversationsDoor(house.services).unsent(house.admin)).some(({ conversationId }) => conversationId === conversation);
    expect(await due()).toBe(true);
    await ask('inboxDisable', { inboxId: inbox.id });
    expect(await due()).toBe(false);
  });
});

describe('a token that the provider takes no more', () => {
  const GONE = { status: 401, body: { error: { code: 190, message: 'Error validating access token: token-gone', type: 'OAuthException' } } };
  const asked = (id: string) => house.rows<{ payload: object }>(`select payload from conversations.attention_request where payload->>'subjectId' = $1`, [id]);

  it('switches the inbox off, tells who manages it once, and costs no message', async () => {
    const inbox = await made();
    const conversations = await Promise.all(['15550007101', '15550007102', '15550007103'].map((from) => conversationIn(inbox, from)));
    const messages = await Promise.all(conversations.map((id, index) => house.queue(id, `Waits ${index}`)));
    const before = (await house.taken()).length;
    await house.script([GONE, GONE, GONE]);
    await Promise.all(conversations.map((id) => house.drain(id)));
    await house.script([]);
    for (const id of messages) expect(await house.standing(id)).toMatchObject({ status: 'QUEUED', attempts: 0 });
    expect(await asked(inbox.id)).toEqual([{ payload: {
      kind: 'INBOX_DISABLED', userIds: [], permission: 'inbox:manage', subjectId: inbox.id, params: { inbox: 'Front desk' }, dedupeKey: expect.stringContaining(`${inbox.id}/DISABLED/`),
    } }]);
    const { data } = await house.ask('query ($id: ID!) { inboxes(first: 100) { nodes { id state disabledReason disabledDetail } } messages: conversation(id: $id) { inbox { state } } }', { id: encodeId('conv', conversations[0] ?? '') }, manager);
    expect(data).toMatchObject({ inboxes: { nodes: expect.arrayContaining([{ id: inbox.id, state: 'DISABLED', disabledReason: 'REAUTHORISE', disabledDetail: expect.stringContaining('190') }]) }, messages: { inbox: { state: 'DISABLED' } } });
    // The way back: a token that holds, and on.
    expect((await ask('inboxSecretRotate', { inboxId: inbox.id, whatsapp: { accessToken: 'token-new' } })).userErrors).toEqual([]);
    await ask('inboxEnable', { inboxId: inbox.id });
    house.clock.advance(2_000);
    for (const id of conversations) await house.drain(id);
    const sent = (await house.taken()).slice(before);
    expect(sent.map(({ authorization }) => authorization)).toEqual(messages.map(() => 'Bearer token-new'));
    for (const id of messages) expect(await house.standing(id)).toMatchObject({ status: 'SENT', attempts: 1 });
  });

  it('says nothing of the one that has come in its place meanwhile', async () => {
    const inbox = await made();
    const conversation = await conversationIn(inbox, '15550007104');
    const message = await house.queue(conversation, 'Late');
    await house.script([{ ...GONE, delayMs: 400 }]);
    const draining = house.drain(conversation);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await ask('inboxSecretRotate', { inboxId: inbox.id, whatsapp: { accessToken: 'token-newer' } });
    await draining;
    expect([await house.standing(message), await asked(inbox.id)]).toMatchObject([{ state: 'RETRY', attempts: 0 }, []]);
    house.clock.advance(2_000);
    await house.drain(conversation);
    expect(await house.standing(message)).toMatchObject({ status: 'SENT' });
  });

  it('is found by inboxTest too, which keeps what it was told', async () => {
    const { id, phoneNumberId } = await made();
    expect((await ask('inboxTest', { inboxId: id }, { select: 'test { passed code } inbox { state }' }))).toMatchObject({ test: { passed: true, code: null }, inbox: { state: 'ACTIVE' } });
    await accounts({ refused: [`token-${phoneNumberId}`] });
    expect(await ask('inboxTest', { inboxId: id }, { select: `test { passed code message } inbox { ${SHOWN} }` })).toMatchObject({
      test: { passed: false, code: '190' }, inbox: { state: 'DISABLED', disabledReason: 'REAUTHORISE', lastTest: { passed: false, code: '190' } }, userErrors: [],
    });
    expect(await asked(id)).toHaveLength(1);
    expect((await ask('inboxTest', { inboxId: id }, { select: 'test { passed }' })).test).toEqual({ passed: false });
    expect(await asked(id)).toHaveLength(1);
  });
});

describe('inboxDelete', () => {
  it('destroys the credentials, shuts the address, fails what waits and leaves the conversations readable', async () => {
    const whatsapp = part();
    const inbox = await made(whatsapp);
    const conversation = await conversationIn(inbox, '15550007201');
    const message = await house.queue(conversation, 'Too late');
    expect((await ask('inboxDelete', { inboxId: inbox.id })).inbox).toMatchObject({ id: inbox.id, state: 'DELETED', webhookUrl: null, externalId: null });
    expect(await house.rows('select credentials from conversations.inbox where key = $1', [keyOf(inbox.webhookUrl)])).toEqual([{ credentials: null }]);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect((await receive(inbox.webhookUrl, bodyFor(whatsapp.phoneNumberId, 'wamid.gone'))).status).toBe(404);
    await house.drain(conversation);
    expect(await house.standing(message)).toMatchObject({ status: 'FAILED', error_code: 'inbox-gone' });
    const { data } = await house.ask('query ($id: ID!) { conversation(id: $id) { inbox { name state } messages { nodes { text } } } inboxes(first: 100) { nodes { id } } }', { id: encodeId('conv', conversation) });
    expect(data).toMatchObject({ conversation: { inbox: { name: 'Front desk', state: 'DELETED' }, messages: { nodes: [{ text: 'Too late' }, { text: 'Hello' }] } } });
    expect((data?.['inboxes'] as { nodes: { id: string }[] }).nodes.map(({ id }) => id)).not.toContain(inbox.id);
    const send = { conversationId: encodeId('conv', conversation), text: 'New', idempotencyKey: newId() };
    expect((await ask('messageSend', send, { select: 'message { id }' })).userErrors).toMatchObject([{ __typename: 'ChannelUnavailable', reason: 'DELETED' }]);
    expect((await create(whatsapp)).inbox).toMatchObject({ state: 'ACTIVE', externalId: whatsapp.phoneNumberId });
  });

  it.each(['inboxUpdate', 'inboxTest', 'inboxDisable', 'inboxEnable', 'inboxDelete', 'inboxSecretRotate'])('leaves nothing for %s, and neither does another tenant', async (mutation) => {
    const { id } = await made();
    const input = { inboxId: id, ...(mutation === 'inboxSecretRotate' ? { whatsapp: { appSecret: 'x' } } : {}) };
    const none = [null, [['InboxNotFound', 'input.inboxId']]];
    expect(refusals(await ask(mutation, input, { by: person(newId(), ['inbox:manage', 'inbox:read', 'conversation:read']) }))).toEqual(none);
    await ask('inboxDelete', { inboxId: id });
    expect(refusals(await ask(mutation, input))).toEqual(none);
  });
});
