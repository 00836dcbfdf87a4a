// The doctor asks the buckets themselves, and leaves nothing behind but one object where checkpoints are kept.
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestObjectStore } from '../test/kit/object-store.js';
import { examine } from './doctor.js';

let store: TestObjectStore;
const folder = mkdtempSync(join(tmpdir(), 'switchboard-doctor-'));
beforeAll(async () => { store = await TestObjectStore.start('files', 'checkpoints'); });
afterEach(() => { store.fault = () => null; });
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What it says of the buckets. */
async function said(env: Record<string, string> = {}): Promise<string[]> {
  const findings = await examine({
    SWITCHBOARD_DATA_DIR: folder, S3_ENDPOINT: `http://${store.address}`, S3_PATH_STYLE: 'true', S3_BUCKET: 'files', AUDIT_CHECKPOINT_BUCKET: 'checkpoints', ...env,
  });
  return findings.filter(({ text }) => text.startsWith('bucket')).map(({ verdict, text }) => `${verdict} ${text}`);
}

it('finds both well, and does not look where there is none', async () => {
  for (let visit = 1; visit <= 2; visit += 1) expect(await said()).toEqual(['PASS bucket files for files: writes, reads, lists and deletes', 'PASS bucket checkpoints for checkpoints: takes objects']);
  expect([[...store.objects('files')], [...store.objects('checkpoints').keys()]]).toEqual([[], ['audit-checkpoints/doctor.txt']]);
  expect(await said({ S3_BUCKET: '', AUDIT_CHECKPOINT_BUCKET: '' })).toEqual([]);
});

it('says which is missing, closed or away', async () => {
  expect(await said({ S3_BUCKET: 'elsewhere' })).toEqual([
    expect.stringMatching(/^FAIL bucket elsewhere for files: The bucket elsewhere did not write doctor\/\S+: NoSuchBucket \(404\)/), 'PASS bucket checkpoints for checkpoints: takes objects',
  ]);
  for (const closed of ['PUT', 'GET', 'DELETE']) {
    store.fault = ({ method }) => (method === closed ? { status: 403, code: 'AccessDenied' } : null);
    expect((await said())[0]).toMatch(/^FAIL bucket files for files: The bucket files did not \w+ doctor\S+: AccessDenied \(403\)/);
  }
  // All but the one it was not allowed to delete.
  expect(store.objects('files').size).toBe(1);
  store.fault = ({ url = '' }) => (url.includes('uploads') ? { status: 403, code: 'AccessDenied' } : null);
  expect((await said())[0]).toMatch(/^FAIL bucket files for files: .* AccessDenied \(403\)/);
  await store.stop();
  expect(await said()).toEqual([expect.stringContaining('ECONNREFUSED'), expect.stringContaining('FAIL bucket checkpoints for checkpoints: ')]);
  await store.start();
});
