// Scoped transactions: no tenant, no rows; scopes never mix; nothing that fails keeps a connection; closing always ends.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Client } from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { NoteRow, notes, probeMigrations } from '../../../test/kit/probe.js';
import { newId } from '../base/ids.js';
import { silentLogger } from '../base/logger.js';
import { Database, type Tx } from './database.js';
import { StatementNames } from './prepared.js';
import { platformScope, tenantScope } from './scope.js';

const AURORA = newId();
const RIVAL = newId();

let server: TestDatabase;
let admin: Client;
let database: Database;

const open = (maxConnections = 2, closeGraceMs = 500): Promise<Database> => Database.open({
  url: server.urls.app['probe'] ?? '', name: 'probe', entities: [NoteRow], maxConnections, logger: silentLogger, closeGraceMs,
});
const add = (tenant: string, text: string, on = database): Promise<void> => on.inScope(tenantScope(tenant), async (tx) => {
  tx.create(NoteRow, { id: newId(), tenantId: tenant, text });
});
const texts = (scope = platformScope): Promise<string[]> => database.inScope(scope, async (tx) =>
  (await notes(tx).selectFrom('NoteRow').select('text').orderBy('text').execute()).map(({ text }) => text), { readOnly: true });
const busy = (on = database): number => on.pool.totalCount - on.pool.idleCount;
const terminate = (): Promise<unknown> =>
  admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'switchboard:probe'`);
/** The answer, or what it was instead, within two seconds. */
const outcome = (work: Promise<unknown>): Promise<unknown> =>
  Promise.race([work.then(() => 'done', (error: Error) => error.message), wait(2_000, 'never', { ref: false })]);

beforeAll(async () => {
  server = await createTestDatabase([{ schema: 'probe', migrations: probeMigrations }]);
  admin = new Client({ connectionString: server.adminUrl });
  await admin.connect();
  database = await open();
  await add(AURORA, 'aurora 1');
  await add(AURORA, 'aurora 2');
  await add(RIVAL, 'rival');
  await database.close();
});
beforeEach(async () => { database = await open(); });
afterEach(() => database.close());
afterAll(async () => {
  await admin?.end();
  await server?.drop();
});

describe('a scope', () => {
  it('sees the rows of its tenant and without a tenant none', async () => {
    expect(await texts(tenantScope(AURORA))).toEqual(['aurora 1', 'aurora 2']);
    expect(await texts(tenantScope(RIVAL))).toEqual(['rival']);
    expect(await texts()).toEqual([]);
  });

  it('cannot write a row of another tenant', async () => {
    await expect(database.inScope(tenantScope(AURORA), async (tx) => { tx.create(NoteRow, { id: newId(), tenantId: RIVAL, text: 'forged' }); }))
      .rejects.toThrow(/row-level security/);
    expect(await texts(tenantScope(RIVAL))).toEqual(['rival']);
  });

  it('ends with its transaction: the next one on the same connection starts without a tenant', async () => {
    const one = await open(1);
    try {
      await add(AURORA, 'aurora 3', one);
      const left = await one.pool.query(`select coalesce(current_setting('app.tenant_id', true), '') as tenant`);
      expect(left.rows).toEqual([{ tenant: '' }]);
    } finally {
      await one.close();
      await admin.query(`delete from probe.note where text = 'aurora 3'`);
    }
  });

  it('never mixes with others at the same time on one pool', async () => {
    const seen = await Promise.all(Array.from({ length: 40 }, async (_, index) => {
      const tenant = index % 2 === 0 ? AURORA : RIVAL;
      return database.inScope(tenantScope(tenant), async (tx) => {
        const first = await sql<{ tenant: string }>`select current_setting('app.tenant_id') as tenant`.execute(tx.getKysely());
        await wait(index % 3);
        const rows = await notes(tx).selectFrom('NoteRow').select('tenantId').execute();
        return [first.rows[0]?.tenant, ...rows.map((row) => row.tenantId)].every((id) => id === tenant) ? rows.length : -1;
      });
    }));
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 2 : 1)));
  });

  it('holds UUIDs only, and a wrong one costs no connection', async () => {
    for (let round = 0; round < 5; round += 1) {
      await expect(database.inScope(tenantScope(`x', true); drop table probe.note; --`), async () => 1)).rejects.toThrow('A scope holds UUIDs only.');
    }
    expect(busy()).toBe(0);
    expect(await texts(tenantScope(RIVAL))).toEqual(['rival']);
  });

  it('is not begun within another: that would hold one connection while waiting for a second', async () => {
    await expect(database.inScope(tenantScope(RIVAL), () => texts())).rejects.toThrow('A transaction inside a transaction');
    expect(busy()).toBe(0);
  });

  it('that only reads cannot write', async () => {
    await expect(database.inScope(tenantScope(AURORA), (tx) => tx.insert(NoteRow, { id: newId(), tenantId: AURORA, text: 'x' }), { readOnly: true }))
      .rejects.toThrow(/read-only transaction/);
  });
});

describe('a transaction that fails returns its connection', () => {
  const failures: Record<string, (tx: Parameters<Parameters<Database['inScope']>[1]>[0]) => Promise<unknown>> = {
    'by its own error': () => Promise.reject(new Error('own')),
    'by a statement': (tx) => sql`select 1 / 0`.execute(tx.getKysely()),
    'by a foreign key at commit': (tx) => sql`insert into probe.tag values (${AURORA}::uuid, ${newId()}::uuid, ${newId()}::uuid)`.execute(tx.getKysely()),
    'by one of several statements at the same time': (tx) =>
      Promise.all([sql`select pg_sleep(0.005)`, sql`select 1 / 0`, sql`select 1`].map((statement) => statement.execute(tx.getKysely()))),
  };

  it.each(Object.keys(failures))('%s', async (name) => {
    const runs = await Promise.allSettled(Array.from({ length: 50 }, () => database.inScope(tenantScope(AURORA), (tx) => failures[name]?.(tx) ?? Promise.resolve())));
    expect(runs.filter(({ status }) => status === 'rejected')).toHaveLength(50);
    expect(await outcome(add(AURORA, name))).toBe('done');
    expect(busy()).toBe(0);
    await admin.query('delete from probe.note where text = $1', [name]);
  });

  it('by losing its connection before, during and at the end', async () => {
    for (let round = 0; round < 6; round += 1) {
      await expect(database.inScope(tenantScope(AURORA), async (tx) => {
        await terminate();
        if (round % 2 === 0) await sql`select 1`.execute(tx.getKysely());
      })).rejects.toThrow();
    }
    expect(await outcome(texts(tenantScope(RIVAL)))).toBe('done');
    expect(busy()).toBe(0);
  });

  it('when the database is gone at the beginning, and recovers with it', async () => {
    await texts();
    const name = new URL(server.adminUrl).pathname.slice(1);
    const elsewhere = new URL(server.adminUrl);
    elsewhere.pathname = '/postgres';
    const outside = new Client({ connectionString: elsewhere.href });
    await outside.connect();
    await outside.query(`alter database ${name} allow_connections false`);
    await terminate();
    const refused = await Promise.all(Array.from({ length: 8 }, () => outcome(texts())));
    await outside.query(`alter database ${name} allow_connections true`);
    await outside.end();
    expect(refused.filter((answer) => answer === 'never' || answer === 'done')).toEqual([]);
    expect(await outcome(texts())).toBe('done');
    expect(busy()).toBe(0);
  });
});

describe('a statement that is sent again and again', () => {
  const ask = (one: Database, tenant: string, length: number): Promise<string[]> => one.inScope(tenantScope(tenant), async (tx) =>
    (await notes(tx).selectFrom('NoteRow').select('text').where(sql<boolean>`length(text) > ${length}`).orderBy('text').execute()).map(({ text }) => text), { readOnly: true });
  const prepared = async (one: Database): Promise<number> =>
    Number((await one.pool.query(`select count(*) from pg_prepared_statements where name like 'switchboard_%' and statement like '%length(text)%'`)).rows[0].count);

  it('is prepared once a connection, and shows each tenant its own rows all the same, also when the table has changed meanwhile', async () => {
    const one = await open(1);
    try {
      for (let round = 0; round < 30; round += 1) {
        if (round === 20) await admin.query('alter table probe.note add column colour text');
        expect([await ask(one, AURORA, 7), await ask(one, AURORA, 8), await ask(one, RIVAL, 4)]).toEqual([['aurora 1', 'aurora 2'], [], ['rival']]);
      }
      expect(await prepared(one)).toBe(1);
    } finally {
      await one.close();
      await admin.query('alter table probe.note drop column if exists colour');
    }
  });

  it('has no name while it is rare, and never when its columns are not named', () => {
    const names = new StatementNames();
    const given = (text: string): (string | undefined)[] => Array.from({ length: 9 }, () => names.of(text));
    expect(given('select id from note where id = $1').map(Boolean)).toEqual([...Array<boolean>(7).fill(false), true, true]);
    expect(given('select count(*) from note where id = $1').at(-1)).toBe('switchboard_1');
    for (const text of ['select * from note where id = $1', 'insert into note values ($1) returning *', 'select n.* from note n where id = $1', 'select id from note where id in ($1, $2)', 'insert into note values ($1) on conflict ("id") where "state" = $2 do nothing']) expect(given(text).some(Boolean)).toBe(false);
    for (let index = 0; index < 2_000; index += 1) given(`select ${index} from note where id = $1`);
    expect(names.of('select id from note where id = $1')).toBe('switchboard_0');
    expect(given('select one.too.many from note where id = $1').some(Boolean)).toBe(false);
  });
});

describe('a statement in the words of entities', () => {
  const inAurora = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => database.inScope(tenantScope(AURORA), work);

  it('is translated once for its shape, and sent with the values of each time', async () => {
    const found = (tx: Tx, text: string, others: string[], least: number) => {
      const one = sql.val(text);
      return notes(tx).with('mine', (query) => query.selectFrom('NoteRow').select(['id', 'text']).where('tenantId', '=', AURORA))
        .selectFrom('mine').innerJoin('NoteRow', 'NoteRow.id', 'mine.id').limit(1)
        .where('mine.text', '=', text).where(sql<boolean>`length(${sql.ref('NoteRow.text')}) >= ${sql.lit(least)}`)
        .select((on) => ['NoteRow.tenantId', 'mine.text as said', sql<string>`${one} || ${one}`.as('twice'),
          on.selectFrom('NoteRow as other').select(({ fn }) => fn.countAll<string>().as('n')).where('other.text', 'in', others).as('others')]).execute();
    };
    const row = (said: string, others: string) => [{ tenantId: AURORA, said, twice: said + said, others }];
    expect(await inAurora(async (tx) => [
      await found(tx, 'aurora 1', ['aurora 2'], 1), await found(tx, 'aurora 2', ['aurora 1'], 1), await found(tx, 'aurora 2', ['nobody'], 1),
      await found(tx, 'aurora 1', ['aurora 1', 'aurora 2'], 1), await found(tx, 'aurora 1', ['aurora 2'], 9), await found(tx, 'nothing', ['nothing'], 1),
    ])).toEqual([row('aurora 1', '1'), row('aurora 2', '1'), row('aurora 2', '0'), row('aurora 1', '2'), [], []]);
  });

  it('writes each value into its own column, whatever their order, and says what was written', async () => {
    const [id, other] = [newId(), newId()];
    try {
      expect(await inAurora(async (tx) => [
        await notes(tx).insertInto('NoteRow').values({ id, tenantId: AURORA, text: 'one' }).returningAll().execute(),
        await notes(tx).insertInto('NoteRow').values({ text: 'two', id: other, tenantId: AURORA }).returning(['text', 'tenantId']).execute(),
        Number((await notes(tx).insertInto('NoteRow').values({ text: 'three', id: other, tenantId: AURORA }).onConflict((on) => on.doNothing()).executeTakeFirst()).numInsertedOrUpdatedRows),
      ])).toEqual([[{ id, tenantId: AURORA, text: 'one' }], [{ text: 'two', tenantId: AURORA }], 0]);
    } finally {
      await admin.query('delete from probe.note where id = any ($1)', [[id, other]]);
    }
  });

  it('has no star over an entity: it names the columns, and brings no others', async () => {
    await admin.query(`alter table probe.note add column colour text default 'red'`);
    try {
      const all = await inAurora((tx) => notes(tx).selectFrom('NoteRow').selectAll().orderBy('text').execute());
      expect(all.map((row) => Object.keys(row).sort())).toEqual([['id', 'tenantId', 'text'], ['id', 'tenantId', 'text']]);
      expect(await inAurora(async (tx) => notes(tx).selectFrom('NoteRow').selectAll().compile().sql)).toBe('select "id", "tenant_id", "text" from "probe"."note"');
    } finally {
      await admin.query('alter table probe.note drop column colour');
    }
  });

  it('fails when it names what is not there', async () => {
    await expect(inAurora((tx) => notes(tx).selectFrom('Nothing' as 'NoteRow').select('text').execute())).rejects.toThrow('"probe.Nothing" does not exist');
    await expect(inAurora((tx) => notes(tx).selectFrom('NoteRow').select('nothing' as 'text').execute())).rejects.toThrow('"nothing" does not exist');
  });
});

describe('an open read', () => {
  it('keeps one connection until it is closed', async () => {
    const read = await database.openRead(tenantScope(RIVAL));
    expect(busy()).toBe(1);
    expect(await notes(read.tx).selectFrom('NoteRow').select('text').execute()).toEqual([{ text: 'rival' }]);
    await read.close();
    expect(busy()).toBe(0);
  });

  it('returns it also when it was lost or its last statement failed', async () => {
    for (let round = 0; round < 4; round += 1) {
      const lost = await database.openRead(tenantScope(RIVAL));
      await terminate();
      await expect(lost.close()).rejects.toThrow();
      const failed = await database.openRead(tenantScope(RIVAL));
      await expect(sql`select 1 / 0`.execute(failed.tx.getKysely())).rejects.toThrow('division by zero');
      await failed.close();
    }
    expect(busy()).toBe(0);
    expect(await outcome(texts())).toBe('done');
  });
});

describe('closing', () => {
  it('lets run what runs and serves who waits for a connection', async () => {
    const units = Array.from({ length: 8 }, (_, index) => database.inScope(tenantScope(AURORA), async () => {
      await wait(10);
      if (index === 3) throw new Error('own');
    }));
    const settled = Promise.allSettled(units);
    expect(await outcome(database.close())).toBe('done');
    expect((await settled).map(({ status }) => status).filter((status) => status === 'fulfilled')).toHaveLength(7);
  });

  it('refuses what comes later, and may be asked twice', async () => {
    await Promise.all([database.close(), database.close()]);
    await expect(texts()).rejects.toThrow('The database is closed.');
    await expect(database.openRead(platformScope)).rejects.toThrow('The database is closed.');
  });

  it('cuts the connection of a read that nobody closes', async () => {
    await database.openRead(platformScope);
    const began = performance.now();
    expect(await outcome(database.close())).toBe('done');
    expect(performance.now() - began).toBeGreaterThan(450);
    const left = await admin.query(`select 1 from pg_stat_activity where datname = current_database() and application_name = 'switchboard:probe' and state <> 'idle'`);
    expect(left.rowCount).toBe(0);
  });

  it('cuts a statement that does not end', async () => {
    const stuck = outcome(database.inScope(platformScope, (tx) => sql`select pg_sleep(30)`.execute(tx.getKysely())));
    await wait(500);
    expect(await outcome(database.close())).toBe('done');
    expect(await stuck).toMatch(/terminated|closed/i);
  });
});
