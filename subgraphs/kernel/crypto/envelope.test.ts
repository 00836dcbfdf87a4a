// Field encryption on real tables: a value opens in its own place alone, under one data key a tenant.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { NoteRow, probeMigrations } from '../../../test/kit/probe.js';
import { newId } from '../base/ids.js';
import { silentLogger } from '../base/logger.js';
import { Database } from '../data/database.js';
import { tenantScope } from '../data/scope.js';
import { destroyKeys } from './destroy.js';
import { Envelope, type FieldAddress } from './envelope.js';
import { environmentMasterKey } from './master-key.js';

const AURORA = newId();
const RIVAL = newId();
const master = environmentMasterKey(randomBytes(32).toString('base64'));
const at: FieldAddress = { tenantId: AURORA, table: 'note', column: 'text', row: newId() };

let server: TestDatabase;
let database: Database;
let system: Pool;
const envelope = new Envelope('probe', master);

const sealIn = (address: FieldAddress, text: string, by = envelope): Promise<Buffer> =>
  database.inScope(tenantScope(address.tenantId), (tx) => by.seal(tx, address, text));
const openIn = (address: FieldAddress, sealed: Buffer, by = envelope, tenant = address.tenantId): Promise<string> =>
  database.inScope(tenantScope(tenant), (tx) => by.open(tx, address, sealed), { readOnly: true });
const keys = (tenant: string): Promise<number> => database.inScope(tenantScope(tenant), async (tx) =>
  Number((await sql<{ n: string }>`select count(*) as n from probe.data_key`.execute(tx.getKysely())).rows[0]?.n));

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'probe', migrations: probeMigrations }]);
  database = await Database.open({ url: server.urls.app['probe'] ?? '', name: 'probe', entities: [NoteRow], maxConnections: 6, logger: silentLogger });
  system = new Pool({ connectionString: server.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await database?.close();
  await server?.drop();
});

describe('a sealed field', () => {
  it('makes one data key at its concurrent first use, and all open', async () => {
    const tenant = newId();
    const sealed = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      sealIn({ ...at, tenantId: tenant, row: `${index}` }, `secret ${index}`, new Envelope('probe', master))));
    expect(await keys(tenant)).toBe(1);
    const opened = await Promise.all(sealed.map((one, index) => openIn({ ...at, tenantId: tenant, row: `${index}` }, one)));
    expect(opened).toEqual(Array.from({ length: 20 }, (_, index) => `secret ${index}`));
  });

  it.each<[string, Partial<FieldAddress>]>([
    ['row', { row: newId() }], ['column', { column: 'title' }], ['table', { table: 'tag' }],
    ['column and table that spell the same', { table: 'notetext', column: '' }],
  ])('does not open in another %s', async (_, moved) => {
    const sealed = await sealIn(at, 'secret');
    expect(await openIn(at, sealed)).toBe('secret');
    await expect(openIn({ ...at, ...moved }, sealed)).rejects.toThrow(/authenticate/);
  });

  it('does not open for another tenant, who has a key and knows the place', async () => {
    const sealed = await sealIn(at, 'secret');
    await sealIn({ ...at, tenantId: RIVAL }, 'own');
    await expect(openIn({ ...at, tenantId: RIVAL }, sealed)).rejects.toThrow('The key of this value does not exist');
    await expect(openIn(at, sealed, new Envelope('probe', master), RIVAL)).rejects.toThrow('The key of this value does not exist');
    expect(await openIn(at, sealed)).toBe('secret');
  });

  it('does not open when a byte is flipped', async () => {
    const sealed = await sealIn(at, 'secret');
    for (const place of [0, 5, 20, 30, sealed.length - 1]) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(place) ^ 0x80, place);
      await expect(openIn(at, altered)).rejects.toThrow();
    }
  });

  it('does not open under another master key or in another schema', async () => {
    const sealed = await sealIn(at, 'secret');
    const other = new Envelope('probe', environmentMasterKey(randomBytes(32).toString('base64')));
    await expect(openIn(at, sealed, other)).rejects.toThrow(/authenticate/);
    await expect(sealIn(at, 'secret', other)).rejects.toThrow(/authenticate/);
    await expect(openIn(at, sealed, new Envelope('elsewhere', master))).rejects.toThrow(/elsewhere/);
  });

  it('does not open once the keys of its tenant are destroyed, also not where they are in memory, and the neighbour\'s does', async () => {
    const [tenant, neighbour] = [newId(), newId()];
    const places = [tenant, neighbour].map((tenantId) => ({ ...at, tenantId }));
    let now = 0;
    // Of another process, which has used the keys a moment ago.
    const other = new Envelope('probe', master, () => now);
    const [sealed, theirs] = await Promise.all(places.map((place) => sealIn(place, 'secret')));
    const derived = await database.inScope(tenantScope(tenant), (tx) => envelope.derivedKey(tx, tenant, 'look-up'));
    const [own, foreign] = places;
    for (const by of [envelope, other]) expect([await openIn(own!, sealed!, by), await openIn(foreign!, theirs!, by)]).toEqual(['secret', 'secret']);
    expect(await destroyKeys(system, 'probe', tenant)).toBe(2);
    expect([await keys(tenant), await keys(neighbour)]).toEqual([0, 1]);
    now = 999;
    expect(await openIn(own!, sealed!, other)).toBe('secret');
    now = 1_000;
    await expect(openIn(own!, sealed!, other)).rejects.toThrow('The key of this value does not exist (any more).');
    await expect(openIn(own!, sealed!, new Envelope('probe', master))).rejects.toThrow('The key of this value does not exist (any more).');
    expect(await openIn(foreign!, theirs!, other)).toBe('secret');
    // A tenant of the same id gets other keys.
    expect(await database.inScope(tenantScope(tenant), (tx) => envelope.derivedKey(tx, tenant, 'look-up'))).not.toEqual(derived);
    await expect(openIn(own!, sealed!, other)).rejects.toThrow('The key of this value does not exist (any more).');
  });

  it('asks for its key once a second at most', async () => {
    const place = { ...at, tenantId: newId() };
    const sealed = await sealIn(place, 'secret');
    let now = 0;
    const one = new Envelope('probe', master, () => now);
    const statements = async (): Promise<number> => {
      const before = database.statements;
      expect(await openIn(place, sealed, one)).toBe('secret');
      return database.statements - before;
    };
    const [first, second] = [await statements(), await statements()];
    now = 1_000;
    expect([first - second, await statements() - second, await statements() - second]).toEqual([1, 1, 0]);
  });

  it('is wrapped in nothing but its master key: a key moved to another tenant does not open', async () => {
    const [tenant, thief] = [newId(), newId()];
    await sealIn({ ...at, tenantId: tenant }, 'secret');
    await system.query('insert into probe.data_key (tenant_id, id, wrapped, created_at) select $2, id, wrapped, now() from probe.data_key where tenant_id = $1', [tenant, thief]);
    await expect(sealIn({ ...at, tenantId: thief }, 'secret')).rejects.toThrow(/authenticate/);
  });
});
