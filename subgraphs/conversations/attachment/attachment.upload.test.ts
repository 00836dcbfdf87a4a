// Files that staff upload: announced, put once and whole, refused where they are not what was announced, and gone when no message takes them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { TestConversations } from '../../../test/kit/conversations.js';
import { HTML, PNG, TestMedia, hexOf } from '../../../test/kit/media.js';
import { TestObjectStore } from '../../../test/kit/object-store.js';
import { person } from '../../../test/kit/subgraph.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { ClientGone } from '../../kernel/base/http.exchange.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';
import { openStorage } from '../../kernel/storage/storage.open.js';
import { removeMediaJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';
import { AttachmentReceive } from './attachment.receive.js';

const UPLOAD = `mutation ($input: AttachmentUploadInput!) { attachmentUpload(input: $input) { attachment { id state fileName mimeType size } uploadUrl headers { name value } expiresAt
  userErrors { __typename code field ... on QuotaExceeded { quota } } } }`;

const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-upload-'));
let store: TestObjectStore;
let system: Pool;
let house: TestConversations;
let media: TestMedia;
let thread: string;
beforeAll(async () => {
  store = await TestObjectStore.start('files');
  house = await TestConversations.boot({ config: { dataDir } });
  media = new TestMedia(house);
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
  thread = encodeId('conv', await house.conversation('15557770001'));
});
afterAll(async () => {
  await system?.end();
  await house?.close();
  await store?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Payload { attachment: { id: string; state: string; mimeType: string | null; size: number | null; fileName: string | null } | null; uploadUrl: string; headers: unknown; expiresAt: string; userErrors: unknown[] }
const input = (bytes: Buffer, more: Record<string, unknown> = {}) => ({ conversationId: thread, fileName: 'Bild ä.png', mimeType: 'image/png', size: bytes.length, ...more });
async function announce(given: Record<string, unknown>, actor = house.agent): Promise<Payload> {
  const { data, errors } = await house.ask(UPLOAD, { input: given }, actor);
  expect(errors).toBeUndefined();
  return data?.['attachmentUpload'] as Payload;
}
async function* pieces(bytes: Buffer, fail?: Error): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
  if (fail) throw fail;
}
const request = (url: string, stream: AsyncIterable<Uint8Array>, headers: Record<string, string> = {}) => ({
  params: { token: url.slice('/media/uploads/'.length) }, query: new URLSearchParams(), headers, body: Buffer.alloc(0), oversize: false, stream, ip: '127.0.0.1', correlationId: 'upload', url: '',
});
const put = (url: string, bytes: Buffer, headers: Record<string, string> = {}): Promise<RouteResponse> => house.subject.running.routes.port.handle('mediaUpload', request(url, pieces(bytes), headers));
const stateOf = async ({ attachment }: Payload) => (await house.rows<{ state: string; stored_type: string | null; storage_key: string | null; due_at: Date | null; attempts: number }>(
  'select state, stored_type, storage_key, due_at, attempts from conversations.attachment where id = $1', [decodeId('att', attachment?.id ?? '')]))[0];
const files = (): string[] => readdirSync(dataDir, { recursive: true, withFileTypes: true, encoding: 'utf8' }).filter((entry) => entry.isFile()).map(({ name }) => name);

it('is announced, put, and there: once, with an event of each', async () => {
  const announced = await announce(input(PNG, { sha256: hexOf(PNG) }));
  expect(announced).toEqual({
    attachment: { id: expect.stringMatching(/^att_/), state: 'WAITING', fileName: 'Bild ä.png', mimeType: 'image/png', size: null }, uploadUrl: expect.stringMatching(/^\/media\/uploads\/[\w-]+$/),
    headers: [{ name: 'Content-Type', value: 'image/png' }], expiresAt: expect.any(String), userErrors: [],
  });
  const answer = await put(announced.uploadUrl, PNG, { 'content-length': String(PNG.length) });
  expect([answer.status, JSON.parse(String(answer.body))]).toEqual([200, { id: announced.attachment?.id, mimeType: 'image/png', size: PNG.length, sha256: hexOf(PNG) }]);
  const stored = await stateOf(announced);
  expect(stored).toMatchObject({ state: 'STORED', stored_type: 'image/png', attempts: 1 });
  expect(await media.read(stored?.storage_key ?? '')).toEqual(PNG);
  expect((await put(announced.uploadUrl, PNG)).status).toBe(409);
  expect(await house.rows('select bytes::int from conversations.stored_file')).toEqual([{ bytes: PNG.length }]);
  expect(await house.rows(`select event->>'action' as action, event->'actor'->>'kind' as kind from conversations.audit_staging where event->>'action' like 'attachment.%' order by id`))
    .toMatchObject([{ action: 'attachment.upload' }, { action: 'attachment.store' }]);
});

it.each<[string, Record<string, unknown>, string[], string]>([
  ['no target', { conversationId: null }, ['input', 'conversationId'], 'InputInvalid'], ['two targets', { inboxId: encodeId('inb', newId()) }, ['input', 'inboxId'], 'InputInvalid'],
  ['an unknown conversation', { conversationId: encodeId('conv', newId()) }, ['input', 'conversationId'], 'ConversationNotFound'],
  ['an unknown inbox', { conversationId: null, inboxId: encodeId('inb', newId()) }, ['input', 'inboxId'], 'InboxNotFound'],
  ['no name', { fileName: ' ' }, ['input', 'fileName'], 'InputInvalid'], ['a long name', { fileName: 'x'.repeat(201) }, ['input', 'fileName'], 'InputInvalid'],
  ['no media type', { mimeType: 'picture' }, ['input', 'mimeType'], 'InputInvalid'], ['a type its channel does not take', { mimeType: 'image/gif' }, ['input', 'mimeType'], 'InputInvalid'],
  ['nothing', { size: 0 }, ['input', 'size'], 'InputInvalid'], ['more than any channel takes', { size: 104_857_601 }, ['input', 'size'], 'InputInvalid'],
  ['more than its channel takes', { size: 5 * 1024 * 1024 + 1 }, ['input', 'size'], 'InputInvalid'], ['a hash that is none', { sha256: 'abc' }, ['input', 'sha256'], 'InputInvalid'],
])('of %s is refused before anything is written', async (_what, more, field, name) => {
  const before = await house.count('attachment');
  const { attachment, uploadUrl, userErrors } = await announce(input(PNG, more));
  expect([attachment, uploadUrl, userErrors]).toEqual([null, null, [{ __typename: name, code: expect.any(String), field }]]);
  expect(await house.count('attachment')).toBe(before);
});

it('is for who may write, of the tenant, and within what it may store', async () => {
  const before = await house.count('attachment');
  const denied = await house.ask(UPLOAD, { input: input(PNG) }, person(house.tenantId, ['conversation:read']));
  expect(denied.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect((await announce(input(PNG), person(newId(), ['conversation:create']))).userErrors).toMatchObject([{ __typename: 'ConversationNotFound' }]);
  await house.rows(`update conversations.quota set granted = 1, ceiling = greatest(used, 1) where name = 'STORAGE_BYTES'`);
  expect((await announce(input(PNG))).userErrors).toMatchObject([{ __typename: 'QuotaExceeded', field: ['input', 'size'], quota: 'STORAGE_BYTES' }]);
  await house.rows(`update conversations.quota set granted = 1000000000, ceiling = 1000000000 where name = 'STORAGE_BYTES'`);
  expect(await house.count('attachment')).toBe(before);
});

describe('bytes', () => {
  it.each<[string, Buffer, Record<string, unknown>, Record<string, string>, number]>([
    ['more than announced', Buffer.concat([PNG, PNG]), {}, {}, 413], ['more than announced, by their own word', PNG, {}, { 'content-length': '999999' }, 413],
    ['fewer than announced', PNG.subarray(0, 40), {}, {}, 422], ['fewer than announced, by their own word', PNG, {}, { 'content-length': '1' }, 422],
    ['of another type', HTML, { size: HTML.length }, {}, 422], ['of another hash', PNG, { sha256: hexOf(HTML) }, {}, 422],
  ])('that are %s are refused and leave nothing; those announced may still come', async (_what, bytes, more, headers, status) => {
    const announced = await announce(input(PNG, more));
    const before = files();
    const answer = await put(announced.uploadUrl, bytes, headers);
    expect([answer.status, await stateOf(announced), files()]).toEqual([status, expect.objectContaining({ state: 'WAITING', storage_key: null }), before]);
    expect(JSON.parse(String(answer.body))).toEqual({ error: expect.any(String), message: expect.any(String) });
    if (Object.keys(more).length === 0) expect((await put(announced.uploadUrl, PNG)).status).toBe(200);
  });

  it('that break off leave nothing, and of two at once one is kept', async () => {
    const announced = await announce(input(PNG));
    const before = files();
    const { port } = house.subject.running.routes;
    await expect(port.handle('mediaUpload', request(announced.uploadUrl, pieces(PNG.subarray(0, 30), new ClientGone('gone'))))).rejects.toThrow(ClientGone);
    expect([await stateOf(announced), files()]).toEqual([expect.objectContaining({ state: 'WAITING' }), before]);
    const answers = await Promise.all([1, 2, 3].map(() => put(announced.uploadUrl, PNG)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(files()).toHaveLength(before.length + 1);
  });

  it('come to no link that was made up, is for something else, or is late', async () => {
    const announced = await announce(input(PNG));
    const token = Buffer.from(announced.uploadUrl.slice('/media/uploads/'.length), 'base64url');
    for (const place of [0, 16, 52, token.length - 1]) {
      const forged = Buffer.from(token);
      forged.writeUInt8(forged.readUInt8(place) ^ 1, place);
      expect((await put(`/media/uploads/${forged.toString('base64url')}`, PNG)).status).toBe(404);
    }
    const download = { ...request(announced.uploadUrl, pieces(PNG)), params: { token: token.toString('base64url') } };
    expect((await house.subject.running.routes.port.handle('mediaDownload', download)).status).toBe(404);
    house.clock.advance(3_600_000);
    expect([(await put(announced.uploadUrl, PNG)).status, (await stateOf(announced))?.state]).toEqual([410, 'WAITING']);
  });

  it('go to a bucket in the same way, in parts', async () => {
    const bytes = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(20 * 1024 * 1024, 1)]);
    const there = new AttachmentReceive(house.services.deps, openStorage({ dataDir, objectStore: store.settings('files') }), house.services.attachments.links, noCrash);
    const announced = await announce(input(bytes, { mimeType: 'application/pdf' }));
    await expect(there.receive(request(announced.uploadUrl, pieces(bytes.subarray(0, 18_000_000), new ClientGone('gone'))))).rejects.toThrow(ClientGone);
    expect([[...store.objects('files').keys()], store.unfinished('files')]).toEqual([[], []]);
    expect((await there.receive(request(announced.uploadUrl, pieces(bytes)))).status).toBe(200);
    expect([...store.objects('files').keys()]).toEqual([(await stateOf(announced))?.storage_key]);
  });
});

it('that no message takes in a day is deleted, whether or not it came', async () => {
  const [waiting, stored, dying] = [await announce(input(PNG)), await announce(input(PNG)), await announce(input(PNG))];
  await put(stored.uploadUrl, PNG);
  const ids = [waiting, stored, dying].map(({ attachment }) => decodeId('att', attachment?.id ?? ''));
  // Its writer was killed.
  await house.rows(`update conversations.attachment set state = 'FETCHING', attempts = 1, due_at = now() - interval '1 minute' where id = $1`, [ids[2]]);
  const door = conversationsDoor(house.services);
  const due = async () => (await door.overdue(system)).flatMap(({ job, payloads }) => (job === removeMediaJob ? payloads.map((one) => removeMediaJob.payload.parse(one)) : []))
    .filter(({ attachmentId }) => ids.includes(attachmentId));
  expect(await due()).toEqual([]);
  await house.rows(`update conversations.attachment set created_at = created_at - interval '2 days', due_at = due_at - interval '2 days' where id = any ($1)`, [ids]);
  const found = await due();
  expect(found).toHaveLength(3);
  const before = files().length;
  for (const one of found) expect(await door.removeMedia(one)).toBe(true);
  expect([files().length, await house.rows('select 1 from conversations.attachment where id = any ($1)', [ids])]).toEqual([before - 1, []]);
});
