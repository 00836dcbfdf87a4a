// Messages through the subgraph's port: a delivery in, reads, a reply, idempotency, rules and walls.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { signMetaBody, whatsappStatusDelivery, whatsappTextDelivery } from '../../../ops/standins/sign-webhook.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';
import type { ConversationsServices } from '../services.js';
import { conversations } from '../subgraph.js';

const TENANT = newId();
const RIVAL = newId();
const SECRET = 'test-secret';
const NUMBER = '106540352242922';
const agent = person(TENANT, ['conversation:read', 'conversation:create']);
const rival = person(RIVAL, ['conversation:read', 'conversation:create']);
const reader = person(TENANT, ['conversation:read']);

let subgraph: TestSubgraph<ConversationsServices>;
let admin: Client;

const LIST = `query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id displayNumber status unreadCount contact { id name }
  lastMessage { id seq direction type text status } } pageInfo { hasNextPage } } }`;
const SEND = `mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id seq status text } userErrors { __typename message code field } } }`;

async function deliver(body: string, signature = signMetaBody(body, SECRET), inboxKey = 'test-inbox'): Promise<RouteResponse> {
  return subgraph.running.routes.port.handle('webhookReceive', {
    params: { channel: 'whatsapp', inboxKey }, query: new URLSearchParams(), headers: { 'x-hub-signature-256': signature }, body: Buffer.from(body), oversize: false,
    ip: '127.0.0.1', correlationId: 'c', url: 'http://127.0.0.1/',
  });
}

/** Runs what the workers would: every waiting delivery. */
async function ingestAll(): Promise<void> {
  const waiting = await admin.query<{ tenant_id: string; id: string }>(`select tenant_id, id from conversations.webhook_delivery where status = 'RECEIVED' order by received_at, id`);
  for (const row of waiting.rows) await subgraph.running.services.ingest.ingest(row.tenant_id, row.id);
}

const text = (id: string, words: string, from = '15550001111', name = 'Ana') =>
  whatsappTextDelivery({ phoneNumberId: NUMBER, from, name, id, text: words });

const count = async (table: string): Promise<number> => Number((await admin.query(`select count(*) from conversations.${table}`)).rows[0].count);

beforeAll(async () => {
  subgraph = await bootSubgraph(conversations);
  admin = new Client({ connectionString: subgraph.database.adminUrl });
  await admin.connect();
  await subgraph.running.services.inboxes.create(TENANT, {
    key: 'test-inbox', name: 'Test', channel: 'WHATSAPP',
    credentials: { appSecret: SECRET, verifyToken: 'verify', accessToken: 'token', externalId: NUMBER },
  });
});
afterAll(async () => {
  await admin?.end();
  await subgraph?.close();
});

describe('a delivery', () => {
  it('becomes one message, however often and concurrently it comes', async () => {
    const body = text('wamid.first', 'Hello');
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(body)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    await Promise.all([ingestAll(), ingestAll(), ingestAll()]);
    expect(await count('webhook_delivery')).toBe(1);
    const listed = await subgraph.ask(LIST, {}, agent);
    expect(listed.errors).toBeUndefined();
    expect(listed.data).toMatchObject({ conversations: { nodes: [{ displayNumber: 1, status: 'OPEN', unreadCount: 1, contact: { name: 'Ana' },
      lastMessage: { seq: 1, direction: 'INBOUND', type: 'TEXT', text: 'Hello', status: 'RECEIVED' } }] } });
  });

  it('is invisible to another tenant with the same document', async () => {
    const listed = await subgraph.ask(LIST, {}, rival);
    expect(listed).toEqual({ data: { conversations: { nodes: [], pageInfo: { hasNextPage: false } } } });
  });

  it('refuses bad senders and stores nothing but one security event', async () => {
    const before = await count('webhook_delivery');
    const body = text('wamid.forged', 'x');
    expect((await deliver(body, 'sha256=00')).status).toBe(401);
    expect((await deliver(body, 'sha256=00')).status).toBe(401);
    expect((await deliver(body, signMetaBody(body, SECRET), 'nobody')).status).toBe(404);
    expect((await deliver('{', signMetaBody('{', SECRET))).status).toBe(400);
    expect(await count('webhook_delivery')).toBe(before);
    const events = await admin.query(`select event->>'action' as action from conversations.audit_staging where event->>'type' = 'SECURITY'
      union all select event->>'action' from conversations.platform_audit_staging order by 1`);
    expect(events.rows.map((row) => row.action)).toEqual(['webhook.bad_signature', 'webhook.malformed_json', 'webhook.unknown_inbox']);
  });
});

describe('messageSend', () => {
  let conversationId: string;

  beforeAll(async () => {
    const row = await admin.query<{ id: string }>('select id from conversations.conversation');
    conversationId = encodeId('conv', row.rows[0]?.id ?? '');
  });

  const send = (words: string, idempotencyKey: string, actor = agent) => subgraph.ask(SEND, { input: { conversationId, text: words, idempotencyKey } }, actor);

  it('queues one message for equal requests at the same moment', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => send('Good day', 'k-1')));
    const ids = new Set(results.map((result) => (result.data as { messageSend: { message: { id: string } } }).messageSend.message.id));
    expect(ids.size).toBe(1);
    expect(results[0]?.data).toMatchObject({ messageSend: { message: { seq: 2, status: 'QUEUED', text: 'Good day' }, userErrors: [] } });
    expect(await count('outbound')).toBe(1);
  });

  it('refuses the same key with another body, as data', async () => {
    expect(await send('Other', 'k-1')).toMatchObject({ data: { messageSend: { message: null, userErrors: [
      { __typename: 'IdempotencyMismatch', code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] }] } } });
    expect(await count('outbound')).toBe(1);
  });

  it('refuses empty text and a foreign conversation as data, a malformed id at top level', async () => {
    expect(await send('  ', 'k-2')).toMatchObject({ data: { messageSend: { message: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'text'] }] } } });
    expect(await send('Hi', 'k-3', rival)).toMatchObject({ data: { messageSend: { message: null, userErrors: [{ __typename: 'ConversationNotFound', code: 'NOT_FOUND' }] } } });
    const malformed = await subgraph.ask(SEND, { input: { conversationId: 'nonsense', text: 'x', idempotencyKey: 'k' } }, agent);
    expect(malformed).toMatchObject({ data: { messageSend: null }, errors: [{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'conversationId'] } }] });
    expect(await count('outbound')).toBe(1);
  });

  it('is forbidden to a reader and anonymous callers, and only the audit event is written', async () => {
    const before = await count('audit_staging');
    expect(await send('Hi', 'k-4', reader)).toMatchObject({ data: { messageSend: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await count('audit_staging')).toBe(before + 1);
    expect(await count('outbound')).toBe(1);
    expect(await subgraph.ask(SEND, { input: { conversationId, text: 'x', idempotencyKey: 'k' } })).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('moves forward through provider reports in any order, also by callback data alone', async () => {
    const row = await admin.query<{ message_id: string }>('select message_id from conversations.outbound');
    const id = row.rows[0]?.message_id ?? '';
    const status = (state: 'sent' | 'delivered' | 'read', clientReference?: string) => whatsappStatusDelivery({
      phoneNumberId: NUMBER, id: 'wamid.out', status: state, recipient: '15550001111', ...(clientReference ? { clientReference } : {}) });
    await deliver(status('read', encodeId('msg', id)));
    await ingestAll();
    await deliver(status('delivered'));
    await deliver(status('sent'));
    await ingestAll();
    const message = await admin.query('select status, external_id from conversations.message where id = $1', [id]);
    expect(message.rows[0]).toEqual({ status: 'READ', external_id: 'wamid.out' });
  });
});
