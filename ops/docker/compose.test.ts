// docker-compose.yml: what the specification and we ask of it, and that each role gets settings that the program accepts.
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { actorKeysOf, actorPublicKeyOf, masterKeyOf } from '../roles/keys.js';
import { readRole } from '../roles/role.js';
import { readRover } from '../rover.file.js';
import { environmentFiles, roleOf, rules, violations } from './compose.rules.fixture.js';
import { interpolate, readCompose, type Service } from './compose.schema.fixture.js';
import { configVariables } from './config.variables.fixture.js';

const text = readFileSync(join(projectRoot, 'docker-compose.yml'), 'utf8');
const compose = readCompose(text);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (!found) throw new Error(`No service ${name}.`);
  return found;
};
const subgraphs = readRover().map(({ name }) => name);
const ours = Object.entries(compose.services).filter(([, service]) => service.build);
const inProduction = ours.filter(([, service]) => !service.profiles);

/** The file with one place changed, as text. */
function changed(path: readonly string[], value: unknown): string {
  const whole = parse(text, { merge: true }) as Record<string, unknown>;
  // Merged anchors share objects: the copy keeps a change in its own place.
  const copy = structuredClone(JSON.parse(JSON.stringify(whole))) as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  const place = path.slice(0, -1).reduce((inner, key) => inner[key] as Record<string, unknown>, copy);
  if (value === undefined) delete place[last];
  else place[last] = value;
  return stringify(copy, { aliasDuplicateObjects: false });
}

describe('docker-compose.yml', () => {
  it('keeps every rule', () => {
    expect(violations(compose)).toEqual([]);
  });

  it.each(ours)('starts %s with a command line that the program understands', (_name, { command = [] }) => {
    const role = readRole(command);
    expect(command).toEqual(['--role', role.kind === 'subgraph' ? `subgraph:${role.name}` : role.kind]);
  });

  it('has one service for each role, named after it', () => {
    expect(Object.fromEntries(inProduction.map(([name, service]) => [name, roleOf(service)]))).toEqual({
      migrate: 'migrate', gateway: 'gateway', workers: 'workers',
      ...Object.fromEntries(subgraphs.map((name) => [name, `subgraph:${name}`])),
    });
    expect(ours.filter(([, service]) => service.profiles).map(([name, service]) => [name, roleOf(service)])).toEqual([['embedded', 'all']]);
  });

  it('waits for the migrations before whatever reads tables, and for every subgraph before the gateway', () => {
    expect([...subgraphs, 'workers'].filter((name) => !service(name).depends_on['migrate'])).toEqual([]);
    expect(service('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(Object.keys(service('gateway').depends_on)).toEqual(expect.arrayContaining(subgraphs));
  });

  it('can be scaled: no two containers want the same name or, by default range, the same port', () => {
    expect(text).not.toContain('container_name');
    expect(service('workers').ports).toEqual([]);
    expect(service('gateway').ports.map(({ published }) => interpolate(published, { GATEWAY_PORT: '4000-4003' }))).toEqual(['4000-4003']);
  });

  it('keeps what must survive in volumes', () => {
    expect(service('postgres').volumes).toEqual(['postgres-data:/var/lib/postgresql']);
    expect(service('redis').volumes).toEqual(['redis-data:/data']);
    expect(['workers', 'compliance', 'tenancy'].map((name) => service(name).volumes)).toEqual([['files:/data'], ['files:/data'], ['files:/data']]);
    expect(service('redis').command?.join(' ')).toContain('--appendonly yes');
    expect(service('postgres').command).toContain('-cwal_level=replica');
  });
});

describe('the settings of each role', () => {
  let folder = '';
  beforeAll(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'switchboard-secrets-')), 'secrets');
    execFileSync(process.execPath, [join(projectRoot, 'ops/docker/make-secrets.mjs'), folder]);
  });
  afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  const contentOf = (secret: string): string => {
    const { file } = compose.secrets[secret] ?? { file: '' };
    expect(file.startsWith('ops/docker/secrets/')).toBe(true);
    return readFileSync(join(folder, file.slice('ops/docker/secrets/'.length)), 'utf8');
  };
  const environmentOf = (one: Service): Record<string, string> => ({
    ...Object.fromEntries(environmentFiles(one).flatMap((secret) => Object.entries(parseEnv(contentOf(secret))))) as Record<string, string>,
    ...Object.fromEntries(Object.entries(one.environment ?? {}).map(([name, value]) => [name, interpolate(value)])),
  });

  it('names variables that the program knows, and no others', () => {
    const known = configVariables();
    expect(ours.flatMap(([name, service]) => Object.keys(environmentOf(service)).filter((variable) => !known.includes(variable))
      .map((variable) => `${name} ${variable}`))).toEqual([]);
  });

  it.each(inProduction.filter(([name]) => name !== 'gateway'))('are accepted for %s', (_name, service) => {
    const config = readConfig(environmentOf(service), subgraphs);
    expect(config).toMatchObject({ production: true, host: '0.0.0.0', port: 4000 });
    expect(new URL(config.databaseUrl ?? '')).toMatchObject({ hostname: 'postgres', username: 'switchboard' });
    expect(new URL(config.redisUrl ?? '').hostname).toBe('redis');
  });

  it('point the gateway at each subgraph, and at no database, queue or bus', () => {
    const environment = environmentOf(service('gateway'));
    expect(environment['NODE_ENV']).toBe('production');
    const config = readConfig(environment, subgraphs);
    expect(config.subgraphUrls).toEqual(Object.fromEntries(subgraphs.map((name) => [name, `http://${name}:4000`])));
    expect(config).toMatchObject({ databaseUrl: undefined, databaseUrls: {}, redisUrl: undefined, busUrl: undefined, masterKey: { key: undefined, file: undefined, command: undefined } });
  });

  it('give each role the keys it asks for, and one pair to the gateway and the subgraphs', async () => {
    /** As the role reads it, with this test's folder in the place of /run/secrets. */
    const configOf = (name: string) => readConfig(Object.fromEntries(Object.entries(environmentOf(service(name)))
      .map(([variable, value]) => [variable, value.replace(/^\/run\/secrets(?=\/)/, folder)])), subgraphs);
    const signing = createPublicKey(actorKeysOf(configOf('gateway')).privateKey);
    for (const name of subgraphs) expect(actorPublicKeyOf(configOf(name)).equals(signing)).toBe(true);
    for (const name of [...subgraphs, 'workers']) {
      const wrapped = await (await masterKeyOf(configOf('identity'), false)).wrap(Buffer.alloc(32, 7), 'test');
      expect(await (await masterKeyOf(configOf(name), false)).unwrap(wrapped, 'test')).toEqual(Buffer.alloc(32, 7));
    }
  });

  it('hold the passwords that PostgreSQL and Redis are given', () => {
    const stores = parseEnv(contentOf('stores.env'));
    expect(new URL(stores['DATABASE_URL'] ?? '').password).toBe(contentOf('database.password'));
    expect(contentOf('redis.conf')).toBe(`requirepass ${new URL(stores['REDIS_URL'] ?? '').password}\n`);
  });

  it('are never made anew where keys are', () => {
    const before = contentOf('master.key');
    const again = spawnSync(process.execPath, [join(projectRoot, 'ops/docker/make-secrets.mjs'), folder], { encoding: 'utf8' });
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('nothing was changed');
    expect(contentOf('master.key')).toBe(before);
  });
});

describe('the rules', () => {
  it.each([
    ['references', ['services', 'gateway', 'depends_on', 'billing'], { condition: 'service_healthy' }, 'gateway depends on billing, which is no service'],
    ['references', ['services', 'identity', 'depends_on', 'migrate', 'condition'], 'service_healthy', 'identity waits for migrate as service_healthy, not service_completed_successfully'],
    ['references', ['secrets', 'actor.pub'], undefined, 'identity uses the secret actor.pub, which is not declared'],
    ['references', ['services', 'redis', 'volumes'], ['cache:/data'], 'redis mounts cache, which is no declared volume'],
    ['unused', ['networks', 'spare'], {}, 'networks declares spare, which nobody uses'],
    ['hardening', ['services', 'commerce', 'read_only'], false, 'commerce has a writable root'],
    ['hardening', ['services', 'redis', 'user'], undefined, 'redis runs as the root of a foreign image'],
    ['running', ['services', 'workers', 'deploy'], undefined, 'workers has no limits'],
    ['running', ['services', 'tenancy', 'healthcheck'], { disable: true }, 'tenancy has no health check'],
    ['images', ['services', 'postgres', 'image'], 'postgres', 'postgres takes whatever image is latest'],
    ['images', ['services', 'redis', 'image'], 'redis:alpine', 'redis takes the image tag alpine, which pins no major version'],
    ['doors', ['services', 'postgres', 'ports'], [{ host_ip: '127.0.0.1', published: '5432', target: 5432, protocol: 'tcp' }], 'postgres publishes a port'],
    ['doors', ['services', 'compliance', 'networks'], ['private', 'egress'], 'compliance joins egress, which leads outside'],
    ['secrets', ['services', 'postgres', 'environment', 'POSTGRES_PASSWORD'], 'secret', 'postgres sets POSTGRES_PASSWORD instead of a file'],
    ['secrets', ['services', 'commerce', 'environment', 'BUS_URL'], 'redis://:abc@redis:6379', 'commerce has what looks like a secret in BUS_URL'],
    ['secrets', ['services', 'gateway', 'secrets'], [], 'gateway reads SWITCHBOARD_ACTOR_KEY_FILE from /run/secrets/actor.key, which is not mounted'],
    ['keys', ['services', 'conversations', 'secrets'], ['stores.env', 'master.key', 'actor.pub', 'actor.key'], 'conversations holds the key that signs actors'],
    ['secrets', ['services', 'commerce', 'secrets'], ['master.key', 'actor.pub'], 'commerce reads stores.env, which is not mounted'],
    ['keys', ['services', 'gateway', 'secrets'], ['actor.key', 'master.key'], 'gateway reaches data although it is the gateway'],
    ['keys', ['services', 'workers', 'secrets'], ['stores.env', 'master.key', 'actor.pub'], 'workers holds a key that it verifies nothing with'],
    ['keys', ['services', 'gateway', 'networks'], ['private', 'edge', 'database'], 'gateway sees the database although it is the gateway'],
  ] as const)('%s: %j', (rule, path, value, fault) => {
    expect(rules[rule]?.(readCompose(changed(path, value)))).toContain(fault);
    expect(rules[rule]?.(compose)).not.toContain(fault);
  });

  it.each([
    [['services', 'redis', 'heathcheck'], {}, 'heathcheck'],
    [['services', 'redis', 'depends_on'], { postgres: { condition: 'healthy' } }, 'condition'],
    [['services', 'redis', 'environment'], { DEBUG: true }, 'DEBUG'],
    [['services', 'redis', 'deploy', 'resources', 'limits', 'memory'], 768, 'memory'],
    [['service'], {}, 'service'],
  ] as const)('the schema refuses %j', (path, value, named) => {
    expect(() => readCompose(changed(path, value))).toThrow(named);
  });
});

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
(hasCompose ? describe : describe.skip)('docker compose, where it is installed', () => {
  it('reads the file as we do', () => {
    const config = execFileSync('docker', ['compose', '--file', 'docker-compose.yml', '--profile', '*', 'config', '--format', 'json'], {
      cwd: projectRoot, encoding: 'utf8',
    });
    expect(Object.keys((JSON.parse(config) as { services: object }).services).sort()).toEqual(Object.keys(compose.services).sort());
  });
});
