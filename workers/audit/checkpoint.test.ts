// The loops of checkpoints: signed by themselves, kept in a file, at a URL and in a bucket, and one sink's failure is nobody else's.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { LogWorld } from '../../subgraphs/compliance/log/log.fixture.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { TestObjectStore } from '../../test/kit/object-store.js';
import { until } from '../../test/kit/until.js';
import { AuditMetrics } from './audit.metrics.js';
import { startCheckpoints } from './checkpoint.loop.js';
import { checkpointSinks } from './checkpoint.sinks.js';

let world: LogWorld;
let receiver: Server;
let store: TestObjectStore;
let folder: string;
let answer = 503;
const received: string[] = [];

beforeAll(async () => {
  world = await LogWorld.open();
  store = await TestObjectStore.start('checkpoints');
  folder = mkdtempSync(join(tmpdir(), 'switchboard-checkpoints-'));
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => {
      received.push(body);
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => { receiver.listen(0, '127.0.0.1', resolve); });
});
afterAll(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => { receiver.close(resolve); });
  await store.close();
  await world.close();
  rmSync(folder, { recursive: true });
});

/** Name -> note, as it should be kept in the bucket. */
const asObjects = (notes: string[]): Map<string, string> => new Map(notes.map((note): [string, string] => {
  const [origin = '', size = ''] = note.split('\n');
  return [`audit-checkpoints/${origin.split('/')[2]}/${size.padStart(15, '0')}-${createHash('sha256').update(note).digest('hex')}.txt`, note];
}).toSorted());

it('sign what was sealed, keep it in a file, and repeat it to a receiver and a bucket until it is taken', async () => {
  const file = join(folder, 'checkpoints.jsonl');
  const metrics = new Metrics();
  const logged = new PassThrough();
  const sinks = checkpointSinks({ file, url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, bucket: store.settings('checkpoints') });
  const failing = async (sink: string): Promise<string | undefined> =>
    new RegExp(`^switchboard_audit_sink_failing\\{sink="${sink}"\\} (\\d)`, 'm').exec(await metrics.registry.metrics())?.[1];
  const pushed = async (sink: string): Promise<number> => (await world.rows('select from compliance.log_push where sink = $1', [sink])).length;
  store.fault = () => ({ status: 503, code: 'SlowDown' });
  await world.seal(newId(), 3);
  await world.seal(null, 1);
  const { signing, pushing } = startCheckpoints({ door: world.door, system: world.system, sinks, logger: pino(logged), metrics: new AuditMetrics(metrics) });
  try {
    await until(async () => (await failing('webhook')) === '1' && (await failing('bucket')) === '1' && (await pushed('file')) === 2, 'receiver and bucket have refused and the file was written');
    const notes = (await world.rows<{ note: string }>('select note from compliance.log_checkpoint order by signed_at, size')).map(({ note }) => note);
    expect(await failing('file')).toBe('0');
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { note: string }).note).toSorted()).toEqual(notes.toSorted());
    expect([await pushed('webhook'), await pushed('bucket'), store.objects('checkpoints').size]).toEqual([0, 0, 0]);
    const log = String(logged.read());
    expect(log).toContain('The bucket checkpoints did not write audit-checkpoints/platform/000000000000001-');
    expect(log).not.toContain('S3RVER');
    answer = 204;
    store.fault = () => null;
    await until(async () => (await pushed('webhook')) === 2 && (await pushed('bucket')) === 2, 'both are taken', 15_000);
    expect([...new Set(received)].toSorted()).toEqual(notes.toSorted());
    expect(store.objects('checkpoints')).toEqual(asObjects(notes));
    await until(async () => (await failing('webhook')) === '0' && (await failing('bucket')) === '0', 'receiver and bucket count as well again');
    expect(await metrics.registry.metrics()).toMatch(/^switchboard_audit_checkpoint_lag_seconds 0$/m);
  } finally {
    await Promise.all([signing, ...pushing].map((loop) => loop.stop()));
  }
});

it('stay in a bucket beside whatever contradicts them, and are taken again where they are', async () => {
  const [sink] = checkpointSinks({ file: undefined, url: undefined, bucket: store.settings('checkpoints', 'kept') });
  const notes = ['one', 'other'].map((root) => `switchboard/audit/tnt_x\n7\n${root}\n\n— signed\n`);
  for (const note of [...notes, ...notes]) await sink?.push(note);
  const kept = new Map([...asObjects(notes)].map(([key, note]) => [`kept/${key}`, note]));
  expect(new Map([...store.objects('checkpoints')].filter(([key]) => key.startsWith('kept/')))).toEqual(kept);
  expect(kept.size).toBe(2);
});

it('are whole lines of the file, also behind one that was not written to its end', async () => {
  const file = join(folder, 'torn.jsonl');
  writeFileSync(file, '{"note":"to');
  const [sink] = checkpointSinks({ file, url: undefined, bucket: undefined });
  for (const note of ['one', 'two']) await sink?.push(note);
  expect(readFileSync(file, 'utf8')).toBe('{"note":"to\n{"note":"one"}\n{"note":"two"}\n');
});

it('are kept nowhere else unless that is configured', () => {
  expect(checkpointSinks({ file: undefined, url: undefined, bucket: undefined })).toEqual([]);
});
