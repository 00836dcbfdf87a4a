// Field encryption on real tables: a value opens in its own place alone, under one data key a tenant.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { NoteRow, probeMigrations } from '../../../test/kit/probe.js';
import { newId } from '../base/ids.js';
import { silentLogger } from '../base/logger.js';
import { Database } from '../data/database.js';
import { tenantScope } from '../data/scope.js';
import { Envelope, type FieldAddress } from './envelope.js';
import { environmentMasterKey } from './master-key.js';

const AURORA = newId();
const RIVAL = newId();
const master = environmentMasterKey(randomBytes(32).toString('base64'));
const at: FieldAddress = { tenantId: AURORA, table: 'note', column: 'text', row: newId() };

let server: TestDatabase;
let database: Database;
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
});
afterAll(async () => {
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

  it('does not open under another master key, in another schema, or when its key was destroyed', async () => {
    const sealed = await sealIn(at, 'secret');
    const other = new Envelope('probe', environmentMasterKey(randomBytes(32).toString('base64')));
    await expect(openIn(at, sealed, other)).rejects.toThrow(/authenticate/);
    await expect(sealIn(at, 'secret', other)).rejects.toThrow(/authenticate/);
    await expect(openIn(at, sealed, new Envelope('elsewhere', master))).rejects.toThrow(/elsewhere/);
    const system = await Database.open({ url: server.urls.system, name: 'probe', entities: [NoteRow], maxConnections: 1, logger: silentLogger });
    await system.inScope(tenantScope(AURORA), (tx) => sql`delete from probe.data_key where tenant_id = ${AURORA}::uuid`.execute(tx.getKysely()));
    await system.close();
    await expect(openIn(at, sealed, new Envelope('probe', master))).rejects.toThrow('The key of this value does not exist (any more).');
  });
});
