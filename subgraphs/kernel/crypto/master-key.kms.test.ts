// The master key that KMS opens, against a server that speaks its documented protocol (AWS JSON 1.1, TrentService.Decrypt).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../base/config.js';
import { kmsMasterKey } from './master-key.kms.js';
import { masterKeyOf } from '../../../ops/roles/keys.js';

const KEY = Buffer.alloc(32, 9);
const WRAPPED = Buffer.from('what KMS made of the key').toString('base64');
const ENVIRONMENT = ['AWS_ENDPOINT_URL_KMS', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
const before = ENVIRONMENT.map((name) => [name, process.env[name]] as const);

const folder = mkdtempSync(join(tmpdir(), 'switchboard-kms-'));
const file = join(folder, 'master.key.kms');
const asked: { target: string; authorization: string; body: Record<string, unknown> }[] = [];
let plaintext = KEY;
let silent = false;
let server: Server;

beforeAll(async () => {
  writeFileSync(file, `${WRAPPED}\n`);
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (silent) return;
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
      asked.push({ target: String(request.headers['x-amz-target']), authorization: String(request.headers.authorization), body });
      const opens = body['CiphertextBlob'] === WRAPPED && JSON.stringify(body['EncryptionContext']) === '{"application":"switchboard","purpose":"master key"}';
      response.writeHead(opens ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(opens
        ? { KeyId: 'arn:aws:kms:eu-central-1:111122223333:key/one', Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
        : { __type: 'InvalidCiphertextException' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env['AWS_ENDPOINT_URL_KMS'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
});
afterAll(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const of = (path: string) => masterKeyOf(readConfig({ NODE_ENV: 'test', SWITCHBOARD_MASTER_KEY_KMS_FILE: path }), false);

describe('a master key of KMS', () => {
  it('is opened by one signed Decrypt with its context, and is the key that was wrapped', async () => {
    const wrapped = await (await of(file)).wrap(Buffer.alloc(32, 7), 'place');
    expect(asked).toEqual([{
      target: 'TrentService.Decrypt', authorization: expect.stringContaining('/eu-central-1/kms/aws4_request'),
      body: { CiphertextBlob: WRAPPED, EncryptionContext: { application: 'switchboard', purpose: 'master key' } },
    }]);
    const plain = await masterKeyOf(readConfig({ NODE_ENV: 'test', SWITCHBOARD_MASTER_KEY: KEY.toString('base64') }), false);
    expect(await plain.unwrap(wrapped, 'place')).toEqual(Buffer.alloc(32, 7));
  });

  it('that does not open, is no key, or is not there is one sentence before anything starts', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, Buffer.from('of another key').toString('base64'));
    const refusal = (path: string) => of(path).then(() => 'accepted', (error: unknown) => (error instanceof ConfigError ? error.message : error));
    expect(await refusal(other)).toBe(`Configuration: SWITCHBOARD_MASTER_KEY_KMS_FILE: KMS does not open ${other} (InvalidCiphertextException).`);
    expect(await refusal('/nowhere/key')).toBe('Configuration: SWITCHBOARD_MASTER_KEY_KMS_FILE, /nowhere/key, cannot be read (ENOENT).');
    plaintext = Buffer.alloc(16, 1);
    expect(await refusal(file)).toBe('Configuration: SWITCHBOARD_MASTER_KEY_KMS_FILE must hold 32 bytes in base64 (it holds 16).');
    const silence = () => kmsMasterKey(file, 'SWITCHBOARD_MASTER_KEY', 50).then(() => 'accepted', (error: unknown) => (error instanceof ConfigError ? error.message : error));
    silent = true;
    expect(await silence()).toBe(`Configuration: SWITCHBOARD_MASTER_KEY_KMS_FILE: KMS does not open ${file} (it did not answer in time).`);
    silent = false;
    const config = [process.env['AWS_CONFIG_FILE'], process.env['AWS_REGION']] as const;
    process.env['AWS_CONFIG_FILE'] = join(folder, 'nothing');
    delete process.env['AWS_REGION'];
    expect(await silence()).toBe(`Configuration: SWITCHBOARD_MASTER_KEY_KMS_FILE: KMS does not open ${file} (no region is found: set AWS_REGION).`);
    process.env['AWS_REGION'] = config[1];
    if (config[0] === undefined) delete process.env['AWS_CONFIG_FILE'];
    else process.env['AWS_CONFIG_FILE'] = config[0];
  });
});
