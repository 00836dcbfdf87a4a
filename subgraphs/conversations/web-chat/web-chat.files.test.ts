// Files in a web chat: what a visitor brings is theirs alone, told by its bytes and bounded, and what staff send comes as links.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { TestConversations } from '../../../test/kit/conversations.js';
import { HTML, PDF, PNG, hexOf } from '../../../test/kit/media.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { conversationsDoor } from '../public.js';

const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-chat-files-'));
const credentials = (mark: string) => ({ tokenSecret: mark.repeat(40), origins: ['https://shop.example.com'] });
let house: TestConversations;
beforeAll(async () => {
  house = await TestConversations.boot({ config: { dataDir } });
  await house.services.inboxes.create(house.tenantId, { key: 'chat', name: 'Chat', channel: 'WEB_CHAT', credentials: credentials('a') });
  // The same secret, as nobody should: what is brought to one inbox is of that one.
  await house.services.inboxes.create(house.tenantId, { key: 'twin', name: 'Twin', channel: 'WEB_CHAT', credentials: credentials('a') });
});
afterAll(async () => {
  await house?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

type Answer = { status: number; headers: Record<string, string>; body: Record<string, unknown> };
async function call(route: string, changed: Partial<RouteRequest>, key = 'chat'): Promise<Answer> {
  const answer: RouteResponse = await house.subject.running.routes.port.handle(route, {
    params: { inboxKey: key }, query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0), oversize: false, ip: '192.0.2.9', correlationId: 'chat-file', url: '', ...changed,
  });
  return { status: answer.status, headers: answer.headers ?? {}, body: JSON.parse(String(answer.body)) as Record<string, unknown> };
}
let addresses = 0;
const session = async (key = 'chat'): Promise<string> => String((await call('webChatSession', { ip: `2001:db8::${addresses++}` }, key)).body['token']);
interface Given { type?: string; name?: string; length?: number | null; key?: string; oversize?: boolean; origin?: string }
const bring = (token: string | null, bytes: Buffer, { type = 'image/png', name = 'Bild ä.png', length = bytes.length, key = 'chat', oversize = false, origin }: Given = {}): Promise<Answer> => call('webChatFile', {
  query: new URLSearchParams({ name }), stream: Readable.from([bytes]), oversize,
  headers: { 'content-type': type, ...(length === null ? {} : { 'content-length': String(length) }), ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(origin ? { origin } : {}) },
}, key);
const post = async (token: string, ...items: object[]): Promise<Answer> => {
  const answer = await call('webChatSend', { headers: { authorization: `Bearer ${token}` }, body: Buffer.from(JSON.stringify({ items })) });
  await house.ingestAll();
  return answer;
};
const say = (id: string, files: unknown, more: object = {}) => ({ kind: 'message', id, type: 'file', files, ...more });
interface Shown { type: string; text: string | null; from: string; content: { media: { mimeType: string; fileName: string; size: number | null; url: string | null }[] } | null }
const read = async (token: string) => (await call('webChatRead', { headers: { authorization: `Bearer ${token}` } })).body['messages'] as Shown[];
const download = async (url: string | null | undefined): Promise<{ status: number; headers: Record<string, string>; bytes: Buffer }> => {
  const { status, headers, body } = await house.subject.running.routes.port.handle('mediaDownload', {
    params: { token: (url ?? '').slice('/media/'.length) }, query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0), oversize: false, ip: null, correlationId: 'get', url: '' });
  return { status, headers: headers ?? {}, bytes: body && typeof body === 'object' && 'stream' in body ? await buffer(body.stream) : Buffer.from(String(body)) };
};
const visitorIn = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub;
const conversationOf = async (token: string): Promise<string> => (await house.rows<{ id: string }>(`select c.id from conversations.conversation c
  join conversations.contact_identity i using (tenant_id, contact_id) where i.external_id = $1`, [visitorIn(token)]))[0]?.id ?? '';
const rowOf = async (id: unknown) => (await house.rows('select state, message_id is not null as sent, visitor, stored_type from conversations.attachment where id = $1', [decodeId('att', String(id))]))[0];
const stored = (): string[] => readdirSync(dataDir, { recursive: true, withFileTypes: true, encoding: 'utf8' }).filter((entry) => entry.isFile()).map(({ name }) => name);

describe('what a visitor brings', () => {
  it('is in the message that names it, once, as its bytes say, for them and for staff', async () => {
    const token = await session();
    const brought = await bring(token, PNG, { origin: 'https://shop.example.com' });
    expect(brought).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': 'https://shop.example.com' }, body: { id: expect.stringMatching(/^att_/), mimeType: 'image/png', size: PNG.length, sha256: hexOf(PNG) } });
    const { id } = brought.body;
    for (let time = 0; time < 2; time += 1) expect(await post(token, say('1', [id], { text: 'Look' }))).toMatchObject({ status: 200, body: { accepted: 1 } });
    // The same message in another call is the same.
    expect(await post(token, say('1', [id], { text: 'Look' }), { kind: 'message', id: '2', text: 'And?' })).toMatchObject({ status: 200 });
    const [shown] = await read(token);
    expect(shown).toMatchObject({ type: 'IMAGE', text: 'Look', content: { media: [{ mimeType: 'image/png', fileName: 'Bild ä.png', size: PNG.length, url: expect.stringMatching(/^\/media\//) }] } });
    expect((await download(shown?.content?.media[0]?.url)).bytes).toEqual(PNG);
    const { data } = await house.ask('query ($id: ID!) { conversation(id: $id) { messages { nodes { type content { ... on MediaContent { media { state mimeType fileName size url } } } } } } }', { id: encodeId('conv', await conversationOf(token)) });
    expect((data?.['conversation'] as { messages: { nodes: unknown[] } }).messages.nodes.at(-1)).toMatchObject({ type: 'IMAGE', content: { media: [{ state: 'STORED', mimeType: 'image/png', fileName: 'Bild ä.png', url: expect.any(String) }] } });
    expect(await rowOf(id)).toEqual({ state: 'STORED', sent: true, visitor: null, stored_type: 'image/png' });
    expect(await post(token, say('3', [id]))).toMatchObject({ status: 400, body: { error: 'malformed' } });
    // Several kinds together are documents; a page is for saving, whatever it is called.
    const two = [(await bring(token, PDF, { type: 'application/pdf', name: 'a.pdf' })).body['id'], (await bring(token, HTML, { type: '', name: 'a.png' })).body['id']];
    await post(token, say('4', two));
    const both = (await read(token)).at(-1);
    expect(both).toMatchObject({ type: 'DOCUMENT', text: null, content: { media: [{ mimeType: 'application/pdf' }, { mimeType: expect.not.stringContaining('image') }] } });
    expect((await download(both?.content?.media[1]?.url)).headers).toMatchObject({ 'content-disposition': expect.stringMatching(/^attachment/), 'x-content-type-options': 'nosniff' });
    // Taken back, it goes.
    await post(token, { kind: 'deletion', id: 'd', message: '1' });
    expect(await rowOf(id)).toMatchObject({ state: 'GONE', sent: false });
    expect((await download(shown?.content?.media[0]?.url)).status).toBe(404);
  });

  it('is nobody else\'s: not another visitor\'s, another inbox\'s, or that of staff', async () => {
    const [ana, bob] = [await session(), await session()];
    const { id } = (await bring(ana, PNG)).body;
    const before = [await house.count('webhook_delivery'), await house.count('message')];
    expect(await post(bob, say('1', [id]))).toMatchObject({ status: 400, body: { error: 'malformed', message: expect.stringMatching(/not there/) } });
    expect((await call('webChatSend', { headers: { authorization: `Bearer ${await session('twin')}` }, body: Buffer.from(JSON.stringify({ items: [say('1', [id])] })) }, 'twin')).status).toBe(400);
    await post(ana, { kind: 'message', id: '0', text: 'Hello' });
    const send = 'mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id } userErrors { __typename } } }';
    const { data } = await house.ask(send, { input: { conversationId: encodeId('conv', await conversationOf(ana)), media: { attachmentIds: [id] }, idempotencyKey: newId() } });
    expect(data?.['messageSend']).toEqual({ message: null, userErrors: [{ __typename: 'InputInvalid' }] });
    expect([await house.count('webhook_delivery'), await house.count('message')]).toEqual([(before[0] ?? 0) + 1, (before[1] ?? 0) + 1]);
    expect(await rowOf(id)).toMatchObject({ state: 'STORED', sent: false });
    // Posted by the one whose it is, and read when another message of theirs has it already: nothing is in two.
    await Promise.all(['1', '2'].map((message) => call('webChatSend', { headers: { authorization: `Bearer ${ana}` }, body: Buffer.from(JSON.stringify({ items: [say(message, [id], { text: message })] })) })));
    await house.ingestAll();
    expect((await read(ana)).map(({ type }) => type).toSorted()).toEqual(['IMAGE', 'TEXT', 'TEXT']);
  });

  it.each<[string, Buffer, Given, number, string]>([
    ['without a token', PNG, {}, 401, 'missing-signature'], ['with a token of nobody', PNG, {}, 401, 'bad-signature'],
    ['from a page of elsewhere', PNG, { origin: 'https://evil.test' }, 403, 'unknown-origin'],
    ['without a length', PNG, { length: null }, 411, 'length-required'], ['larger than any may be', PNG, { length: 25 * 1024 * 1024 + 1 }, 413, 'too-large'], ['that did not end', PNG, { oversize: true }, 413, 'too-large'],
    ['of nothing', Buffer.alloc(0), {}, 400, 'malformed'], ['of a longer name', PNG, { name: 'x'.repeat(201) }, 400, 'malformed'],
    ['shorter than it said', PNG, { length: PNG.length + 1 }, 422, 'NOT_ALLOWED'], ['longer than it said', PNG, { length: PNG.length - 1 }, 413, 'TOO_LARGE'], ['of another type than it said', PNG, { type: 'application/pdf' }, 422, 'NOT_ALLOWED'],
  ])('is not taken %s, and nothing of it is left', async (what, bytes, given, status, error) => {
    const token = what === 'without a token' ? null : what === 'with a token of nobody' ? 'x.y.z' : await session();
    const before = stored();
    expect(await bring(token, bytes, given)).toMatchObject({ status, body: { error } });
    expect(stored()).toEqual(before);
    // Nobody can bring it by that row any more.
    for (const { id } of await house.rows<{ id: string }>(`select id from conversations.attachment where state = 'WAITING'`)) await conversationsDoor(house.services).removeMedia({ tenantId: house.tenantId, attachmentId: id });
    expect(await house.rows(`select id from conversations.attachment where state in ('WAITING', 'FETCHING')`)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['none', []], ['no list', 'att_01h455vb4pex5vsknk084sn02q'], ['one that is none', ['x']], ['one that is not there', ['att_01h455vb4pex5vsknk084sn02q']], ['too many', Array.from({ length: 11 }, (_, at) => `att_01h455vb4pex5vsknk084sn0${10 + at}`)],
  ])('is named, not as %s', async (_what, files) => {
    const [token, before] = [await session(), await house.count('webhook_delivery')];
    expect(await post(token, say('1', files))).toMatchObject({ status: 400, body: { error: 'malformed' } });
    expect(await house.count('webhook_delivery')).toBe(before);
  });

  it('is bounded: ten that wait for a message, twenty a minute, and the plan; and goes when no message comes', async () => {
    const token = await session();
    const answers = [];
    for (let time = 0; time < 22; time += 1) answers.push(await bring(token, PNG));
    expect(answers.slice(0, 10).every(({ status }) => status === 200)).toBe(true);
    expect([answers[10], answers.at(-1)]).toMatchObject([{ status: 409, body: { error: 'too-many-files' } }, { status: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } }]);
    await house.rows(`update conversations.quota set granted = 1, ceiling = greatest(used, 1) where name = 'STORAGE_BYTES'`);
    expect(await bring(await session(), PNG)).toMatchObject({ status: 507, body: { error: 'storage-full' } });
    await house.rows(`update conversations.quota set granted = 1000000000, ceiling = 1000000000 where name = 'STORAGE_BYTES'`);
    // What is posted and not read yet keeps it for another day.
    const kept = String(answers[0]?.body['id']);
    house.clock.advance(23 * 3_600_000);
    await call('webChatSend', { headers: { authorization: `Bearer ${token}` }, body: Buffer.from(JSON.stringify({ items: [say('1', [kept])] })) });
    house.clock.advance(2 * 3_600_000);
    for (const { body: { id } } of answers.slice(0, 10)) await conversationsDoor(house.services).removeMedia({ tenantId: house.tenantId, attachmentId: decodeId('att', String(id)) ?? '' });
    await house.ingestAll();
    expect([await rowOf(kept), await rowOf(answers[1]?.body['id'])]).toEqual([{ state: 'STORED', sent: true, visitor: null, stored_type: 'image/png' }, undefined]);
  });
});

it('what staff send comes as links that open it, and to nobody else', async () => {
  const [ana, bob] = [await session(), await session()];
  for (const token of [ana, bob]) await post(token, { kind: 'message', id: '1', text: 'Hello' });
  const conversationId = encodeId('conv', await conversationOf(ana));
  const announce = `mutation ($input: AttachmentUploadInput!) { attachmentUpload(input: $input) { attachment { id } uploadUrl userErrors { __typename } } }`;
  const announced = (await house.ask(announce, { input: { conversationId, fileName: 'Offer.pdf', mimeType: 'application/pdf', size: PDF.length } })).data?.['attachmentUpload'] as { attachment: { id: string }; uploadUrl: string };
  expect((await call('mediaUpload', { params: { token: announced.uploadUrl.slice('/media/uploads/'.length) }, stream: Readable.from([PDF]) })).status).toBe(200);
  const send = 'mutation ($input: MessageSendInput!) { messageSend(input: $input) { userErrors { __typename } } }';
  expect((await house.ask(send, { input: { conversationId, text: 'Our offer', media: { attachmentIds: [announced.attachment.id] }, idempotencyKey: newId() } })).data?.['messageSend']).toEqual({ userErrors: [] });
  // What is not sent yet was not said.
  expect(await read(ana)).toHaveLength(1);
  await house.drain(await conversationOf(ana));
  const shown = (await read(ana)).at(-1);
  expect(shown).toMatchObject({ from: 'staff', type: 'DOCUMENT', text: 'Our offer', content: { media: [{ mimeType: 'application/pdf', fileName: 'Offer.pdf', size: PDF.length }] } });
  const url = shown?.content?.media[0]?.url;
  expect(await download(url)).toMatchObject({ status: 200, bytes: PDF });
  house.clock.advance(20 * 60_000);
  expect((await download(url)).status).toBe(410);
  expect(await read(bob)).toMatchObject([{ text: 'Hello' }]);
});
