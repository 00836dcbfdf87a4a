// From outside: an inbox is connected, tested, given new secrets, switched off and deleted; files come in and go out by signed links; what is sent waits, is tried again, and is asked about first; a program of the tenant's own tells what it knows of who writes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { CARDS_PATH, startCrmStandIn } from '../../ops/standins/crm.js';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { deliver, demoInboxId, operation } from '../kit/client.js';
import { mediaBody, PNG } from '../kit/media.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

type Payload = Record<string, unknown> & { userErrors: { __typename: string }[] };
interface Listed { id: string; inbox: { id: string }; contact: { id: string; name: string } }
interface Sent { authorization: string; body: Record<string, unknown> & { text?: { body: string } } }

interface Standing { integrationStatus: { nodes: { problems: string[]; inbox: { id: string; state: string; lastReceivedAt: string | null } | null; customIntegration: { id: string } | null }[] } }

/** A job is found by a worker within moments, on a busy machine too. */
const SOON_MS = 20_000;

let platform: TestPlatform;
let agent: string;
let admin: string;
let demoInbox: string;

beforeAll(async () => {
  platform = await bootPlatform({ config: { callbacksToLoopback: true } });
  [agent, admin] = await Promise.all([platform.signIn('agent@demo.test'), platform.signIn('admin@demo.test')]);
  demoInbox = await demoInboxId(platform.url, agent);
});
afterAll(() => platform?.stop());

async function query<Data>(text: string, variables: Record<string, unknown> = {}, token = agent): Promise<Data> {
  const { data, errors } = await platform.ask(text, variables, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}
async function ask(field: string, input: Record<string, unknown>, select = '__typename', token = agent): Promise<Payload> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  return (await query<Record<string, Payload>>(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename } } }`, { input }, token))[field] as Payload;
}
const refused = async (answer: Promise<Payload>): Promise<string[]> => (await answer).userErrors.map(({ __typename }) => __typename);
const list = async (): Promise<Listed[]> => (await query<{ conversations: { nodes: Listed[] } }>('{ conversations { nodes { id inbox { id } contact { id name } } } }')).conversations.nodes;
const of = async (name: string): Promise<Listed> => {
  await until(async () => (await list()).some(({ contact }) => contact.name === name), `${name} has a conversation`, SOON_MS);
  return (await list()).find(({ contact }) => contact.name === name) as Listed;
};
const send = (conversationId: string, parts: Record<string, unknown>) => ask('messageSend', { conversationId, idempotencyKey: randomUUID(), ...parts }, 'message { id }');
const statusOf = async (answer: Payload): Promise<string> =>
  (await query<{ node: { status: string } }>(operation('message-status'), { id: (answer['message'] as { id: string } | null)?.id })).node.status;
const arrives = (answer: Payload, what: string): Promise<void> => until(async () => await statusOf(answer) === 'SENT', `${what} is sent`, SOON_MS);
const sent = async (): Promise<Sent[]> => await (await fetch(`${platform.standIn.url}/_sent`)).json() as Sent[];
const script = async (path: string, what: unknown): Promise<void> => {
  const { ok } = await fetch(platform.standIn.url + path, { method: 'PUT', body: JSON.stringify(what) });
  if (!ok) throw new Error(`The stand-in took no ${path}.`);
};

it('an inbox is connected with what its provider takes, tested, given a new secret while the old one is taken, switched off and on, and deleted', async () => {
  const whatsapp = { phoneNumberId: '900000000000001', businessAccountId: DEMO_INBOX.businessAccountId, accessToken: 'journey-token', appSecret: 'journey-secret' };
  const { inbox, verifyToken } = await ask('inboxCreate', { name: 'Bar', idempotencyKey: 'journey-inbox', whatsapp }, 'verifyToken inbox { id webhookUrl }', admin);
  const { id: inboxId, webhookUrl } = inbox as { id: string; webhookUrl: string };
  const path = platform.url + new URL(webhookUrl).pathname;
  const handshake = await fetch(`${path}?hub.mode=subscribe&hub.verify_token=${String(verifyToken)}&hub.challenge=1158201444`);
  expect([handshake.status, await handshake.text()]).toEqual([200, '1158201444']);
  expect(await ask('inboxTest', { inboxId }, 'test { passed code }', admin)).toMatchObject({ test: { passed: true, code: null }, userErrors: [] });

  const post = async (secret: string, text = 'A drink?'): Promise<number> => {
    const body = whatsappTextDelivery({ phoneNumberId: whatsapp.phoneNumberId, from: '15550701', name: 'Bea Bar', id: `wamid.${randomUUID()}`, text });
    return (await fetch(path, { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, secret) } })).status;
  };
  const both = async (): Promise<number[]> => [await post('journey-secret'), await post('fresh-secret')];
  expect(await both()).toEqual([200, 401]);
  const conversation = await of('Bea Bar');
  expect(conversation.inbox.id).toBe(inboxId);
  expect(await ask('inboxSecretRotate', { inboxId, overlapHours: 1, whatsapp: { appSecret: 'fresh-secret' } }, 'inbox { secretOverlapUntil }', admin)).toMatchObject({ inbox: { secretOverlapUntil: expect.any(String) }, userErrors: [] });
  await until(async () => (await both()).join() === '200,200', 'both secrets are taken', SOON_MS);

  const standing = async () => (await query<Standing>(operation('integration-status'), {}, admin)).integrationStatus.nodes.find((one) => one.inbox?.id === inboxId);
  expect(await standing()).toMatchObject({ problems: [], inbox: { state: 'ACTIVE', lastReceivedAt: expect.any(String) } });
  await ask('inboxDisable', { inboxId }, '__typename', admin);
  expect(await standing()).toMatchObject({ problems: ['DISABLED'], inbox: { state: 'DISABLED' } });
  expect(await refused(send(conversation.id, { text: 'At once' }))).toEqual(['ChannelUnavailable']);
  // What the customer writes meanwhile is heard all the same.
  expect(await post('fresh-secret', 'Hello?')).toBe(200);
  await ask('inboxEnable', { inboxId }, '__typename', admin);
  await arrives(await send(conversation.id, { text: 'At once' }), 'the reply');
  expect((await sent()).filter(({ authorization }) => authorization === 'Bearer journey-token').map(({ body }) => body.text?.body)).toEqual(['At once']);

  // Its token holds no more.
  await script('/_accounts', { refused: ['journey-token'] });
  expect(await ask('inboxTest', { inboxId }, 'test { passed code }', admin)).toMatchObject({ test: { passed: false, code: '190' } });
  expect((await standing())?.problems).toContain('TOKEN_REFUSED');
  await script('/_accounts', { refused: [] });
  await ask('inboxDelete', { inboxId }, '__typename', admin);
  await until(async () => await post('fresh-secret') === 404, 'its address is shut', SOON_MS);
  expect(await standing()).toBeUndefined();
}, 90_000);

it('a file goes out by a signed upload and comes in by a signed link, and by no other', async () => {
  await platform.deliver('Your menu, please', { from: '15550702', name: 'Max Menu' });
  const { id: conversationId } = await of('Max Menu');
  const { attachment, uploadUrl, headers } = await ask('attachmentUpload', { conversationId, fileName: 'menu.png', mimeType: 'image/png', size: PNG.length }, 'attachment { id } uploadUrl headers { name value }');
  const put = async (url: string): Promise<number> => (await fetch(platform.url + url, {
    method: 'PUT', body: Uint8Array.from(PNG), headers: Object.fromEntries((headers as { name: string; value: string }[]).map(({ name, value }) => [name, value])),
  })).status;
  /** With its signature changed. */
  const forged = (url: string): string => `${url.slice(0, -10)}${url.at(-10) === 'A' ? 'B' : 'A'}${url.slice(-9)}`;
  expect(await put(forged(String(uploadUrl)))).toBeGreaterThanOrEqual(400);
  expect(await put(String(uploadUrl))).toBe(200);
  const media = { attachmentIds: [(attachment as { id: string }).id] };
  await arrives(await send(conversationId, { text: 'The menu', media }), 'the menu');
  expect((await sent()).at(-1)?.body).toMatchObject({ type: 'image', image: { caption: 'The menu' } });

  await fetch(`${platform.standIn.url}/_media/7001`, { method: 'PUT', body: Uint8Array.from(PNG), headers: { 'content-type': 'image/png' } });
  expect(await deliver(platform.url, mediaBody('wamid.journey.file', 'image', { id: '7001', mime_type: 'image/png' }, '15550702'))).toBe(200);
  const FILES = 'query ($id: ID!) { conversation(id: $id) { messages { nodes { direction content { ... on MediaContent { media { state mimeType size url } } } } } } }';
  interface File { state: string; mimeType: string; size: number; url: string }
  const theirs = async (): Promise<File | undefined> => (await query<{ conversation: { messages: { nodes: { direction: string; content: { media: File[] } | null }[] } } }>(FILES, { id: conversationId }))
    .conversation.messages.nodes.find(({ direction, content }) => direction === 'INBOUND' && content !== null)?.content?.media[0];
  await until(async () => (await theirs())?.state === 'STORED', 'the customer\'s file is there', SOON_MS);
  const file = await theirs();
  expect(file).toMatchObject({ mimeType: 'image/png', size: PNG.length });
  const got = await fetch(platform.url + file?.url);
  expect([got.status, got.headers.get('content-type'), got.headers.get('x-content-type-options'), Buffer.from(await got.arrayBuffer()).equals(PNG)]).toEqual([200, 'image/png', 'nosniff', true]);
  expect((await fetch(platform.url + forged(file?.url ?? ''))).status).toBeGreaterThanOrEqual(400);
}, 60_000);

it('what is sent is asked for its window, its template and its customer\'s wish first, and then waits, is tried again and goes once, in order', async () => {
  const old = Math.floor(Date.now() / 1000) - 2 * 24 * 3_600;
  expect(await deliver(platform.url, whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from: '15550703', name: 'Olga Old', id: 'wamid.journey.old', text: 'Long ago', timestamp: old }))).toBe(200);
  const { id: conversationId, contact } = await of('Olga Old');
  expect(await refused(send(conversationId, { text: 'Are you still there?' }))).toEqual(['WindowClosed']);
  const template = { id: '1', name: 'table_ready', language: 'en', category: 'UTILITY', status: 'APPROVED', components: [{ type: 'BODY', text: 'Your table is ready, {{1}}.', example: { body_text: [['Olga']] } }] };
  await script('/_templates', { [DEMO_INBOX.businessAccountId]: [template] });
  expect(await ask('messageTemplatesSync', { inboxId: demoInbox }, 'count', agent)).toMatchObject({ count: 1, userErrors: [] });
  const filled = (parameters: object[]) => ({ template: { name: 'table_ready', language: 'en', parameters } });
  expect(await refused(send(conversationId, filled([])))).toEqual(['TemplateMismatch']);
  const olga = filled([{ text: 'Olga' }]);
  const consent = (optedOut: boolean) => ask('contactConsentSet', { contactId: contact.id, inboxId: demoInbox, optedOut }, 'contact { consents { optedOut } }');
  expect(await consent(true)).toMatchObject({ contact: { consents: [{ optedOut: true }] }, userErrors: [] });
  expect(await refused(send(conversationId, olga))).toEqual(['RecipientOptedOut']);
  await consent(false);
  await arrives(await send(conversationId, olga), 'the template');
  expect((await sent()).at(-1)?.body).toMatchObject({ type: 'template', template: { name: 'table_ready' } });

  await platform.deliver('Here I am', { from: '15550703', name: 'Olga Old' });
  await until(async () => (await refused(send(conversationId, { text: 'zero' }))).length === 0, 'the window is open', SOON_MS);
  await script('/_next', [{ status: 429, body: { error: { code: 130429, message: 'Rate limit hit', type: 'OAuthException' } } }]);
  const twice = { text: 'one', idempotencyKey: 'journey-one' };
  const [one, again, two] = [await send(conversationId, twice), await send(conversationId, twice), await send(conversationId, { text: 'two' })];
  expect(again['message']).toEqual(one['message']);
  await arrives(two, 'the second');
  expect((await sent()).flatMap(({ body }) => (body['to'] === '15550703' && body.text ? [body.text.body] : []))).toEqual(['zero', 'one', 'two']);
}, 90_000);

it('a program of the tenant\'s own is asked what it knows of who writes, signed, and staff see its card beside the conversation', async () => {
  const crm = await startCrmStandIn();
  try {
    const put = (path: string, body: unknown) => fetch(crm.url + path, { method: 'PUT', body: JSON.stringify(body) });
    const made = await query<{ customIntegrationCreate: Payload }>(operation('custom-integration-create'), { input: { name: 'Our CRM', kind: 'CRM', url: crm.url + CARDS_PATH } }, admin);
    const { customIntegration, signingSecret, userErrors } = made.customIntegrationCreate;
    expect(userErrors).toEqual([]);
    const customIntegrationId = (customIntegration as { id: string }).id;
    expect(await ask('customIntegrationTest', { customIntegrationId }, 'test { passed code }', admin)).toMatchObject({ test: { passed: false, code: 'http-401' } });
    await put('/_secrets', [signingSecret]);
    expect(await ask('customIntegrationTest', { customIntegrationId }, 'test { passed code }', admin)).toMatchObject({ test: { passed: true, code: null } });

    await platform.deliver('Do you know me?', { from: '15550704', name: 'Cleo Card' });
    const { id: conversationId, contact } = await of('Cleo Card');
    await ask('contactUpdate', { contactId: contact.id, email: 'Cleo@example.com' });
    await put('/_cards', { 'cleo@example.com': { title: 'Cleo, gold', url: 'https://crm.example.com/9', fields: [{ label: 'Since', value: '2019' }] } });
    await query(operation('contact-cards-refresh'), { input: { contactId: contact.id } });
    const [question] = (await (await fetch(`${crm.url}/_sent`)).json() as { body: { contact?: object } }[]).filter(({ body }) => body.contact);
    expect(question?.body).toEqual({ type: 'contact.card', contact: { id: contact.id, name: 'Cleo Card', email: 'cleo@example.com', identifier: null, phones: ['+15550704'] } });
    // Beside the conversation, in one query.
    const CARDS = 'query ($id: ID!) { conversation(id: $id) { contact { cards { title url fields { label value } integration { name kind } } } } }';
    expect(await query(CARDS, { id: conversationId })).toEqual({ conversation: { contact: { cards: [{ title: 'Cleo, gold', url: 'https://crm.example.com/9', fields: [{ label: 'Since', value: '2019' }], integration: { name: 'Our CRM', kind: 'CRM' } }] } } });
    const own = async () => (await query<Standing>(operation('integration-status'), {}, admin)).integrationStatus.nodes.find((one) => one.customIntegration?.id === customIntegrationId);
    expect(await own()).toMatchObject({ problems: [], inbox: null });
    await ask('customIntegrationDelete', { customIntegrationId }, 'customIntegrationId', admin);
    expect(await own()).toBeUndefined();
    expect(await query(CARDS, { id: conversationId })).toEqual({ conversation: { contact: { cards: [] } } });
  } finally {
    await crm.close();
  }
}, 60_000);
