// Customers' files: fetched once, found out for what they are, kept within limits, and tried again where that may help. In a folder and in a bucket.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Pool } from 'pg';
import type { MediaFault } from '../../../ops/standins/meta-graph.media.js';
import { TestConversations, textBody } from '../../../test/kit/conversations.js';
import { TestObjectStore } from '../../../test/kit/object-store.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { publicFetch } from '../../kernel/base/public-address.js';
import { newId } from '../../kernel/base/ids.js';
import { openStorage } from '../../kernel/storage/storage.open.js';
import { fetchMediaJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';
import { AttachmentFetch } from './attachment.fetch.js';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const PDF = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\n');
const EXE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]);
const HTML = Buffer.from('<html><script>alert(1)</script></html>');
const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64');

const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-media-'));
let store: TestObjectStore;
let system: Pool;
let house: TestConversations;
let next = 100;
beforeAll(async () => {
  store = await TestObjectStore.start('files');
  house = await TestConversations.boot({ sending: true, config: { dataDir } });
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
  await store?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Shelved { bytes: Buffer; type?: string; fault?: MediaFault; times?: number; location?: string }
async function shelve({ bytes, type = 'image/png', fault, times, location }: Shelved): Promise<string> {
  const id = String(next += 1);
  const query = new URLSearchParams({ ...(fault ? { fault } : {}), ...(times === undefined ? {} : { times: String(times) }), ...(location ? { location } : {}) });
  await fetch(`${house.standIn?.url}/_media/${id}?${query}`, { method: 'PUT', body: Uint8Array.from(bytes), headers: { 'content-type': type } });
  return id;
}
const asked = async () => await (await fetch(`${house.standIn?.url}/_media`)).json() as { path: string; authorization: string | null }[];

type Part = Record<string, unknown>;
/** A delivery of one message of WhatsApp with a file. */
function mediaBody(id: string, kind: string, part: Part): string {
  const body = JSON.parse(textBody({ id, text: 'x', from: '15550001111', name: 'Ana' })) as { entry: { changes: { value: { messages: Part[] } }[] }[] };
  const [message] = body.entry[0]?.changes[0]?.value.messages ?? [];
  delete message?.['text'];
  Object.assign(message ?? {}, { type: kind, [kind]: part });
  return JSON.stringify(body);
}

interface Row { id: string; state: string; reason: string | null; stored_type: string | null; size: string | null; sha256: string | null; storage_key: string | null; attempts: number; due_at: Date | null }
const rowOf = async (message: string): Promise<Row> => (await house.rows<Row>(`select a.* from conversations.attachment a join conversations.message m on m.id = a.message_id where m.external_id = $1`, [message]))[0] as Row;
async function receive(part: Part, kind = 'image'): Promise<{ message: string; row: Row }> {
  const message = `wamid.media.${next += 1}`;
  await house.deliver(mediaBody(message, kind, part));
  return { message, row: await rowOf(message) };
}
const run = (row: Row) => house.services.attachmentFetch.run(house.tenantId, row.id);
/** Received and tried once. */
async function tried(file: Shelved, { kind = 'image', claimed = {} }: { kind?: string; claimed?: Part } = {}): Promise<Row> {
  const { message, row } = await receive({ id: await shelve(file), mime_type: file.type ?? 'image/png', sha256: sha(file.bytes), ...claimed }, kind);
  await run(row);
  return rowOf(message);
}
const read = async (key: string | null, config = house.services.deps.config): Promise<Buffer | null> => {
  const file = await openStorage(config).get(key ?? 'none');
  return file && buffer(file.stream);
};

describe('a file', () => {
  it('waits from the moment its message is stored, and is fetched once, with the token', async () => {
    const id = await shelve({ bytes: PNG });
    const { message, row } = await receive({ id, mime_type: 'image/jpeg', sha256: sha(PNG), caption: 'Look' });
    expect(row).toMatchObject({ state: 'WAITING', attempts: 0, size: null });
    // A second delivery of the message has no second file.
    await house.deliver(mediaBody(message, 'image', { id }));
    expect(await Promise.all([run(row), run(row), run(row)])).toEqual(expect.arrayContaining([true, false, false]));
    const stored = await rowOf(message);
    expect(stored).toMatchObject({ state: 'STORED', stored_type: 'image/png', size: String(PNG.length), sha256: createHash('sha256').update(PNG).digest('hex'), attempts: 1, due_at: null });
    expect(await read(stored.storage_key)).toEqual(PNG);
    expect((await asked()).filter(({ path }) => path.endsWith(`/${id}`))).toEqual([{ path: `/lookaside/${id}`, authorization: 'Bearer test-token' }]);
    expect(await run(row)).toBe(false);
    expect(await house.rows('select bytes::int, key from conversations.stored_file')).toEqual([{ bytes: PNG.length, key: stored.storage_key }]);
    expect(await house.rows(`select event->>'outcome' as outcome from conversations.audit_staging where event->>'action' = 'attachment.store'`)).toEqual([{ outcome: 'SUCCESS' }]);
    expect((await house.rows(`select type from conversations.outbox where payload->>'messageId' is not null and type = 'MessageUpdated'`)).length).toBe(1);
  });

  it('of another tenant is not fetched for whoever names it', async () => {
    const { row } = await receive({ id: await shelve({ bytes: PNG }) });
    expect(await house.services.attachmentFetch.run(newId(), row.id)).toBe(false);
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
    const row = await tried(file, { kind });
    expect(row).toMatchObject({ state, reason, attempts: 1, storage_key: null, due_at: null });
    expect(await run(row)).toBe(false);
    expect(await read(`media/${house.tenantId}/${row.id.slice(-2)}/${row.id}.1.bin`)).toBeNull();
  });

  it('as large as documents may be is kept', async () => {
    const bytes = Buffer.concat([PDF, Buffer.alloc(6 * 1024 * 1024)]);
    expect(await tried({ bytes }, { kind: 'document' })).toMatchObject({ state: 'STORED', stored_type: 'application/pdf' });
  });

  it.each<[string, MediaFault]>([['busy', 'busy'], ['over when it is given', 'expired'], ['broken off', 'broken']])('whose provider is %s is fetched later, and leaves nothing meanwhile', async (_what, fault) => {
    const { message, row } = await receive({ id: await shelve({ bytes: PNG, fault, times: 2 }), sha256: sha(PNG) });
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
    const { message, row } = await receive({ id: await shelve({ bytes: PNG }), sha256: sha(PDF) });
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

it('in a bucket is kept in the same way, and waits while there is no place for it', async () => {
  const config = { ...house.services.deps.config, objectStore: store.settings('files') };
  const { deps, inboxes } = house.services;
  const providers = { meta: house.standIn?.url ?? '' };
  const there = new AttachmentFetch({ ...deps, inboxes, crash: noCrash, providers, storage: openStorage(config), fetch: publicFetch({ trusted: Object.values(providers) }) });
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
