// The loops of checkpoints: signed by themselves, kept in a file and at a URL, and one sink's failure is nobody else's.
import { createServer, type Server } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { LogWorld } from '../../subgraphs/compliance/log/log.fixture.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { until } from '../../test/kit/until.js';
import { AuditMetrics } from './audit.metrics.js';
import { startCheckpoints } from './checkpoint.loop.js';
import { checkpointSinks } from './checkpoint.sinks.js';

let world: LogWorld;
let receiver: Server;
let folder: string;
let answer = 503;
const received: string[] = [];

beforeAll(async () => {
  world = await LogWorld.open();
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
  await world.close();
  rmSync(folder, { recursive: true });
});

it('sign what was sealed, keep it in a file, and repeat it to a receiver until it is taken', async () => {
  const file = join(folder, 'checkpoints.jsonl');
  const metrics = new Metrics();
  const sinks = checkpointSinks({ file, url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/` });
  const failing = async (sink: string): Promise<string | undefined> =>
    new RegExp(`^switchboard_audit_sink_failing\\{sink="${sink}"\\} (\\d)`, 'm').exec(await metrics.registry.metrics())?.[1];
  await world.seal(newId(), 3);
  await world.seal(null, 1);
  const { signing, pushing } = startCheckpoints({ door: world.door, system: world.system, sinks, logger: silentLogger, metrics: new AuditMetrics(metrics) });
  try {
    await until(async () => (await failing('webhook')) === '1' && (await world.rows(`select from compliance.log_push where sink = 'file'`)).length === 2, 'the receiver has refused and the file was written');
    const notes = (await world.rows<{ note: string }>('select note from compliance.log_checkpoint order by signed_at, size')).map(({ note }) => note);
    expect(await failing('file')).toBe('0');
    expect(readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { note: string }).note).toSorted()).toEqual(notes.toSorted());
    expect(await world.rows(`select from compliance.log_push where sink = 'webhook'`)).toEqual([]);
    answer = 204;
    await until(async () => (await world.rows(`select from compliance.log_push where sink = 'webhook'`)).length === 2, 'the receiver has taken both', 15_000);
    expect([...new Set(received)].toSorted()).toEqual(notes.toSorted());
    await until(async () => (await failing('webhook')) === '0', 'the receiver counts as well again');
    expect(await metrics.registry.metrics()).toMatch(/^switchboard_audit_checkpoint_lag_seconds 0$/m);
  } finally {
    await Promise.all([signing, ...pushing].map((loop) => loop.stop()));
  }
});

it('are whole lines of the file, also behind one that was not written to its end', async () => {
  const file = join(folder, 'torn.jsonl');
  writeFileSync(file, '{"note":"to');
  const [sink] = checkpointSinks({ file, url: undefined });
  for (const note of ['one', 'two']) await sink?.push(note);
  expect(readFileSync(file, 'utf8')).toBe('{"note":"to\n{"note":"one"}\n{"note":"two"}\n');
});

it('are kept nowhere else unless that is configured', () => {
  expect(checkpointSinks({ file: undefined, url: undefined })).toEqual([]);
});
