// Files of messages as readers have them: shown through the graph, served by a link as what they are, and gone with their message.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Pool } from 'pg';
import { providersAt } from '../../../test/kit/channels.js';
import { TestConversations, textBody } from '../../../test/kit/conversations.js';
import { EXE, HTML, PDF, PNG, TestMedia, hexOf } from '../../../test/kit/media.js';
import { person } from '../../../test/kit/subgraph.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { newId } from '../../kernel/base/ids.js';
import { publicFetch } from '../../kernel/base/public-address.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { openStorage } from '../../kernel/storage/storage.open.js';
import type { StoragePort } from '../../kernel/storage/storage.js';
import { removeMediaJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';
import { AttachmentFetch } from './attachment.fetch.js';
import { AttachmentRemoval } from './attachment.removal.js';

const MEDIA = `{ conversations(first: 50) { nodes { messages(first: 50) { nodes { id text content { ... on MediaContent { media { state mimeType fileName size sha256 refusedReason url } } } } } } } }`;
const NOTHING = 'There is nothing at this address.';

interface Item { state: string; mimeType: string | null; fileName: string | null; size: number | null; sha256: string | null; refusedReason: string | null; url: string | null }

const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-media-'));
let system: Pool;
let house: TestConversations;
let media: TestMedia;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true, config: { dataDir } });
  media = new TestMedia(house);
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Every file of every message, newest first, as somebody sees them. */
async function items(actor = house.agent): Promise<Item[]> {
  const { data, errors } = await house.ask(MEDIA, {}, actor);
  expect(errors).toBeUndefined();
  type Shown = { conversations: { nodes: { messages: { nodes: { content: { media?: Item[] } | null }[] } }[] } };
  return (data as unknown as Shown).conversations.nodes.flatMap(({ messages }) => messages.nodes.flatMap(({ content }) => content?.media ?? []));
}
const newest = async (): Promise<Item> => (await items())[0] as Item;
const serve = (url: string | null, headers: Record<string, string> = {}, changed: Partial<RouteRequest> = {}): Promise<RouteResponse> => house.subject.running.routes.port.handle('mediaDownload', {
  params: { token: (url ?? '').slice('/media/'.length) }, query: new URLSearchParams(), headers, body: Buffer.alloc(0), oversize: false, ip: null, correlationId: 'test', url: '', ...changed,
});
const bytesOf = async ({ body }: RouteResponse): Promise<Buffer> => (typeof body === 'object' && 'stream' in body ? buffer(body.stream) : Buffer.from(body ?? ''));
const files = (): string[] => readdirSync(join(dataDir, 'files'), { recursive: true, withFileTypes: true, encoding: 'utf8' }).filter((entry) => entry.isFile()).map(({ name }) => name);
/** What the sweeper finds to delete, and the job does. */
async function sweep(): Promise<void> {
  // The clock of this test is ahead of the database's.
  await house.rows(`update conversations.attachment set due_at = now() where state = 'GONE'`);
  const due = (await conversationsDoor(house.services).overdue(system)).flatMap(({ job, payloads }) => (job === removeMediaJob ? payloads.map((one) => removeMediaJob.payload.parse(one)) : []));
  for (const { tenantId, attachmentId } of due) await conversationsDoor(house.services).removeMedia({ tenantId, attachmentId });
}
/** Bytes that the tenant is counted to keep. */
const counted = async (): Promise<number> => Number((await house.rows<{ sum: string | null }>(`select sum(amount) from conversations.usage_tally where name = 'STORAGE_BYTES'`))[0]?.sum ?? 0);

it('is shown as it comes: waiting, then with its own type, size and a link', async () => {
  const id = await media.shelve({ bytes: PNG });
  const { row } = await media.receive({ id, mime_type: 'image/jpeg', sha256: 'x' });
  expect(await newest()).toEqual({ state: 'WAITING', mimeType: 'image/jpeg', fileName: null, size: null, sha256: null, refusedReason: null, url: null });
  await media.run(row);
  const item = await newest();
  expect(item).toMatchObject({ state: 'STORED', mimeType: 'image/png', size: PNG.length, sha256: hexOf(PNG), refusedReason: null, url: expect.stringMatching(/^\/media\/[\w-]+$/) });
  // Within five minutes everybody who asks again gets the same, which their browser has.
  expect((await newest()).url).toBe(item.url);
  await media.tried({ bytes: Buffer.alloc(1) }, 'image', { id: '987654321' });
  expect(await newest()).toMatchObject({ state: 'REFUSED', refusedReason: 'EXPIRED', url: null });
});

it('costs the same few statements however many there are', async () => {
  const cost = async (): Promise<number> => {
    const before = house.subject.running.database.statements;
    await items();
    return house.subject.running.database.statements - before;
  };
  const few = await cost();
  for (let index = 0; index < 5; index += 1) await media.tried({ bytes: PNG });
  expect([few, await cost()]).toEqual([7, 7]);
});

describe('a link', () => {
  it.each<[string, Buffer, string, string, string]>([
    ['a picture', PNG, 'image/png', 'inline', "sandbox; default-src 'none'"], ['PDF', PDF, 'application/pdf', 'inline', "default-src 'none'"],
    ['HTML', HTML, 'text/plain; charset=utf-8', 'attachment', "sandbox; default-src 'none'"], ['a program', EXE, 'application/x-msdownload', 'attachment', "sandbox; default-src 'none'"],
  ])('serves %s as what it is, whatever its sender calls it, and lets nothing of it run', async (_what, bytes, type, disposition, policy) => {
    await media.tried({ bytes, type: 'text/html' }, 'document', { filename: '../../kö"n;ig.html' });
    const answer = await serve((await newest()).url);
    expect(answer.headers).toMatchObject({
      'content-type': type, 'x-content-type-options': 'nosniff', 'content-security-policy': policy, 'cache-control': expect.stringMatching(/^private, max-age=\d{2,3}$/),
      'content-disposition': `${disposition}; filename="k__n;ig.html"; filename*=UTF-8''k%C3%B6_n%3Big.html`,
    });
    expect([answer.status, await bytesOf(answer)]).toEqual([200, bytes]);
  });

  it('serves a part, and nothing anew to who has it', async () => {
    await media.tried({ bytes: PNG });
    const { url } = await newest();
    const part = async (range: string, more: Record<string, string> = {}) => {
      const answer = await serve(url, { range, ...more });
      return [answer.status, answer.headers?.['content-range'], (await bytesOf(answer)).length];
    };
    const { length } = PNG;
    expect(await part('bytes=0-9')).toEqual([206, `bytes 0-9/${length}`, 10]);
    expect(await bytesOf(await serve(url, { range: 'bytes=-4' }))).toEqual(PNG.subarray(-4));
    expect(await part('bytes=5-')).toEqual([206, `bytes 5-${length - 1}/${length}`, length - 5]);
    expect(await part(`bytes=0-${length * 9}`)).toEqual([206, `bytes 0-${length - 1}/${length}`, length]);
    expect((await part(`bytes=${length}-`)).slice(0, 2)).toEqual([416, `bytes */${length}`]);
    for (const range of ['bytes=1-2,4-5', 'bytes=-', 'lines=1-2']) expect((await part(range)).slice(0, 2)).toEqual([200, undefined]);
    expect((await part('bytes=0-9', { 'if-range': '"other"' }))[0]).toBe(200);
    expect(await serve(url, { 'if-none-match': `"${hexOf(PNG)}"` })).toMatchObject({ status: 304 });
  });

  it('is over after ten minutes at the latest, and says nothing to who has made it up', async () => {
    await media.tried({ bytes: PNG });
    const { url } = await newest();
    const token = Buffer.from((url ?? '').slice('/media/'.length), 'base64url');
    for (const place of [0, 16, 40, 52, token.length - 1]) {
      const forged = Buffer.from(token);
      forged.writeUInt8(forged.readUInt8(place) ^ 1, place);
      expect(await serve(`/media/${forged.toString('base64url')}`)).toMatchObject({ status: 404, body: NOTHING });
    }
    for (const none of ['', 'x', `${url}=`]) expect(await serve(none)).toMatchObject({ status: 404 });
    house.clock.advance(10 * 60_000);
    expect(await serve(url)).toMatchObject({ status: 410 });
    expect((await newest()).url).not.toBe(url);
  });

  it('is made for nobody of another tenant, and not without the right to read', async () => {
    expect(await items(person(newId(), ['conversation:read']))).toEqual([]);
    const { errors } = await house.ask(MEDIA, {}, person(house.tenantId, []));
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('a file whose message', () => {
  it('is taken back is given up at once, and deleted by the sweeper with what is counted of it', async () => {
    const { message, storage_key: key } = await media.tried({ bytes: PNG });
    const { url } = await newest();
    const [before, others] = [await counted(), files().length];
    // As WhatsApp tells it.
    const revoked = JSON.parse(textBody({ id: 'wamid.revoke', text: 'x', from: '15550001111', name: 'Ana' })) as { entry: { changes: { value: { messages: Record<string, unknown>[] } }[] }[] };
    Object.assign(revoked.entry[0]?.changes[0]?.value.messages[0] ?? {}, { type: 'revoke', revoke: { original_message_id: message } });
    await house.deliver(JSON.stringify(revoked));
    expect(await serve(url)).toMatchObject({ status: 404 });
    expect(await house.rows(`select claimed_type, external_id, sha256, state from conversations.attachment where state = 'GONE'`)).toEqual([{ claimed_type: null, external_id: null, sha256: null, state: 'GONE' }]);
    await sweep();
    expect([await counted(), files().length, await media.read(key)]).toEqual([before - PNG.length, others - 1, null]);
    expect(await house.rows(`select 1 from conversations.attachment where state = 'GONE'`)).toEqual([]);
  });

  it('is deleted by retention goes too; whoever is just fetching it keeps nothing', async () => {
    const old = await media.tried({ bytes: PNG });
    const { row: waiting } = await media.receive({ id: await media.shelve({ bytes: PNG }) });
    const { row } = await media.receive({ id: await media.shelve({ bytes: PNG }) });
    const purge = () => house.services.retention.purge({ tenantId: house.tenantId, orderedAt: house.clock.now().toISOString(), before: { MESSAGES: new Date(Date.now() + 1_000).toISOString() } });
    const { deps, deps: { envelope }, inboxes } = house.services;
    const folder = openStorage(deps.config);
    // Written, and not yet recorded.
    const put: StoragePort['put'] = async (key, content) => {
      const written = await folder.put(key, content);
      await purge();
      return written;
    };
    const providers = providersAt(house.standIn?.url ?? '');
    const slow = new AttachmentFetch({
      ...deps, envelope, inboxes, providers, crash: noCrash, fetch: publicFetch({ trusted: [providers.meta] }),
      storage: { put, get: (key) => folder.get(key), remove: (key) => folder.remove(key), removeAll: (prefix) => folder.removeAll(prefix) },
    });
    await slow.run(house.tenantId, row.id);
    expect([await house.count('message'), await media.run(waiting)]).toEqual([0, false]);
    await sweep();
    expect([await house.count('attachment'), await house.count('stored_file'), files(), await media.read(old.storage_key)]).toEqual([0, 0, [], null]);
  });
});

describe('who stops at a step of the crash table', () => {
  const stopped = new Error('stopped');
  const at = (armed: string) => (point: string): void => { if (point === armed) throw stopped; };
  const providers = () => providersAt(house.standIn?.url ?? '');
  const fetcher = (more: Partial<ConstructorParameters<typeof AttachmentFetch>[0]>): AttachmentFetch => {
    const { deps, deps: { envelope }, inboxes } = house.services;
    return new AttachmentFetch({ ...deps, envelope, inboxes, providers: providers(), storage: openStorage(deps.config), fetch: publicFetch({ trusted: [providers().meta] }), crash: noCrash, ...more });
  };
  const over = (id: string) => house.rows('update conversations.attachment set due_at = now() where id = $1', [id]);

  it.each<[string, number]>([['media:claimed', 2], ['media:recorded', 1]])('%s leaves a file that is fetched once', async (point, attempts) => {
    const { message, row } = await media.receive({ id: await media.shelve({ bytes: PNG }) });
    await expect(fetcher({ crash: at(point) }).run(house.tenantId, row.id)).rejects.toThrow();
    if (attempts > 1) await over(row.id);
    await media.run(row);
    expect(await media.rowOf(message)).toMatchObject({ state: 'STORED', attempts });
    expect(files().filter((name) => name.startsWith(row.id))).toEqual([`${row.id}.${attempts}.bin`]);
  });

  it('media:written leaves a file that nobody knows, which the next attempt deletes', async () => {
    const { message, row } = await media.receive({ id: await media.shelve({ bytes: PNG }) });
    const folder = openStorage(house.services.deps.config);
    // Written, and never heard of again.
    const written = new Promise<void>((resolve) => {
      const put: StoragePort['put'] = async (key, content) => {
        await folder.put(key, content);
        resolve();
        return new Promise(() => undefined);
      };
      void fetcher({ storage: { put, get: (key) => folder.get(key), remove: (key) => folder.remove(key), removeAll: (prefix) => folder.removeAll(prefix) } }).run(house.tenantId, row.id);
    });
    await written;
    expect([(await media.rowOf(message)).state, files().filter((name) => name.startsWith(row.id))]).toEqual(['FETCHING', [`${row.id}.1.bin`]]);
    await over(row.id);
    await media.run(row);
    expect([await media.rowOf(message), files().filter((name) => name.startsWith(row.id))]).toEqual([expect.objectContaining({ state: 'STORED', attempts: 2 }), [`${row.id}.2.bin`]]);
  });

  it('media:removed leaves rows that the next attempt deletes', async () => {
    const { id } = await media.tried({ bytes: PNG });
    await house.rows(`update conversations.attachment set state = 'GONE', message_id = null, position = null, external_id = null, claimed_type = null, claimed_sha256 = null, stored_type = null, size = null,
      sha256 = null, storage_key = null, due_at = now() where id = $1`, [id]);
    const { deps } = house.services;
    await expect(new AttachmentRemoval(deps.unit, openStorage(deps.config), at('media:removed')).remove(house.tenantId, id)).rejects.toBe(stopped);
    expect(files().filter((name) => name.startsWith(id))).toEqual([]);
    await sweep();
    expect(await house.rows('select 1 from conversations.attachment where id = $1', [id])).toEqual([]);
    expect(await house.rows('select 1 from conversations.stored_file where key like $1', [`%${id}%`])).toEqual([]);
    await house.rows('delete from conversations.attachment');
    await house.rows('delete from conversations.stored_file');
    await conversationsDoor(house.services).forget(house.tenantId);
  });
});

it('goes with its tenant, whether or not a row names it', async () => {
  await media.tried({ bytes: PNG });
  await house.rows('delete from conversations.attachment');
  expect(files()).toHaveLength(1);
  await conversationsDoor(house.services).forget(house.tenantId);
  expect(files()).toEqual([]);
});
