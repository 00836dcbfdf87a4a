// A new master key while everything is in use: the product opens all before, in between and afterwards, and then needs the old one no more.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { readConfig, type Config } from '../subgraphs/kernel/base/config.js';
import { newId } from '../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../subgraphs/kernel/base/logger.js';
import { Envelope, type FieldAddress } from '../subgraphs/kernel/crypto/envelope.js';
import { environmentMasterKey } from '../subgraphs/kernel/crypto/master-key.js';
import { Database } from '../subgraphs/kernel/data/database.js';
import { platformScope, tenantScope } from '../subgraphs/kernel/data/scope.js';
import type { StagedAudit } from '../subgraphs/kernel/messaging/audit.js';
import { createTestDatabase, type TestDatabase } from '../test/kit/database.js';
import { definitions, migrationSets } from './composition.js';
import { isAboutMasterKeys, masterKeysCommand } from './master-keys.js';
import { masterKeyOf } from './roles/keys.js';

const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const tenants = Array.from({ length: 250 }, () => newId());
const schema = 'identity';
const addressOf = (tenantId: string): FieldAddress => ({ tenantId, table: 'mail', column: 'sealed', row: tenantId });

let database: TestDatabase;
let admin: Client;
let data: Database;
const sealed = new Map<string, Buffer>();
const configOf = (keys: Record<string, string>): Config => readConfig({ DATABASE_URL: database.adminUrl, NODE_ENV: 'test', ...keys });
const envelopeOf = async (keys: Record<string, string>): Promise<Envelope> => new Envelope(schema, await masterKeyOf(configOf(keys), false));
const sealBy = (envelope: Envelope, ...of: string[]): Promise<void> => data.inScope(platformScope, async (tx) => {
  for (const tenant of of) sealed.set(tenant, await envelope.seal(tx, addressOf(tenant), tenant));
});
/** How many open. */
const opensWith = (envelope: Envelope): Promise<number> => data.inScope(platformScope, async (tx) => {
  let opened = 0;
  for (const [tenant, value] of sealed) {
    const text = await envelope.open(tx, addressOf(tenant), value).catch((error: Error) => {
      if (!/authenticate|No master key/.test(error.message)) throw error;
    });
    if (text === tenant) opened += 1;
  }
  return opened;
});

/** What the last run left in the platform's trail. */
const told = async (): Promise<unknown[]> => {
  const staged = definitions.map(({ name }) => `select id, event from ${name}.platform_audit_staging`).join(' union all ');
  const all = (await admin.query<{ event: StagedAudit }>(`select event from (${staged}) s where event->>'action' = 'master_key.rewrap' order by id`)).rows.map(({ event }) => event);
  return all.filter(({ correlationId }) => correlationId === all.at(-1)?.correlationId)
    .map(({ outcome, actor, resource, after }) => [after?.['subgraph'], outcome, actor.kind, resource?.id, after?.['from'], after?.['keys'], after?.['rewrapped']]);
};
const idOf = (key: string): string => environmentMasterKey(key).id;

beforeAll(async () => {
  database = await createTestDatabase(migrationSets());
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  // The role that sees every tenant's keys: many of them in one transaction.
  data = await Database.open({ url: database.urls.system, name: schema, entities: definitions.find(({ name }) => name === schema)?.entities ?? [], maxConnections: 2, logger: silentLogger });
});
afterAll(async () => {
  await data?.close();
  await admin?.end();
  await database?.drop();
});

describe('npm run keys -- rewrap', () => {
  it('moves every data key of every schema to the new master key, while both are in use', async () => {
    const before = await envelopeOf({ SWITCHBOARD_MASTER_KEY: OLD });
    await sealBy(before, ...tenants);
    await data.inScope(tenantScope(tenants[0] ?? ''), (tx) => before.derivedKey(tx, tenants[0] ?? '', 'look-up'));
    // One of another schema.
    const other = await Database.open({ url: database.urls.app['tenancy'] ?? '', name: 'tenancy', entities: [], maxConnections: 1, logger: silentLogger });
    const tenancy = new Envelope('tenancy', await masterKeyOf(configOf({ SWITCHBOARD_MASTER_KEY: OLD }), false));
    await other.inScope(tenantScope(tenants[0] ?? ''), (tx) => tenancy.seal(tx, addressOf(tenants[0] ?? ''), 'x'));
    await other.close();

    // First everybody learns to open with the next one, then everybody wraps with it: whoever is late opens what the others made.
    const learned = await envelopeOf({ SWITCHBOARD_MASTER_KEY: OLD, SWITCHBOARD_MASTER_KEY_PREVIOUS: NEW });
    const both = { SWITCHBOARD_MASTER_KEY: NEW, SWITCHBOARD_MASTER_KEY_PREVIOUS: OLD };
    const moved = await envelopeOf(both);
    const fresh = newId();
    await sealBy(moved, fresh);
    expect([await opensWith(learned), await opensWith(moved), await opensWith(await envelopeOf({ SWITCHBOARD_MASTER_KEY: NEW }))]).toEqual([251, 251, 1]);

    const lines: string[] = [];
    expect(await masterKeysCommand(['rewrap'], configOf(both), (line) => lines.push(line))).toEqual([
      '253 data keys, 252 of them wrapped anew: no data needs the previous master key any more; keep it for as long as backups from before are kept']);
    expect(lines).toEqual(expect.arrayContaining(['identity: 200 keys seen, 200 wrapped anew', 'identity: 252 keys seen, 251 wrapped anew', 'tenancy: 1 keys seen, 1 wrapped anew', 'commerce: 0 keys seen, 0 wrapped anew']));
    const event = (name: string, from: string[], n: number, rewrapped: number) => [name, 'SUCCESS', 'system', idOf(NEW), from, n, rewrapped];
    const ends = (counts: Record<string, number>) => definitions.map(({ name }) => event(name, [], counts[name] ?? 0, 0));
    const whole = { identity: 252, tenancy: 1 };
    expect(await told()).toEqual(ends(whole).flatMap((end) => {
      if (end[0] === 'identity') return [event('identity', [idOf(OLD)], 200, 200), event('identity', [idOf(OLD)], 252, 51), end];
      return end[0] === 'tenancy' ? [event('tenancy', [idOf(OLD)], 1, 1), end] : [end];
    }));
    expect([await opensWith(learned), await opensWith(moved)]).toEqual([251, 251]);
    expect([await opensWith(await envelopeOf({ SWITCHBOARD_MASTER_KEY: NEW })), await opensWith(await envelopeOf({ SWITCHBOARD_MASTER_KEY: OLD }))]).toEqual([251, 0]);
    expect(await masterKeysCommand(['rewrap'], configOf(both), () => undefined)).toEqual([expect.stringContaining('253 data keys, 0 of them wrapped anew')]);
    expect(await told()).toEqual(ends(whole));
  });

  it('goes on where it was killed, and stops at a key that neither has wrapped', async () => {
    const foreign = newId();
    await sealBy(await envelopeOf({ SWITCHBOARD_MASTER_KEY: randomBytes(32).toString('base64') }), foreign);
    const again = { SWITCHBOARD_MASTER_KEY: OLD, SWITCHBOARD_MASTER_KEY_PREVIOUS: NEW };
    await expect(masterKeysCommand(['rewrap'], configOf(again), () => undefined)).rejects.toThrow('No master key that is configured has wrapped this key.');
    expect((await told()).at(-1)).toEqual(['identity', 'FAILURE', 'system', idOf(OLD), [idOf(NEW)], 253, 52]);
    // Its tenant is the last one: the others are done, and what is done stays so.
    expect(await opensWith(await envelopeOf({ SWITCHBOARD_MASTER_KEY: OLD }))).toBe(251);
    await admin.query('delete from identity.data_key where tenant_id = $1', [foreign]);
    expect(await masterKeysCommand(['rewrap'], configOf(again), () => undefined)).toEqual([expect.stringContaining('253 data keys, 1 of them wrapped anew')]);
  });

  it('says what is missing', async () => {
    expect([isAboutMasterKeys(['rewrap']), isAboutMasterKeys(['rotate']), isAboutMasterKeys([])]).toEqual([true, false, false]);
    await expect(masterKeysCommand(['rewrap'], configOf({ SWITCHBOARD_MASTER_KEY: NEW }), () => undefined)).rejects.toThrow('SWITCHBOARD_MASTER_KEY_PREVIOUS or its _FILE, _COMMAND, _KMS_FILE, _PASSPHRASE or _PASSPHRASE_FILE names the master key that is to go.');
    await expect(masterKeysCommand(['rewrap'], configOf({ SWITCHBOARD_MASTER_KEY_COMMAND: '/new', SWITCHBOARD_MASTER_KEY_PREVIOUS_COMMAND: '/old' }), () => undefined)).rejects.toThrow('what two programs have wrapped cannot be told apart');
    await expect(masterKeysCommand(['rewrap', 'now'], configOf({ SWITCHBOARD_MASTER_KEY: NEW }), () => undefined)).rejects.toThrow('Usage: npm run keys -- ');
  });
});

describe('a master key that cannot be used', () => {
  it.each([
    [{ SWITCHBOARD_MASTER_KEY_COMMAND: '/does/not/exist' }, 'SWITCHBOARD_MASTER_KEY_COMMAND: The program of the master key (/does/not/exist) cannot be run (ENOENT) on wrap.'],
    [{ SWITCHBOARD_MASTER_KEY: NEW, SWITCHBOARD_MASTER_KEY_PREVIOUS: 'short' }, 'SWITCHBOARD_MASTER_KEY_PREVIOUS must hold 32 bytes in base64'],
    [{}, 'SWITCHBOARD_MASTER_KEY or its _FILE, _COMMAND, _KMS_FILE, _PASSPHRASE or _PASSPHRASE_FILE is required here.'],
  ])('%j is one sentence before anything starts', async (keys, sentence) => {
    await expect(masterKeyOf(configOf(keys), false)).rejects.toThrow(sentence);
  });

  it.each([
    [{ SWITCHBOARD_MASTER_KEY_COMMAND: 'wrap.sh' }, 'SWITCHBOARD_MASTER_KEY_COMMAND must be the absolute path of a program'],
    [{ SWITCHBOARD_MASTER_KEY: NEW, SWITCHBOARD_MASTER_KEY_FILE: '/x' }, 'SWITCHBOARD_MASTER_KEY and SWITCHBOARD_MASTER_KEY_FILE are set; one of them may be.'],
  ])('%j is refused as a setting', (keys, sentence) => {
    expect(() => configOf(keys)).toThrow(sentence);
  });
});
