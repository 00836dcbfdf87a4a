// Files that staff send: judged before anything is written, uploaded to WhatsApp or linked for Messenger, each in one message and never sent twice.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { providersAt } from '../../../test/kit/channels.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { PDF, PNG } from '../../../test/kit/media.js';
import { person } from '../../../test/kit/subgraph.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import type { OutboundFile } from '../channel/channel.port.js';
import type { Said } from '../channel/content.js';
import { messengerChannel } from '../channel/messenger.channel.js';
import { openStorage } from '../../kernel/storage/storage.open.js';
import { AttachmentSending } from './attachment.sending.js';

const UPLOAD = 'mutation ($input: AttachmentUploadInput!) { attachmentUpload(input: $input) { attachment { id } uploadUrl userErrors { __typename message field } } }';
const SEND = `mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id type text status content { ... on MediaContent { voice media { state mimeType fileName size url } } } }
  userErrors { __typename message field } } }`;
const OGG = Buffer.from('4f67675300020000000000000000000000000000000000000000011e4f707573486561640101380180bb0000000000', 'hex');

const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-send-'));
let house: TestConversations;
let thread: string;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true, config: { dataDir } });
  thread = await house.conversation('15558880001');
});
afterAll(async () => {
  await house?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Refused { __typename: string; message: string; field: string[] }
interface Sent { message: { id: string; type: string; text: string | null; status: string; content: unknown } | null; userErrors: Refused[] }
async function announce(bytes: Buffer, mimeType: string, more: Record<string, unknown> = {}, actor = house.agent): Promise<{ id: string; uploadUrl: string; userErrors: Refused[] }> {
  const { data, errors } = await house.ask(UPLOAD, { input: { conversationId: encodeId('conv', thread), fileName: 'Bericht "1".pdf', mimeType, size: bytes.length, ...more } }, actor);
  expect(errors).toBeUndefined();
  const { attachment, ...rest } = data?.['attachmentUpload'] as { attachment: { id: string } | null; uploadUrl: string; userErrors: Refused[] };
  return { id: attachment?.id ?? '', ...rest };
}
async function uploaded(bytes: Buffer, mimeType: string, more: Record<string, unknown> = {}, actor = house.agent): Promise<string> {
  const { id, uploadUrl } = await announce(bytes, mimeType, more, actor);
  const { status } = await house.subject.running.routes.port.handle('mediaUpload', {
    params: { token: uploadUrl.slice('/media/uploads/'.length) }, query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0), oversize: false, stream: Readable.from([bytes]), ip: null, correlationId: 'up', url: '',
  });
  expect(status).toBe(200);
  return id;
}
async function send(attachmentIds: string[], more: Record<string, unknown> = {}, voice: boolean | null = null): Promise<Sent> {
  const { data, errors } = await house.ask(SEND, { input: { conversationId: encodeId('conv', thread), idempotencyKey: newId(), media: { attachmentIds, voice }, ...more } });
  expect(errors).toBeUndefined();
  return data?.['messageSend'] as Sent;
}
const last = async () => (await house.taken()).at(-1)?.body as { type: string } & Record<string, { id: string }>;
const atProvider = async (id: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(`${house.standIn?.url}/lookaside/${id}?oe=${Date.now() + 60_000}`, { headers: { authorization: 'Bearer x' } })).arrayBuffer());

describe('to WhatsApp a file', () => {
  it.each<[string, Buffer, string, string | null, boolean, string, Record<string, unknown>]>([
    ['a picture with words', PNG, 'image/png', 'Look', false, 'image', { caption: 'Look' }], ['a document', PDF, 'application/pdf', null, false, 'document', { filename: 'Bericht _1_.pdf' }],
    ['a voice note', OGG, 'audio/ogg', null, true, 'audio', { voice: true }],
  ])('that is %s is uploaded and named in the one message', async (_what, bytes, type, text, voice, kind, part) => {
    const { message, userErrors } = await send([await uploaded(bytes, type)], { text }, voice);
    expect([userErrors, message]).toEqual([[], expect.objectContaining({
      type: kind.toUpperCase(), text, status: 'QUEUED', content: { voice, media: [{ state: 'STORED', mimeType: type, fileName: 'Bericht _1_.pdf', size: bytes.length, url: expect.stringMatching(/^\/media\//) }] },
    })]);
    const before = (await house.taken()).length;
    expect(await house.drain(thread)).toBe(1);
    const body = await last();
    expect(body).toMatchObject({ type: kind, [kind]: { id: expect.any(String), ...part } });
    expect(Object.keys(body[kind] ?? {}).sort()).toEqual(['id', ...Object.keys(part)].sort());
    expect([await atProvider(body[kind]?.id ?? ''), (await house.taken()).length]).toEqual([bytes, before + 1]);
    expect(await house.standing(decodeId('msg', message?.id ?? '') ?? '')).toMatchObject({ status: 'SENT', state: 'ACCEPTED', attempts: 1 });
  });

  it('whose place is away is sent later, and once', async () => {
    const { message } = await send([await uploaded(PNG, 'image/png')]);
    const id = decodeId('msg', message?.id ?? '') ?? '';
    const [{ storage_key: key } = { storage_key: '' }] = await house.rows<{ storage_key: string }>('select storage_key from conversations.attachment where message_id = $1', [id]);
    await house.rows(`update conversations.attachment set storage_key = 'media/none' where message_id = $1`, [id]);
    const before = (await house.taken()).length;
    expect(await house.drain(thread)).toBe(1);
    expect([await house.standing(id), (await house.taken()).length]).toEqual([expect.objectContaining({ status: 'QUEUED', state: 'RETRY', refusal: expect.stringMatching(/^retry upload: /) }), before]);
    await house.rows('update conversations.attachment set storage_key = $2 where message_id = $1', [id, key]);
    house.clock.advance(2_000);
    await house.drain(thread);
    expect([await house.standing(id), (await house.taken()).length]).toEqual([expect.objectContaining({ status: 'SENT', attempts: 2 }), before + 1]);
  });

  it('that was sent is never deleted as unused, is in one message only, and the same request again is the same message', async () => {
    const id = await uploaded(PNG, 'image/png');
    const again = { idempotencyKey: newId() };
    const { message } = await send([id], again);
    expect((await send([id], again)).message?.id).toBe(message?.id);
    expect((await send([id], { ...again, text: 'Other' })).userErrors).toMatchObject([{ __typename: 'IdempotencyMismatch' }]);
    expect((await send([id])).userErrors).toMatchObject([{ field: ['input', 'media', 'attachmentIds', '0'], message: 'The file is in another message: upload it anew.' }]);
    expect(await house.rows('select due_at, position from conversations.attachment where id = $1', [decodeId('att', id)])).toEqual([{ due_at: null, position: 0 }]);
    const both = await uploaded(PNG, 'image/png');
    const results = await Promise.all([1, 2, 3].map(() => send([both])));
    expect(results.filter(({ message: made }) => made !== null)).toHaveLength(1);
  });
});

describe('refused before anything is written is', () => {
  const refused = async (result: Promise<Sent>, field: string[]): Promise<void> => {
    const before = [await house.count('message'), await house.count('outbound'), await house.count('send_request')];
    const { message, userErrors } = await result;
    expect([message, userErrors]).toEqual([null, [{ __typename: 'InputInvalid', message: expect.any(String), field }]]);
    expect([await house.count('message'), await house.count('outbound'), await house.count('send_request')]).toEqual(before);
  };
  const first = ['input', 'media', 'attachmentIds', '0'];

  it('no file, too many, one twice, one nobody knows, one that has not come, one of another inbox or tenant', async () => {
    await refused(send([]), ['input', 'media', 'attachmentIds']);
    await refused(send(Array.from({ length: 11 }, () => encodeId('att', newId()))), ['input', 'media', 'attachmentIds']);
    await refused(send([encodeId('att', newId())]), first);
    await refused(send([(await announce(PNG, 'image/png')).id]), first);
    const [one, other] = [await uploaded(PNG, 'image/png'), await uploaded(PNG, 'image/png')];
    await refused(send([one, one]), ['input', 'media', 'attachmentIds', '1']);
    await refused(send([one, other]), ['input', 'media', 'attachmentIds', '1']);
    const elsewhere = await house.createInbox(house.tenantId, 'elsewhere', '999');
    await refused(send([await uploaded(PNG, 'image/png', { conversationId: null, inboxId: encodeId('inb', elsewhere) })]), first);
    const rival = person(newId(), ['conversation:read', 'conversation:create']);
    const theirs = encodeId('inb', await house.createInbox(rival.tenant ?? '', 'rival', '777'));
    await refused(send([await uploaded(PNG, 'image/png', { conversationId: null, inboxId: theirs }, rival)]), first);
    expect((await announce(PNG, 'image/png', { conversationId: null, inboxId: theirs })).userErrors).toMatchObject([{ __typename: 'InboxNotFound' }]);
    const { errors } = await house.ask(SEND, { input: { conversationId: encodeId('conv', thread), idempotencyKey: newId(), media: { attachmentIds: ['msg_x'] } } });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('words where there can be none or not so many, and a voice note that is no sound', async () => {
    await refused(send([await uploaded(OGG, 'audio/ogg')], { text: 'Listen' }), ['input', 'text']);
    await refused(send([await uploaded(PNG, 'image/png')], { text: 'x'.repeat(1_025) }), ['input', 'text']);
    await refused(send([await uploaded(PNG, 'image/png')], {}, true), ['input', 'media', 'voice']);
    await refused(send([await uploaded(PNG, 'image/png')], { location: { latitude: 1, longitude: 1 } }), ['input', 'media']);
  });
});

describe('to Messenger a file', () => {
  const said: Said = { type: 'IMAGE', text: null, content: { kind: 'media', media: [], voice: false } };

  it('is not taken where nobody could fetch it', async () => {
    const inbox = await house.createInbox(house.tenantId, 'page', 'page-1', 'MESSENGER');
    expect((await announce(PNG, 'image/png', { conversationId: null, inboxId: encodeId('inb', inbox) })).userErrors).toMatchObject([{ __typename: 'InputInvalid', message: expect.stringContaining('API_URL') }]);
    expect(await house.services.attachments.sending.filesOf(house.tenantId, newId(), 'MESSENGER')).toMatchObject({ kind: 'refused', class: 'permanent', code: 'no-public-url' });
  });

  it('goes by a link that serves it to who has it', async () => {
    const { message } = await send([await uploaded(PNG, 'image/png')]);
    const { database, config } = house.services.deps;
    const there = new AttachmentSending({ database, storage: openStorage(config), links: house.services.attachments.links, apiUrl: 'https://desk.example.com' });
    const files = await there.filesOf(house.tenantId, decodeId('msg', message?.id ?? '') ?? '', 'MESSENGER') as OutboundFile[];
    const credentials = { appSecret: 's', verifyToken: 'v', accessToken: 'token', externalId: 'page-1' };
    const outcome = await messengerChannel.open(credentials).send(
      { to: 'PSID', said, files, replyTo: null, humanAgent: false, clientReference: 'msg_1' }, { providers: providersAt(house.standIn?.url ?? ''), signal: AbortSignal.timeout(5_000) });
    expect(outcome.kind).toBe('accepted');
    const body = (await house.taken()).at(-1)?.body as { message: { attachment: { type: string; payload: { url: string } } } };
    const { type, payload: { url } } = body.message.attachment;
    expect([type, url]).toEqual(['image', expect.stringMatching(/^https:\/\/desk\.example\.com\/media\/[\w-]+$/)]);
    const answer = await house.subject.running.routes.port.handle('mediaDownload', {
      params: { token: url.slice('https://desk.example.com/media/'.length) }, query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0), oversize: false, ip: null, correlationId: 'provider', url: '',
    });
    expect(answer.status).toBe(200);
    expect(await buffer((answer.body as { stream: Readable }).stream)).toEqual(PNG);
    expect(await there.filesOf(newId(), decodeId('msg', message?.id ?? '') ?? '', 'MESSENGER')).toMatchObject({ kind: 'refused', code: 'file-gone' });
  });
});
