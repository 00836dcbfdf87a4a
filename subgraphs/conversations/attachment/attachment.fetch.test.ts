// Customers' files: fetched once, found out for what they are, kept within limits, and tried again where that may help. In a folder and in a bucket.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { MediaFault } from '../../../ops/standins/meta-graph.media.js';
import { providersAt } from '../../../test/kit/channels.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { EXE, HTML, PDF, PNG, TestMedia, base64Of, hexOf, mediaBody, type Shelved } from '../../../test/kit/media.js';
import { TestObjectStore } from '../../../test/kit/object-store.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { publicFetch } from '../../kernel/base/public-address.js';
import { newId } from '../../kernel/base/ids.js';
import { openStorage } from '../../kernel/storage/storage.open.js';
import { fetchMediaJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';
import { AttachmentFetch } from './attachment.fetch.js';

const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-media-'));
let store: TestObjectStore;
let system: Pool;
let house: TestConversations;
let media: TestMedia;
beforeAll(async () => {
  store = await TestObjectStore.start('files');
  house = await TestConversations.boot({ sending: true, config: { dataDir } });
  media = new TestMedia(house);
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
  await store?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const shelve: TestMedia['shelve'] = (file) => media.shelve(file);
const rowOf: TestMedia['rowOf'] = (message) => media.rowOf(message);
const receive: TestMedia['receive'] = (part, kind) => media.receive(part, kind);
const run: TestMedia['run'] = (row) => media.run(row);
const tried: TestMedia['tried'] = (file, kind) => media.tried(file, kind);
const read: TestMedia['read'] = (key) => media.read(key);

describe('a file', () => {
  it('waits from the moment its message is stored, and is fetched once, with the token', async () => {
    const id = await shelve({ bytes: PNG });
    const { message, row } = await receive({ id, mime_type: 'image/jpeg', sha256: base64Of(PNG), caption: 'Look' });
    expect(row).toMatchObject({ state: 'WAITING', attempts: 0, size: null });
    // A second delivery of the message has no second file.
    await house.deliver(mediaBody(message, 'image', { id }));
    expect(await Promise.all([run(row), run(row), run(row)])).toEqual(expect.arrayContaining([true, false, false]));
    const stored = await rowOf(message);
    expect(stored).toMatchObject({ state: 'STORED', stored_type: 'image/png', size: String(PNG.length), sha256: hexOf(PNG), attempts: 1, due_at: null });
    expect(await read(stored.storage_key)).toEqual(PNG);
    expect((await media.asked()).filter(({ path }) => path.endsWith(`/${id}`))).toEqual([{ path: `/lookaside/${id}`, authorization: 'Bearer test-token' }]);
    expect(await run(row)).toBe(false);
    expect(await house.rows('select bytes::int, key from conversations.stored_file')).toEqual([{ bytes: PNG.length, key: stored.storage_key }]);
    expect(await house.rows(`select event->>'outcome' as outcome from conversations.audit_staging where event->>'action' = 'attachment.store'`)).toEqual([{ outcome: 'SUCCESS' }]);
    expect((await house.rows(`select type from conversations.outbox where payload->>'messageId' is not null and type = 'MessageUpdated'`)).length).toBe(1);
  });

  it('of another tenant is not fetched for whoever names it', async () => {
    const { row } = await receive({ id: await shelve({ bytes: PNG }) });
    expect(await house.services.attachments.fetch.run(newId(), row.id)).toBe(false);
    expect(await run(row)).toBe(true);
  });

  it.each<[string, Buffer, string]>([
    ['a picture', PNG, 'image/png'], ['a document', PDF, 'application/pdf'], ['a program', EXE, 'application/x-msdownload'], ['HTML', HTML, 'text/plain'],
    ['words', Buffer.from('Grüezi\n'), 'text/plain'], ['words that are cut in a letter', Buffer.from('é'.repeat(40_000)).subarray(0, 70_001), 'text/plain'],
    ['noise', randomBytes(64).fill(0, 0, 4), 'application/octet-stream'], ['nothing', Buffer.alloc(0), 'application/octet-stream'],
  ])('that is %s is known by its bytes, whatever is claimed', async (_what, bytes, type) => {
    expect(await tried({ bytes, type: 'image/gif' })).toMatchObject({ state: 'STORED', stored_type: type, size: String(bytes.length) });
  });

  it.each<[string, Shelved, string, string, string]>([
    ['larger than pictures are', { bytes: Buffer.concat([PNG, Buffer.alloc(5 * 1024 * 1024)]) }, 'image', 'REFUSED', 'TOO_LARGE'],
    ['larger than stickers are', { bytes: Buffer.alloc(512 * 1024 + 1) }, 'sticker', 'REFUSED', 'TOO_LARGE'],
    ['endless', { bytes: PNG, fault: 'endless' }, 'image', 'REFUSED', 'TOO_LARGE'],
  ])('that is %s is refused for good and leaves nothing', async (_what, file, kind, state, reason) => {
    const row = await tried(file, kind);
    expect(row).toMatchObject({ state, reason, attempts: 1, storage_key: null, due_at: null });
    expect(await run(row)).toBe(false);
    expect(await read(`media/${house.tenantId}/${row.id.slice(-2)}/${row.id}.1.bin`)).toBeNull();
  });

  it('as large as documents may be is kept', async () => {
    const bytes = Buffer.concat([PDF, Buffer.alloc(6 * 1024 * 1024)]);
    expect(await tried({ bytes }, 'document')).toMatchObject({ state: 'STORED', stored_type: 'application/pdf' });
  });

  it.each<[string, MediaFault]>([['busy', 'busy'], ['over when it is given', 'expired'], ['broken off', 'broken']])('whose provider is %s is fetched later, and leaves nothing meanwhile', async (_what, fault) => {
    const { message, row } = await receive({ id: await shelve({ bytes: PNG, fault, times: 2 }), sha256: base64Of(PNG) });
    await run(row);
    const waiting = await rowOf(message);
    expect(waiting).toMatchObject({ state: 'WAITING', attempts: 1 });
    expect(await run(row)).toBe(false);
    house.clock.advance(5_100);
    await run(row);
    house.clock.advance(19_000);
    expect(await run(row)).toBe(false);
    house.clock.advance(2_000);
    await run(row);
    const stored = await rowOf(message);
    expect(stored).toMatchObject({ state: 'STORED', attempts: 3 });
    expect(await Promise.all([1, 2, 3].map((attempt) => read(stored.storage_key?.replace(/\.3\.bin$/, `.${attempt}.bin`) ?? '')))).toEqual([null, null, PNG]);
  });

  it('that is another than was told is asked for three times', async () => {
    const { message, row } = await receive({ id: await shelve({ bytes: PNG }), sha256: base64Of(PDF) });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await run(row);
      house.clock.advance(3_600_000);
    }
    expect(await rowOf(message)).toMatchObject({ state: 'REFUSED', reason: 'CORRUPTED', attempts: 3 });
  });

  it('that the provider does not have is given up at once, and one that cannot be had after ten attempts', async () => {
    const { message, row } = await receive({ id: '999999' });
    await run(row);
    expect(await rowOf(message)).toMatchObject({ state: 'REFUSED', reason: 'EXPIRED', attempts: 1 });
    const other = await receive({ id: await shelve({ bytes: PNG, fault: 'busy' }) });
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await run(other.row);
      house.clock.advance(7 * 3_600_000);
    }
    expect(await rowOf(other.message)).toMatchObject({ state: 'REFUSED', reason: 'UNREACHABLE', attempts: 10 });
  });
});

describe('an address', () => {
  it.each(['http://169.254.169.254/latest/meta-data', 'https://127.0.0.1/x', 'https://localhost/x', 'file:///etc/passwd', 'nonsense'])('%s in a delivery is not called', async (url) => {
    const { message, row } = await receive({ url });
    await run(row);
    expect(await rowOf(message)).toMatchObject({ state: 'REFUSED', reason: 'NOT_ALLOWED' });
  });

  it('that leads into this house is not followed, and the token goes to nobody but the provider', async () => {
    const inside = await tried({ bytes: PNG, fault: 'moved', location: 'http://127.0.0.1:1/secret' });
    expect(inside).toMatchObject({ state: 'REFUSED', reason: 'NOT_ALLOWED' });
    const target = await shelve({ bytes: PNG });
    expect(await tried({ bytes: PNG, fault: 'moved', location: `/cdn/${target}` })).toMatchObject({ state: 'STORED' });
    const self = await shelve({ bytes: PNG });
    expect(await tried({ bytes: PNG, fault: 'moved', location: `/lookaside/${self}?oe=1` })).toMatchObject({ state: 'WAITING' });
  });
});

it('of who died while fetching is found by the sweeper when its lease is over', async () => {
  const { message, row } = await receive({ id: await shelve({ bytes: PNG }) });
  const due = async () => (await conversationsDoor(house.services).overdue(system)).flatMap(({ job, payloads }) => (job === fetchMediaJob ? payloads.map((one) => fetchMediaJob.payload.parse(one).attachmentId) : []))
    .includes(row.id);
  const at = (seconds: number) => house.rows(`update conversations.attachment set state = 'FETCHING', attempts = 1, due_at = now() + make_interval(secs => $2) where id = $1`, [row.id, seconds]);
  await at(3_600);
  expect(await due()).toBe(false);
  await at(-10);
  expect(await due()).toBe(true);
  await run(row);
  expect(await rowOf(message)).toMatchObject({ state: 'STORED', attempts: 2 });
});

it('that says itself that it is too large is let go of at once', async () => {
  const closed = Promise.withResolvers<string>();
  const slow = createServer((_request, response) => {
    response.on('close', () => closed.resolve('closed')).writeHead(200, { 'content-length': String(6 * 1024 * 1024) }).write(PNG);
  });
  await new Promise<void>((done) => { slow.listen(0, '127.0.0.1', done); });
  try {
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const { deps, deps: { envelope, config }, inboxes } = house.services;
    const there = new AttachmentFetch({ ...deps, envelope, inboxes, crash: noCrash, providers: providersAt(house.standIn?.url ?? ''), storage: openStorage(config), fetch: publicFetch({ trusted: [url] }) });
    const { message, row } = await receive({ url });
    await there.run(house.tenantId, row.id);
    expect(await rowOf(message)).toMatchObject({ state: 'REFUSED', reason: 'TOO_LARGE' });
    expect(await closed.promise).toBe('closed');
  } finally {
    slow.closeAllConnections();
    slow.close();
  }
});

it('in a bucket is kept in the same way, and waits while there is no place for it', async () => {
  const config = { ...house.services.deps.config, objectStore: store.settings('files') };
  const { deps, deps: { envelope }, inboxes } = house.services;
  const providers = providersAt(house.standIn?.url ?? '');
  const there = new AttachmentFetch({ ...deps, envelope, inboxes, crash: noCrash, providers, storage: openStorage(config), fetch: publicFetch({ trusted: [providers.meta] }) });
  const { message, row } = await receive({ id: await shelve({ bytes: PNG }) });
  store.fault = () => ({ status: 403, code: 'AccessDenied' });
  await expect(there.run(house.tenantId, row.id)).rejects.toThrow('AccessDenied');
  expect(await rowOf(message)).toMatchObject({ state: 'WAITING', attempts: 1 });
  store.fault = () => null;
  house.clock.advance(6_000);
  await there.run(house.tenantId, row.id);
  const stored = await rowOf(message);
  expect(stored).toMatchObject({ state: 'STORED', stored_type: 'image/png' });
  expect([...store.objects('files').keys()]).toEqual([stored.storage_key]);
});
