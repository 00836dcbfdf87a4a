// A change that PostgreSQL ends so that another may go on is done again, whole, and only so often; what fails for itself is not.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { TestFeed } from '../../../test/kit/feed.js';
import { NoteAdded, NoteRow } from '../../../test/kit/probe.js';
import { person } from '../../../test/kit/subgraph.js';
import { systemActor } from '../base/actor.js';
import { newId } from '../base/ids.js';
import { silentLogger } from '../base/logger.js';
import { tenantScope } from '../data/scope.js';
import { OperationContext } from '../graphql/context.js';
import { runUnit, type UnitOfWork } from './unit-of-work.js';

const tenantId = newId();
let feed: TestFeed;
beforeAll(async () => {
  feed = await TestFeed.open();
  // A second, otherwise, in which nothing happens.
  await feed.admin.query(`alter database ${new URL(feed.server.adminUrl).pathname.slice(1)} set deadlock_timeout = '20ms'`);
});
afterAll(() => feed?.close());

const run = <T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> => runUnit(feed.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: 'test' }, work);
const lock = ({ tx }: UnitOfWork, key: number): Promise<unknown> => sql`select pg_advisory_xact_lock(${key}::bigint)`.execute(tx.getKysely());
const fail = ({ tx }: UnitOfWork, state: string): Promise<unknown> => sql.raw(`do $$ begin raise exception 'as the test asks' using errcode = '${state}'; end $$`).execute(tx.getKysely());

/** Written and told, however often it takes. */
async function note(unit: UnitOfWork, text: string): Promise<void> {
  unit.tx.create(NoteRow, { id: newId(), tenantId, text });
  unit.emit(NoteAdded, { number: 1 }, { streamId: tenantId });
  unit.audit({ action: 'note.add', type: 'DATA_WRITE', outcome: 'SUCCESS' });
  await unit.tx.flush();
}
async function counts(): Promise<unknown> {
  const { rows } = await feed.admin.query(`select (select array_agg(text order by text) from probe.note) as notes, (select count(*)::int from probe.outbox) as told, (select count(*)::int from probe.audit_staging) as audited`);
  await feed.admin.query('delete from probe.note; delete from probe.outbox; delete from probe.audit_staging');
  return rows[0];
}

it('of two that wait for each other, one is done again: both are whole, and each is told once', async () => {
  const runs: string[] = [];
  const held = new Set<string>();
  const both = Promise.withResolvers<void>();
  const change = (name: string, first: number, second: number): Promise<void> => run(async (unit) => {
    runs.push(name);
    await note(unit, name);
    await lock(unit, first);
    // From here on each holds what the other one wants. Begun is not enough: the slower one would find its first lock taken and just wait.
    if (held.add(name).size === 2) both.resolve();
    await both.promise;
    await lock(unit, second);
  });
  await Promise.all([change('one', 1, 2), change('other', 2, 1)]);
  expect(runs).toHaveLength(3);
  expect(await counts()).toEqual({ notes: ['one', 'other'], told: 2, audited: 2 });
});

it.each([['40P01', 5], ['40001', 5], ['23505', 1], ['55P03', 1]])('that ends with SQLSTATE %s every time is tried %i times, and nothing is kept', async (state, tries) => {
  let runs = 0;
  await expect(run(async (unit) => {
    runs += 1;
    await note(unit, 'never');
    await fail(unit, state);
  })).rejects.toThrow('as the test asks');
  expect(runs).toBe(tries);
  expect(await counts()).toEqual({ notes: null, told: 0, audited: 0 });
});

it('of a mutation begins again with the audit event as it was, and is one change', async () => {
  const actor = person(tenantId, []);
  const context = new OperationContext(actor, 'test', feed.unit, silentLogger, null);
  context.mutation = { draft: { action: 'note.add', type: 'DATA_WRITE', outcome: 'SUCCESS' }, scope: tenantScope(tenantId), actor, staged: false };
  const seen: unknown[] = [];
  await context.mutate(async (unit, audit) => {
    seen.push(audit.draft.attempt);
    audit.draft = { ...audit.draft, attempt: { run: seen.length } };
    await note(unit, 'mutation');
    if (seen.length === 1) await fail(unit, '40P01');
  });
  expect(seen).toEqual([undefined, undefined]);
  expect(await counts()).toEqual({ notes: ['mutation'], told: 1, audited: 2 });
});
