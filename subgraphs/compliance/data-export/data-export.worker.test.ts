// Those who read and write exports die, come late, lose the rights they act with, or the graph they ask: every row is there once, or there is no file.
import { afterAll, afterEach, beforeAll, expect, describe, it } from '@jest/globals';
import { GraphUnavailable } from '../../kernel/base/graph-client.js';
import { decodeId, newId } from '../../kernel/base/ids.js';
import { dataExportCrashTable } from './data-export.crash.js';
import { DATA_EXPORT_STATES } from './data-export.entity.js';
import { DataExportWorld } from './data-export.fixture.js';

const tenant = newId();
const READING = ['data:export', 'audit:read'];
const ROWS = 11;
/** Six pages, in three parts. */
const SIZES = { page: 2, pages: 2 };

let now = new Date();
let world: DataExportWorld;
let ann: ReturnType<DataExportWorld['person']>;
let all: string[];
beforeAll(async () => {
  world = await DataExportWorld.open(() => now);
  ann = world.person(tenant, READING);
  await world.world.seal(tenant, ROWS);
  const { data } = await world.world.subgraph.ask('{ auditEvents(first: 100) { nodes { id } } }', {}, ann);
  all = (data?.['auditEvents'] as { nodes: { id: string }[] }).nodes.map(({ id }) => id);
});
afterAll(() => world.close());
afterEach(async () => {
  now = new Date();
  // Ten within an hour are for people.
  await world.world.rows(`update compliance.data_export set requested_at = requested_at - interval '2 hours'`);
  world.graph.questions.length = 0;
  world.graph.beforePage = () => undefined;
});

const rowOf = async (id: string) => (await world.world.rows<Record<string, unknown>>('select * from compliance.data_export where id = $1', [decodeId('exp', id)]))[0] ?? {};
const filesOf = async (id: string): Promise<string[]> => (await world.files(tenant)).filter((name) => name.includes(decodeId('exp', id) ?? ''));
const small = (crash?: Parameters<DataExportWorld['runner']>[0]) => world.runner(crash, SIZES);
/** The ids in the file of one that is ready. */
async function idsIn(id: string): Promise<string[]> {
  const { url } = (await world.of(ann, id)) ?? {};
  return String((await world.download(url ?? '')).bytes).trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: string }).id);
}
const asked = () => ann.sub;

it('asks page by page as whoever asked, and goes on where the page before has ended', async () => {
  const { id } = await world.begin(ann);
  await world.run(id, small());
  expect(all).toHaveLength(ROWS);
  expect(await idsIn(id)).toEqual(all);
  expect(world.graph.questions.map(({ delegate, permission, variables: { first, after_ } }) => [delegate.id, delegate.tenant, permission, first, after_ === null])).toEqual(
    Array.from({ length: 6 }, (_none, page) => [asked(), tenant, 'data:export', 2, page === 0]));
  expect([await world.of(ann, id), await filesOf(id)]).toMatchObject([{ state: 'READY', rows: String(ROWS), written: String(ROWS) }, [`${decodeId('exp', id)}.1.jsonl`]]);
});

describe('killed', () => {
  it.each(dataExportCrashTable)('at $point: $onRestart', async ({ point }) => {
    const { id } = await world.begin(ann);
    let passed = 0;
    // The second time: half way, where there are several.
    const often = point === 'data-export:part' || point === 'data-export:read' ? 2 : 1;
    const killed = world.run(id, small((one) => { if (one === point && (passed += 1) === often) throw new Error(`killed at ${point}`); }));
    if (point === 'data-export:ready') expect(await killed).toBe(false);
    else await expect(killed).rejects.toThrow(`killed at ${point}`);
    const before = world.graph.questions.length;
    await world.run(id, small(), tenant);
    const { state } = (await world.of(ann, id)) ?? {};
    expect([state, await idsIn(id), await filesOf(id)]).toEqual(['READY', all, [`${decodeId('exp', id)}.${point === 'data-export:ready' ? 1 : 2}.jsonl`]]);
    // What was committed is not asked for again.
    const again = { 'data-export:part': 4, 'data-export:read': 2, 'data-export:written': 0, 'data-export:ready': 0 }[point];
    expect(world.graph.questions.length - before).toBe(again);
  });

  it('and nobody at work: another takes it up when the lease has ended, and who comes too late gives way', async () => {
    const { id } = await world.begin(ann);
    const uuid = decodeId('exp', id) ?? '';
    let woken = false;
    world.graph.beforePage = async (page) => {
      if (page !== 4 || woken) return;
      woken = true;
      expect(await small().run(tenant, uuid, world.graph)).toBe(false);
      now = new Date(now.getTime() + 31_000);
      expect(await small().run(tenant, uuid, world.graph)).toBe(true);
    };
    expect(await world.run(id, small())).toBe(false);
    expect([woken, await idsIn(id), await filesOf(id)]).toEqual([true, all, [`${uuid}.2.jsonl`]]);
  });

  it('five times without coming on, it fails and says so', async () => {
    const { id } = await world.begin(ann);
    const broken = small((point) => { if (point === 'data-export:part') throw new Error('the disk is full'); });
    for (let times = 0; times < 5; times += 1) await expect(world.run(id, broken)).rejects.toThrow('the disk is full');
    await world.run(id, broken);
    expect(await world.of(ann, id)).toMatchObject({ state: 'FAILED', error: 'INTERNAL', url: null });
  });
});

describe('stops', () => {
  it('when rights are taken half way, and hands nothing out', async () => {
    const eve = world.person(tenant, READING);
    const { id } = await world.begin(eve);
    world.graph.beforePage = (page) => { if (page === 4) world.graph.rights.set(eve.sub, ['data:export']); };
    await world.run(id, small());
    expect(await world.of(eve, id)).toMatchObject({ state: 'FAILED', error: 'RIGHTS_REVOKED', rows: '4', url: null });
    expect(world.graph.questions).toHaveLength(4);
    await world.run(id, small());
    expect([await filesOf(id), await rowOf(id)]).toMatchObject([[], { due_at: null }]);
    const told = await world.world.rows(`select event from compliance.audit_staging where event->>'action' = 'export.ready' and event->'resource'->>'id' = $1`, [id]);
    expect(told).toMatchObject([{ event: { outcome: 'FAILURE', reason: 'RIGHTS_REVOKED' } }]);
  });

  it.each([
    ['who is nobody any more', (who: string) => world.graph.rights.delete(who)],
    ['who may not export any more', (who: string) => world.graph.rights.set(who, ['audit:read'])],
  ])('for %s', async (_who, change) => {
    const eve = world.person(tenant, READING);
    const { id } = await world.begin(eve);
    change(eve.sub);
    await world.run(id, small());
    expect(await world.of(eve, id)).toMatchObject({ state: 'FAILED', error: 'RIGHTS_REVOKED', rows: '0' });
  });

  it('for what the graph refuses', async () => {
    const { id } = await world.begin(ann, { operation: 'query ($to: DateTimeISO) { auditEvents(filter: { from: "2026-02-01T00:00:00Z", to: $to }) { nodes { id } } }', variables: { to: '2026-01-01T00:00:00Z' } });
    await world.run(id, small());
    expect(await world.of(ann, id)).toMatchObject({ state: 'FAILED', error: 'OPERATION_REFUSED' });
  });

  it('when it is cancelled, also while somebody is at it', async () => {
    const { id } = await world.begin(ann);
    const cancel = () => world.world.subgraph.ask('mutation ($id: ID!) { exportCancel(input: { id: $id }) { export { state } userErrors { code } } }', { id }, ann);
    const cancelled = { data: { exportCancel: { export: { state: 'CANCELLED' }, userErrors: [] } } };
    world.graph.beforePage = async (page) => { if (page === 3) expect(await cancel()).toMatchObject(cancelled); };
    expect(await world.run(id, small())).toBe(false);
    expect([world.graph.questions.length, await cancel(), (await filesOf(id)).length]).toMatchObject([4, cancelled, 1]);
    await world.run(id, small());
    expect([await world.of(ann, id), await filesOf(id), await rowOf(id)]).toMatchObject([{ state: 'CANCELLED', url: null }, [], { due_at: null }]);
  });
});

it('waits for a graph that does not answer, for a day', async () => {
  const { id } = await world.begin(ann);
  world.graph.beforePage = (page) => { if (page > 3) throw new GraphUnavailable('nobody answers'); };
  for (let times = 0; times < 7; times += 1) await world.run(id, small());
  expect([await world.of(ann, id), await rowOf(id)]).toMatchObject([{ state: 'QUEUED', rows: '4' }, { stalled: 0 }]);
  world.graph.beforePage = () => undefined;
  await world.run(id, small());
  expect(await idsIn(id)).toEqual(all);
  const other = await world.begin(ann);
  world.graph.beforePage = () => { throw new GraphUnavailable('nobody answers'); };
  now = new Date(now.getTime() + 86_400_001);
  await world.run(other.id, small());
  expect(await world.of(ann, other.id)).toMatchObject({ state: 'FAILED', error: 'UNAVAILABLE' });
});

it('is left to others by a process without a way to the graph', async () => {
  const { id } = await world.begin(ann);
  expect(await world.world.door.exportList({ tenantId: tenant, exportId: decodeId('exp', id) ?? '' })).toBe(false);
  expect(await rowOf(id)).toMatchObject({ state: 'QUEUED', attempts: 0 });
});

it('refuses a part that is not what was written', async () => {
  const { id } = await world.begin(ann);
  await expect(world.run(id, small((point) => { if (point === 'data-export:written') throw new Error('killed'); }))).rejects.toThrow('killed');
  await world.world.rows(`update compliance.data_export_part set sha256 = repeat('0', 64) where export_id = $1 and number = 1`, [decodeId('exp', id)]);
  await expect(world.run(id, small())).rejects.toThrow('is not what was written.');
  expect(await world.of(ann, id)).toMatchObject({ state: 'QUEUED', url: null });
});

it('moves only as its table of states says, and the database keeps file, state and rows together', async () => {
  for (const state of ['FAILED', 'CANCELLED', 'EXPIRED'] as const) expect(DATA_EXPORT_STATES[state]).toEqual([]);
  const { id } = await world.ready(ann);
  for (const change of [`state = 'EXPIRED'`, `file_key = null`, `written = row_count + 1`, `failure = 'It was Monday.'`]) {
    await expect(world.world.rows(`update compliance.data_export set ${change} where id = $1`, [decodeId('exp', id)])).rejects.toMatchObject({ code: '23514' });
  }
});

it('tells who follows it of each part, and after a cursor of what came since', async () => {
  const { id } = await world.begin(ann);
  await world.run(id, small());
  const told = await world.world.rows<{ type: string }>('select type from compliance.outbox where stream_id = $1 order by id', [decodeId('exp', id)]);
  // Asked for, three parts, ready.
  expect(told.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => 'ExportProgressed'));
});
