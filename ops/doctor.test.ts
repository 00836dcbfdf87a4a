// The doctor finds what is wrong, on real servers, and repeats no secret.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../test/kit/database.js';
import { compileProduct, discardProduct } from '../test/kit/product.js';
import { TestRedis } from '../test/kit/redis.js';
import { when } from '../test/kit/when.js';
import { migrateQueues } from '../workers/queue.js';
import { definitions, migrationSets } from './composition.js';
import { readConfig } from '../subgraphs/kernel/base/config.js';
import { recountAll } from './doctor.counters.js';
import { examine } from './doctor.js';
import type { Finding } from './doctor.report.js';

const failures = (findings: Finding[]): string[] => findings.filter(({ verdict }) => verdict === 'FAIL').map(({ text }) => text);
const passes = (findings: Finding[]): string[] => findings.filter(({ verdict }) => verdict === 'PASS').map(({ text }) => text);

let database: TestDatabase;
let password: string;
const asAdmin = async (sql: string): Promise<void> => {
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(sql);
  await client.end();
};

beforeAll(async () => {
  database = await createTestDatabase(migrationSets());
  await migrateQueues(database.urls.system);
  password = decodeURIComponent(new URL(database.adminUrl).password);
});
afterAll(() => database.drop());

describe('the doctor', () => {
  it('finds nothing wrong with a migrated database, and adds the connections up', async () => {
    const findings = await examine({ DATABASE_URL: database.adminUrl });
    expect(failures(findings)).toEqual([]);
    const said = passes(findings).join('\n');
    expect(said).toMatch(/^database 127\.0\.0\.1:\d+\/test_\w+: PostgreSQL 18\.\d+, max_connections \d+$/m);
    for (const { name } of definitions) expect(said).toContain(`role and isolation of ${name}: tenants are kept apart`);
    expect(said).toMatch(/^connections of one process of role all on postgres 127\.0\.0\.1:\d+: \d+ of \d+ that it allows$/m);
    const roles = findings.flatMap(({ verdict, text }) => (verdict === 'NOTE' ? [/^budget of (\S+):/.exec(text)?.[1]] : []));
    expect(findings.map(({ text }) => text)).toContain('budget of gateway: none');
    expect(roles).toEqual(['all', 'gateway', ...definitions.map(({ name }) => `subgraph:${name}`), 'workers', 'migrate']);
    expect(JSON.stringify(findings)).not.toContain(password);
  });

  it('adds up one process of each role when subgraphs have addresses', async () => {
    const findings = await examine({ DATABASE_URL: database.adminUrl, IDENTITY_URL: 'http://127.0.0.1:4101' });
    expect(passes(findings).join('\n')).toMatch(/connections of one process of each role on postgres \S+: \d+ of \d+/);
  });

  it('names counters that do not say what there is, and counts them anew when it is asked to', async () => {
    const tenant = randomUUID();
    await asAdmin(`insert into identity.quota (tenant_id, name, starts_at, granted, ceiling, used) values ('${tenant}', 'API_KEYS', to_timestamp(0), null, null, 3), ('${tenant}', 'USERS', to_timestamp(0), 5, 5, 0);
      insert into tenancy.bot values ('${tenant}', '${randomUUID()}', 'Porter', '', false, now());
      insert into tenancy.quota (tenant_id, name, starts_at, granted, ceiling, used) values ('${tenant}', 'BOTS', to_timestamp(0), 0, 0, 0)`);
    const wrong = (what: string) => `${what}: the workers count them anew within a day, \`npm run doctor -- recount\` now`;
    expect(failures(await examine({ DATABASE_URL: database.adminUrl }))).toEqual([wrong('counters of identity: 1 wrong (API_KEYS)'), wrong('counters of tenancy: 1 wrong (BOTS)')]);
    expect(await recountAll(readConfig({ DATABASE_URL: database.adminUrl }, definitions.map(({ name }) => name)), database.adminUrl)).toEqual([
      { subgraph: 'identity', tenantId: tenant, name: 'API_KEYS', before: 3, after: 0 }, { subgraph: 'tenancy', tenantId: tenant, name: 'BOTS', before: 0, after: 1 },
    ]);
    expect(failures(await examine({ DATABASE_URL: database.adminUrl }))).toEqual([]);
  });

  it('names the wall that has a hole', async () => {
    await asAdmin('alter table commerce.customer no force row level security');
    try {
      expect(failures(await examine({ DATABASE_URL: database.adminUrl }))).toEqual([
        'role and isolation of commerce: Isolation self-test failed:\n- commerce.customer: row-level security is not forced',
      ]);
    } finally {
      await asAdmin('alter table commerce.customer force row level security');
    }
  });

  it('names pending migrations and missing queue tables, and tests no walls before them', async () => {
    const empty = await createTestDatabase([]);
    try {
      const findings = await examine({ DATABASE_URL: empty.adminUrl });
      expect(failures(findings)).toEqual([
        expect.stringMatching(/^migrations of \S+: \d+ pending \(identity\/\S+,.*\): run `npm start -- --role migrate`$/),
        expect.stringMatching(/^queue tables: missing/),
      ]);
      expect(findings.map(({ text }) => text).join('\n')).toContain('not looked at before the migrations have run');
    } finally {
      await empty.drop();
    }
  });

  it('stops at a wrong setting, and says why a database cannot be used', async () => {
    const invalid = await examine({ PORT: 'x', DATABASE_URL: 'hunter2' });
    expect(invalid).toHaveLength(1);
    expect(failures(invalid)[0]).toMatch(/^configuration: Configuration: PORT must be/);
    const wrong = new URL(database.adminUrl);
    wrong.password = 'hunter2';
    const refused = await examine({ DATABASE_URL: wrong.href });
    expect(failures(refused)[0]).toMatch(/^database \S+: password authentication failed/);
    const absent = await examine({ DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/x' });
    expect(failures(absent)[0]).toBe('database 127.0.0.1:1/x: connect ECONNREFUSED 127.0.0.1:1');
    expect(failures(await examine({ DATABASE_URL: database.adminUrl, COMMERCE_DATABASE_URL: database.adminUrl }))).toEqual([
      'places: Configuration: BUS_URL or REDIS_URL is required when a subgraph has a database of its own.',
    ]);
    expect(JSON.stringify([invalid, refused, absent])).not.toContain('hunter2');
  });

  it('is content with an embedded database that does not run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-doctor-'));
    const findings = await examine({ SWITCHBOARD_DATA_DIR: folder });
    rmSync(folder, { recursive: true });
    expect(failures(findings)).toEqual([]);
    expect(findings.at(-1)?.text).toMatch(/embedded PostgreSQL in \S+ starts with `npm start`/);
  });

  it('prints a line for each finding, and its exit code is the verdict', () => {
    const code = compileProduct();
    try {
      const program = join(code, 'ops/cli/doctor.js');
      const run = (env: Record<string, string>) => spawnSync(process.execPath, [program], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } });
      const well = run({ DATABASE_URL: database.adminUrl });
      expect(well.stdout).toMatch(/^PASS {2}configuration: complete and valid\n[^]*\nAll is well\.\n$/);
      expect([well.status, well.stderr]).toEqual([0, '']);
      const ill = run({ DATABASE_URL: database.adminUrl, REDIS_URL: 'redis://:hunter2@127.0.0.1:1' });
      expect(ill.status).toBe(1);
      expect(ill.stdout).toContain('FAIL  redis 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n');
      expect(ill.stdout + ill.stderr).not.toContain('hunter2');
    } finally {
      discardProduct(code);
    }
  });
});

when('redis', 'the doctor with Redis', (program) => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await TestRedis.start(program); });
  afterAll(() => redis.close());
  const look = (): Promise<Finding[]> => examine({ DATABASE_URL: database.adminUrl, REDIS_URL: redis.url });
  const configure = (name: string, value: string): Promise<void> => redis.admin(async (client) => { await client.config('SET', name, value); });

  it('finds it well, with the queues and the bus there', async () => {
    const findings = await look();
    expect(failures(findings)).toEqual([]);
    const said = passes(findings).join('\n');
    expect(said).toMatch(/^redis 127\.0\.0\.1:\d+: version \d+\.\d+/m);
    expect(said).toMatch(/connections of one process of role all on redis \S+: \d+ of \d+/);
    expect(said).toMatch(/connections of one process of role all on postgres \S+: \d+ of \d+/);
    expect(JSON.stringify(findings)).not.toContain(redis.password);
  });

  it('refuses one that would drop jobs, one too small and one that refuses', async () => {
    await configure('maxmemory', '64mb');
    await configure('maxmemory-policy', 'allkeys-lru');
    expect(failures(await look())).toEqual([expect.stringMatching(/maxmemory-policy is allkeys-lru: it would drop jobs; set noeviction$/)]);
    await configure('maxmemory-policy', 'noeviction');
    await configure('maxclients', '5');
    expect(failures(await look())).toEqual([expect.stringMatching(/on redis \S+: \d+ of 5 that it allows$/)]);
    const refused = await examine({ DATABASE_URL: database.adminUrl, REDIS_URL: `redis://:hunter2@127.0.0.1:${redis.port}` });
    expect(failures(refused)).toEqual([expect.stringMatching(/^redis \S+: WRONGPASS/)]);
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });
});
