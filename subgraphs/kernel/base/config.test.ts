// A wrong setting is one sentence that names it, and tells no secret.
import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { resolve } from 'node:path';
import { ConfigError, readConfig } from './config.js';

const refusal = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('configuration', () => {
  it('is complete with nothing given, and what is empty is not given', () => {
    const defaults = readConfig({});
    expect(defaults).toMatchObject({
      port: 4000, host: '127.0.0.1', dataDir: resolve('.switchboard'), databaseUrl: undefined, metaGraphUrl: undefined, masterKey: { key: undefined, file: undefined, command: undefined },
      previousMasterKey: { key: undefined, file: undefined, command: undefined }, tenantKeyDays: 90, databaseUrls: {}, subgraphUrls: {}, redisUrl: undefined, busUrl: undefined, actorKey: undefined, actorKeyFile: undefined,
      portShared: false, drainDelayMs: 0, liveConnections: { all: 20_000, each: 200 }, actorPublicKey: undefined, actorPublicKeyFile: undefined, logLevel: 'info', production: false, unconfirmedAfterSeconds: 600, crashAt: undefined,
      monitoringToken: undefined, monitoringTokenFile: undefined, alerts: { apiP95Ms: 200, databaseP95Ms: 50, eventLoopMs: 100, rssMb: 0 },
    });
    expect(readConfig({ PORT: '', HOST: '', DATABASE_URL: '', META_GRAPH_URL: '', LOG_LEVEL: '' })).toEqual(defaults);
  });

  it('takes what is right', () => {
    expect(readConfig({
      PORT: '0', DATABASE_URL: 'postgresql://u:p@db/x', META_GRAPH_URL: 'http://127.0.0.1:8080//', LOG_LEVEL: 'warn',
      UNCONFIRMED_AFTER_SECONDS: '1', NODE_ENV: 'production',
    })).toMatchObject({ port: 0, databaseUrl: 'postgresql://u:p@db/x', metaGraphUrl: 'http://127.0.0.1:8080', logLevel: 'warn', unconfirmedAfterSeconds: 1, production: true });
    for (const host of ['localhost', '127.8.9.1', '[::1]']) expect(refusal({ META_GRAPH_URL: `http://${host}:1` })).toBe('accepted');
  });

  it.each(['65536', '-1', '1.5', 'http', '0x10', '1e3', ' ', '99999999999999999999'])('PORT=%s', (PORT) => {
    expect(refusal({ PORT })).toBe(`Configuration: PORT must be a port number from 0 to 65535 (it is "${PORT}").`);
  });

  it('a shared port or a delay of the drain that is none', () => {
    expect(readConfig({ PORT_SHARED: 'true', DRAIN_DELAY_MS: '60000' })).toMatchObject({ portShared: true, drainDelayMs: 60_000 });
    expect(refusal({ PORT_SHARED: 'yes', DRAIN_DELAY_MS: '5s' })).toBe(
      'Configuration: PORT_SHARED must be one of true, false (it is "yes"); DRAIN_DELAY_MS must be a whole number from 0 to 60000 (it is "5s").');
  });

  it.each(['0', '86401', 'soon', '-5'])('UNCONFIRMED_AFTER_SECONDS=%s', (value) => {
    expect(refusal({ UNCONFIRMED_AFTER_SECONDS: value })).toBe(
      `Configuration: UNCONFIRMED_AFTER_SECONDS must be a whole number from 1 to 86400 (it is "${value}").`);
  });

  it('LOG_LEVEL and NODE_ENV', () => {
    expect(refusal({ LOG_LEVEL: 'loud' })).toBe('Configuration: LOG_LEVEL must be one of trace, debug, info, warn, error, silent (it is "loud").');
    expect(refusal({ NODE_ENV: 'prod' })).toBe('Configuration: NODE_ENV must be one of development, test, production (it is "prod").');
  });

  it.each(['mysql://u:hunter2@db/x', 'u:hunter2@db/x', 'postgres//u:hunter2@db', 'hunter2'])('DATABASE_URL=%s, without telling its password', (value) => {
    expect(refusal({ DATABASE_URL: value })).toBe('Configuration: DATABASE_URL must be a URL like postgres://user:password@host:5432/database.');
  });

  it.each(['11', '1201', 'ever'])('AUDIT_RETENTION_MONTHS=%s', (value) => {
    expect(refusal({ AUDIT_RETENTION_MONTHS: value })).toBe(`Configuration: AUDIT_RETENTION_MONTHS must be a whole number from 12 to 1200 (it is "${value}").`);
  });

  it('AUDIT_CHECKPOINT_URL in the clear, with a name, or of another kind', () => {
    expect(refusal({ AUDIT_CHECKPOINT_URL: 'http://witness.test/a' })).toContain('AUDIT_CHECKPOINT_URL may use plain http on a loopback address only');
    expect(refusal({ AUDIT_CHECKPOINT_URL: 'https://u:hunter2@witness.test/a' })).toBe('Configuration: AUDIT_CHECKPOINT_URL must have no user name or fragment.');
    expect(refusal({ AUDIT_CHECKPOINT_URL: 'ftp://witness.test' })).toBe('Configuration: AUDIT_CHECKPOINT_URL must be a URL like https://witness.example.com/checkpoints.');
    expect(refusal({ AUDIT_CHECKPOINT_URL: 'https://witness.test/a?b=1' })).toBe('accepted');
  });

  it('a bucket that is none, nowhere, or asked in the clear', () => {
    const store = { S3_BUCKET: 'switchboard-files', S3_REGION: 'eu-central-1' };
    expect(readConfig({ ...store, S3_PREFIX: 'a/B_1' }).objectStore).toEqual({ bucket: 'switchboard-files', region: 'eu-central-1', endpoint: undefined, pathStyle: false, prefix: 'a/B_1' });
    const compatible = readConfig({ AUDIT_CHECKPOINT_BUCKET: 'checkpoints', S3_ENDPOINT: 'https://objects.test', S3_PATH_STYLE: 'true' });
    expect([compatible.objectStore, compatible.auditCheckpointBucket]).toMatchObject([undefined, { bucket: 'checkpoints', region: 'us-east-1', endpoint: 'https://objects.test', pathStyle: true }]);
    for (const name of ['S3_BUCKET', 'AUDIT_CHECKPOINT_BUCKET']) {
      expect(refusal({ [name]: 'Files' })).toBe(`Configuration: ${name} must be the name of a bucket: 3 to 63 small letters, digits, dots and hyphens (it is "Files").`);
      expect(refusal({ [name]: 'files' })).toBe('Configuration: S3_REGION is required with S3_BUCKET, AUDIT_CHECKPOINT_BUCKET or BACKUP_BUCKET, unless S3_ENDPOINT names a compatible store.');
    }
    for (const S3_PREFIX of ['/a', 'a/', 'a//b', '../b', 'a/.b']) expect(refusal({ ...store, S3_PREFIX })).toContain('S3_PREFIX must be names between slashes');
    expect(refusal({ ...store, S3_REGION: 'Frankfurt' })).toContain('S3_REGION must be a region like eu-central-1');
    expect(refusal({ ...store, S3_ENDPOINT: 'http://objects.test' })).toContain('S3_ENDPOINT may use plain http on a loopback address only');
    expect(refusal({ ...store, S3_ENDPOINT: 'https://u:hunter2@objects.test' })).toBe('Configuration: S3_ENDPOINT must have no user name, query or fragment.');
  });

  it.each(['ftp://graph', 'graph.facebook.com', 'https//u:hunter2@x'])('META_GRAPH_URL=%s', (value) => {
    expect(refusal({ META_GRAPH_URL: value })).toBe('Configuration: META_GRAPH_URL must be a URL like https://graph.facebook.com.');
  });

  it.each(['https://u:hunter2@graph.test', 'https://graph.test/?a=1', 'https://graph.test/#x'])('META_GRAPH_URL=%s, which fetch would refuse or mangle', (value) => {
    expect(refusal({ META_GRAPH_URL: value })).toBe('Configuration: META_GRAPH_URL must have no user name, query or fragment.');
  });

  it.each(['graph.facebook.com', '127.evil.test', '128.0.0.1', '10.0.0.1'])('plain http to %s', (host) => {
    expect(refusal({ META_GRAPH_URL: `http://${host}/` })).toBe(
      `Configuration: META_GRAPH_URL may use plain http on a loopback address only (its host is "${host}").`);
  });

  it('what production forbids', () => {
    expect(refusal({ NODE_ENV: 'production', DATABASE_URL: 'postgres://u:hunter2@db/x', SWITCHBOARD_CRASH_AT: 'send:claimed' })).toBe(
      'Configuration: SWITCHBOARD_CRASH_AT is for fault tests and refused in production.');
    expect(readConfig({ SWITCHBOARD_CRASH_AT: 'send:claimed' }).crashAt).toBe('send:claimed');
  });

  it('names every wrong variable in one sentence, each once', () => {
    expect(refusal({ PORT: 'x', DATABASE_URL: 'hunter2', LOG_LEVEL: 'loud', SWITCHBOARD_MASTER_KEY: 'hunter2' })).toBe(
      'Configuration: PORT must be a port number from 0 to 65535 (it is "x"); DATABASE_URL must be a URL like postgres://user:password@host:5432/database; '
      + 'LOG_LEVEL must be one of trace, debug, info, warn, error, silent (it is "loud").');
  });
});

describe('where the parts live', () => {
  const names = ['identity', 'order-book'];

  it('takes a database and an address for each known subgraph, and no others', () => {
    const config = readConfig({
      IDENTITY_DATABASE_URL: 'postgres://u:p@a/x', ORDER_BOOK_URL: 'http://10.0.0.7:4102/', REDIS_URL: 'rediss://:p@r:6380/2', BUS_URL: 'postgresql://u:p@b/x',
      OTHER_DATABASE_URL: 'hunter2', OTHER_URL: 'hunter2', IDENTITY_URL: '',
    }, names);
    expect(config).toMatchObject({
      databaseUrls: { identity: 'postgres://u:p@a/x' }, subgraphUrls: { 'order-book': 'http://10.0.0.7:4102' }, redisUrl: 'rediss://:p@r:6380/2', busUrl: 'postgresql://u:p@b/x',
    });
    expect(Object.keys(config.databaseUrls)).toEqual(['identity']);
    expect(Object.keys(config.subgraphUrls)).toEqual(['order-book']);
  });

  it.each([
    ['REDIS_URL', 'http://:hunter2@r', 'must be a URL like redis://:password@host:6379'],
    ['REDIS_URL', 'r:6379', 'must be a URL like redis://:password@host:6379'],
    ['BUS_URL', 'amqp://u:hunter2@r', 'must be a URL like redis://:password@host:6379 or postgres://user:password@host:5432/database'],
    ['IDENTITY_DATABASE_URL', 'redis://:hunter2@r', 'must be a URL like postgres://user:password@host:5432/database'],
    ['ORDER_BOOK_DATABASE_URL', 'hunter2', 'must be a URL like postgres://user:password@host:5432/database'],
    ['IDENTITY_URL', '127.0.0.1:4101', 'must be a URL like http://127.0.0.1:4101'],
    ['IDENTITY_URL', 'http://u:hunter2@a', 'must have no user name, query or fragment'],
  ])('%s=%s, without telling a password', (name, value, sentence) => {
    expect(() => readConfig({ [name]: value }, names)).toThrow(new ConfigError(`Configuration: ${name} ${sentence}.`));
  });

  it('names what is wrong everywhere in one sentence', () => {
    expect(() => readConfig({ PORT: 'x', REDIS_URL: 'x', IDENTITY_URL: 'x' }, names)).toThrow(
      'Configuration: PORT must be a port number from 0 to 65535 (it is "x"); REDIS_URL must be a URL like redis://:password@host:6379; IDENTITY_URL must be a URL like http://127.0.0.1:4101.');
  });
});

describe('actor keys', () => {
  const pems = (type: 'ed25519' | 'x25519'): [string, string] => {
    const { privateKey, publicKey } = generateKeyPairSync(type as 'ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    return [privateKey, publicKey];
  };
  const [privatePem, publicPem] = pems('ed25519');
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('are PEM, as text or in base64', () => {
    for (const encode of [String, base64]) {
      expect(readConfig({ SWITCHBOARD_ACTOR_KEY: encode(privatePem), SWITCHBOARD_ACTOR_PUBLIC_KEY: encode(publicPem) }))
        .toMatchObject({ actorKey: privatePem, actorPublicKey: publicPem });
    }
    expect(readConfig({ SWITCHBOARD_ACTOR_KEY_FILE: '/k', SWITCHBOARD_ACTOR_PUBLIC_KEY_FILE: '/p' })).toMatchObject({ actorKeyFile: '/k', actorPublicKeyFile: '/p' });
  });

  it.each([['nonsense', 'hunter2'], ['a public key', publicPem], ['another kind of key', pems('x25519')[0]]])('not %s for the private one, which is not told', (_what, value) => {
    expect(refusal({ SWITCHBOARD_ACTOR_KEY: value })).toBe('Configuration: SWITCHBOARD_ACTOR_KEY must be an Ed25519 private key in PEM, as text or in base64.');
  });

  it.each([['nonsense', 'hunter2'], ['a private key', privatePem], ['another kind of key', pems('x25519')[1]]])('not %s for the public one', (_what, value) => {
    expect(refusal({ SWITCHBOARD_ACTOR_PUBLIC_KEY: value })).toBe('Configuration: SWITCHBOARD_ACTOR_PUBLIC_KEY must be an Ed25519 public key in PEM, as text or in base64.');
  });

  it('come from the environment or from a file, not from both', () => {
    expect(refusal({ SWITCHBOARD_ACTOR_KEY: privatePem, SWITCHBOARD_ACTOR_KEY_FILE: '/k' })).toBe(
      'Configuration: SWITCHBOARD_ACTOR_KEY and SWITCHBOARD_ACTOR_KEY_FILE are both set; one of them must go.');
  });
});
