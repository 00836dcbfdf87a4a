// A bucket that is away, slow, closed, missing or busy: said plainly, tried again, and nothing half is left or shown.
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { TestObjectStore } from '../../../test/kit/object-store.js';
import { PART_BYTES, PATIENT } from './s3.settings.js';
import { S3Storage } from './s3.storage.js';
import { StorageError } from './storage.js';

let store: TestObjectStore;
let storage: S3Storage;
const once = { ...PATIENT, attempts: 1 };
beforeAll(async () => {
  store = await TestObjectStore.start('files');
  storage = new S3Storage(store.settings('files'));
});
afterEach(() => { store.fault = () => null; });
afterAll(() => store.close());

async function* chunks(...pieces: (string | Uint8Array | Error)[]): AsyncGenerator<string | Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}
const large = Buffer.alloc(PART_BYTES + 1, 'x');
const gives = ({ url = '' }: IncomingMessage): boolean => url.includes('uploadId=');
const keys = (): string[] => [...store.objects('files').keys()];

/** What each of the four calls is refused with. */
async function refusals(of: S3Storage): Promise<string[]> {
  const calls = [of.put('a/file', chunks('x')), of.get('a/file'), of.remove('a/file'), of.removeAll('a/file')];
  return Promise.all(calls.map((call) => call.then(() => 'nothing', (error: Error) => {
    expect(error).toBeInstanceOf(StorageError);
    return error.message;
  })));
}
const everywhere = (bucket: string, reason: string): string[] =>
  ['write a/file', 'read a/file', 'remove a/file', 'remove a/file*'].map((what) => `The bucket ${bucket} did not ${what}: ${reason}`);

it('that does not let us in, or is not there, says so', async () => {
  expect(await refusals(new S3Storage(store.settings('elsewhere')))).toEqual([
    ...everywhere('elsewhere', 'NoSuchBucket (404): The specified bucket does not exist').slice(0, 3), expect.stringContaining('The bucket elsewhere did not remove a/file*: NoSuchBucket (404)'),
  ]);
  store.fault = () => ({ status: 403, code: 'AccessDenied' });
  expect(await refusals(storage)).toEqual(everywhere('files', 'AccessDenied (403): As the test wants it.'));
});

it('that is away says so, and is asked again later', async () => {
  await store.stop();
  const away = new S3Storage(store.settings('files'));
  // In the words of the system; those around them are jest's doing, whose errors are not everybody's.
  expect(await refusals(away)).toEqual(everywhere('files', '').map((begin) => expect.stringMatching(new RegExp(`^${begin.replace('*', '\\*')}.*connect ECONNREFUSED ${store.address}$`))));
  await store.start();
  expect(await refusals(away)).toEqual(['nothing', 'nothing', 'nothing', 'nothing']);
});

it('that does not answer is not waited for', async () => {
  store.fault = () => 'silence';
  expect(await refusals(new S3Storage(store.settings('files'), { connectMs: 500, answerMs: 200, attempts: 1 }))).toEqual(everywhere('files', 'it did not answer in time'));
});

it('that is busy is asked again at once, and given up when it stays so', async () => {
  const seen: string[] = [];
  store.fault = ({ method = '' }) => {
    seen.push(method);
    return seen.length < 3 ? { status: 503, code: 'SlowDown' } : null;
  };
  await storage.put('busy/file', chunks('x'));
  expect([seen, keys()]).toEqual([['PUT', 'PUT', 'PUT'], ['a/file', 'busy/file']]);
  store.fault = () => ({ status: 503, code: 'SlowDown' });
  expect(await refusals(new S3Storage(store.settings('files'), once))).toEqual(everywhere('files', 'SlowDown (503): As the test wants it.'));
});

it('whose store fails in the middle of a file keeps nothing of it', async () => {
  let parts = 0;
  store.fault = (request) => (request.method === 'PUT' && (parts += 1) > 1 ? { status: 500, code: 'InternalError' } : null);
  await expect(new S3Storage(store.settings('files'), once).put('middle/file', chunks(large, large))).rejects.toThrow('did not write middle/file: InternalError (500)');
  expect([parts > 1, await storage.get('middle/file'), store.unfinished('files')]).toEqual([true, null, []]);
});

it('keeps what a writer that was killed has begun, until its file is removed; the writer can then not end it', async () => {
  // Who cannot take its parts back is as good as killed. What broke it is what is said of it.
  store.fault = (request) => (request.method === 'DELETE' && gives(request) ? { status: 500, code: 'InternalError' } : null);
  const broke = new Error('The source broke.');
  for (const key of ['killed/one.1', 'killed/one.2', 'killed/other']) {
    await expect(new S3Storage(store.settings('files'), once).put(key, chunks(large, broke))).rejects.toBe(broke);
  }
  store.fault = () => null;
  const unfinished = (): string[] => store.unfinished('files').map(({ key }) => key).sort();
  expect(unfinished()).toEqual(['killed/one.1', 'killed/one.2', 'killed/other']);
  let reached = (): void => undefined;
  const writing = new Promise<void>((resolve) => { reached = resolve; });
  let go = (): void => undefined;
  const going = new Promise<void>((resolve) => { go = resolve; });
  async function* late(): AsyncGenerator<Uint8Array> {
    yield large;
    reached();
    await going;
    yield large;
  }
  const put = storage.put('killed/one.3', late());
  await writing;
  await storage.put('killed/one.4', chunks('whole'));
  await storage.removeAll('killed/one.');
  expect([unfinished(), keys().filter((key) => key.startsWith('killed/'))]).toEqual([['killed/other'], []]);
  go();
  await expect(put).rejects.toThrow('did not write killed/one.3: NoSuchUpload (404)');
  expect(await storage.get('killed/one.3')).toBeNull();
});

it('removes files also where it cannot list what was begun', async () => {
  await storage.put('plain/one', chunks('x'));
  store.fault = ({ url = '' }) => (url.includes('uploads') ? { status: 501, code: 'NotImplemented' } : null);
  await storage.removeAll('plain/one');
  expect(await storage.get('plain/one')).toBeNull();
});

it('gives its connection back when a file is not read to its end', async () => {
  await storage.put('half/file', chunks(large));
  const file = await storage.get('half/file');
  const closed = new Promise((resolve) => { file?.stream.once('close', resolve); });
  file?.stream.destroy();
  await closed;
  expect(await storage.get('half/none')).toBeNull();
});

it('takes what is written once, and a second time changes nothing; also where it cannot tell', async () => {
  await storage.putOnce('once/known', 'one');
  await storage.putOnce('once/known', 'two');
  expect(await text((await storage.get('once/known'))!.stream)).toBe('one');
  store.fault = ({ headers }) => (headers['if-none-match'] ? { status: 501, code: 'NotImplemented' } : null);
  await storage.putOnce('once/unknown', 'one');
  expect(await text((await storage.get('once/unknown'))!.stream)).toBe('one');
});
