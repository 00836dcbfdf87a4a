// Backups as the platform's administrators and the day order them: one a day however many look, taken by one, told in the trail whatever came of them.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { newId } from '../../kernel/base/ids.js';
import type { Actor } from '../../kernel/base/actor.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { complianceDoor, noteBackupLog, BackupFailure, type BackupPort } from '../public.js';
import { compliance, type ComplianceServices } from '../subgraph.js';

const FIELDS = 'id kind state slot label backupId seconds content stored wanted level latest findings failure';
const CREATE = `mutation ($input: BackupCreateInput!) { backupCreate(input: $input) { run { ${FIELDS} } userErrors { __typename field } } }`;
const VERIFY = `mutation ($input: BackupVerifyInput!) { backupVerify(input: $input) { run { ${FIELDS} } userErrors { __typename field } } }`;
const RUNS = `query ($first: Int, $after: String) { backupRuns(first: $first, after: $after) { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } }`;
const STATUS = '{ backupStatus { configured nextAt keptUntil failing alarm alarmAt } }';
const root: Actor = { ...person(newId(), ['system:admin']), tenant: null };
const owner = person(newId(), ['audit:read', 'org:export']);
const MADE = { backupId: newId(), manifestSha256: 'ab'.repeat(32), content: 3_000_000_000, stored: 1_000_000_000 };
const LATEST = new Date('2026-12-02T03:00:00.000Z');

interface Run { id: string; kind: string; state: string; slot: string | null; failure: string | null; level: string | null }

let now: Date;
let subject: TestSubgraph<ComplianceServices>;
let bare: TestSubgraph<ComplianceServices>;
let system: Pool;
let admin: Client;
beforeAll(async () => {
  const clock = { now: () => now };
  now = new Date('2026-12-02T01:00:00Z');
  subject = await bootSubgraph(compliance, { clock, config: { backups: { first: { folder: '/nowhere' }, second: undefined, keepCount: 1, keepDays: 1, tenants: { keepCount: 1, keepDays: 1 } } } });
  bare = await bootSubgraph(compliance, { clock });
  system = new Pool({ connectionString: subject.database.urls.system, max: 8 });
  admin = new Client({ connectionString: subject.database.adminUrl });
  await admin.connect();
});
beforeEach(async () => {
  now = new Date('2026-12-02T01:00:00Z');
  await admin.query('truncate compliance.backup_run, compliance.backup_log, compliance.platform_audit_staging');
});
afterAll(async () => {
  await admin?.end();
  await system?.end();
  await subject?.close();
  await bare?.close();
});

/** What the composition hands in, with each step in the test's hands. */
const port = (steps: Partial<BackupPort> = {}): BackupPort => ({
  create: async () => MADE, tenant: async () => MADE, verify: async () => ({ backupId: MADE.backupId, level: 'L3', latest: LATEST, findings: [] }), prune: async () => [], ...steps,
});
const door = (steps?: Partial<BackupPort>) => complianceDoor(subject.running.services, [], null, port(steps));
const due = async (): Promise<{ runId: string }[]> =>
  (await door().overdue(system)).find(({ job }) => job.name === 'compliance.backup')!.payloads as { runId: string }[];
const doAll = async (steps?: Partial<BackupPort>): Promise<number> => {
  const waiting = await due();
  for (const payload of waiting) await door(steps).backup(payload);
  return waiting.length;
};
const runs = async (): Promise<Run[]> => ((await subject.ask(RUNS, {}, root)).data?.['backupRuns'] as { nodes: Run[] }).nodes;
const staged = async (): Promise<Record<string, unknown>[]> =>
  (await admin.query<{ event: Record<string, unknown> }>(`select event from compliance.platform_audit_staging where event->>'action' in ('backup.create', 'backup.verify') order by id`)).rows.map(({ event }) => event);
const count = async (): Promise<number | null> => (await admin.query('select from compliance.backup_run')).rowCount;

it('takes one backup a day and verifies it, however many look at once and however often', async () => {
  expect(await doAll()).toBe(0);
  now = new Date('2026-12-02T02:00:00Z');
  await Promise.all(Array.from({ length: 8 }, () => due()));
  let taken = 0;
  const steps = { create: async () => { taken += 1; return MADE; } };
  const [first] = await due();
  await Promise.all(Array.from({ length: 6 }, () => door(steps).backup(first!)));
  expect([taken, await count()]).toEqual([1, 1]);
  expect([await doAll(steps), await doAll(steps), taken]).toEqual([1, 0, 1]);
  expect(await runs()).toMatchObject([
    { kind: 'VERIFY', state: 'DONE', slot: '2026-12-02', label: 'daily', backupId: MADE.backupId, wanted: 'L3', level: 'L3', latest: LATEST.toISOString(), findings: [], failure: null },
    { kind: 'CREATE', state: 'DONE', slot: '2026-12-02', label: 'daily', backupId: MADE.backupId, content: '3000000000', stored: '1000000000', level: null, failure: null },
  ]);
  expect(await staged()).toMatchObject([
    { action: 'backup.create', outcome: 'SUCCESS', after: { backup: MADE.backupId, manifestSha256: MADE.manifestSha256, content: MADE.content, stored: MADE.stored } },
    { action: 'backup.verify', outcome: 'SUCCESS', after: { wanted: 'L3', level: 'L3', findings: 0 } },
  ]);
  now = new Date('2026-12-03T02:00:00Z');
  expect([await doAll(steps), taken]).toEqual([1, 2]);
});

it('is taken up again when whoever took it has died, and tried again an hour after it failed', async () => {
  now = new Date('2026-12-02T02:00:00Z');
  const [waiting] = await due();
  // It never ends: its process has gone, as far as anybody can see.
  void door({ create: () => new Promise(() => undefined) }).backup(waiting!);
  for (let begun = 0; begun === 0;) begun = (await admin.query('select from compliance.backup_run where due_at > $1', [now])).rowCount ?? 0;
  expect(await due()).toEqual([]);
  now = new Date('2026-12-02T02:01:01Z');
  expect(await doAll({ create: async () => { throw new BackupFailure('The place of backups is full.'); } })).toBe(1);
  expect(await runs()).toMatchObject([{ state: 'FAILED', failure: 'The place of backups is full.' }]);
  expect(await staged()).toMatchObject([{ action: 'backup.create', outcome: 'FAILURE', severity: 'CRITICAL', reason: 'WRONG_STATE' }]);
  expect(await due()).toEqual([]);
  now = new Date('2026-12-02T03:02:00Z');
  expect([await doAll(), (await runs()).map(({ state }) => state)]).toEqual([1, ['DONE', 'FAILED']]);
});

it('says the level that was reached, and that it is not the one that was wanted', async () => {
  const { data } = await subject.ask(VERIFY, { input: { backupId: MADE.backupId, level: 'L3' } }, root);
  expect(data).toMatchObject({ backupVerify: { run: { kind: 'VERIFY', state: 'RUNNING', wanted: 'L3', level: null }, userErrors: [] } });
  await doAll({ verify: async (backupId) => ({ backupId: backupId ?? '', level: 'L1', latest: null, findings: ['conversations.message has 3 rows in place of 4.'] }) });
  expect(await runs()).toMatchObject([{ state: 'FAILED', level: 'L1', latest: null, findings: ['conversations.message has 3 rows in place of 4.'], backupId: MADE.backupId }]);
  expect(await staged()).toMatchObject([{ action: 'backup.verify', outcome: 'FAILURE', severity: 'CRITICAL', reason: 'DAMAGED' }]);
});

it('tells up to when the log is kept, and of an alarm until who looks for a gap finds none', async () => {
  const status = async () => (await subject.ask(STATUS, {}, root)).data?.['backupStatus'];
  expect(await status()).toEqual({ configured: true, nextAt: '2026-12-02T02:00:00.000Z', keptUntil: null, failing: null, alarm: null, alarmAt: null });
  await noteBackupLog(system, { keptUntil: LATEST, failing: null, alarm: 'the log is lost' });
  await noteBackupLog(system, { keptUntil: null, failing: 'the store is away', alarm: undefined });
  expect(await status()).toMatchObject({ keptUntil: LATEST.toISOString(), failing: 'the store is away', alarm: 'the log is lost', alarmAt: expect.any(String) });
  await admin.query(`update compliance.backup_log set alarm_at = '2026-12-01'`);
  // Who starts anew finds the same gap: it is not a new one.
  await noteBackupLog(system, { keptUntil: null, failing: null, alarm: 'the log is lost' });
  expect(await status()).toMatchObject({ alarm: 'the log is lost', alarmAt: '2026-12-01T00:00:00.000Z' });
  await noteBackupLog(system, { keptUntil: LATEST, failing: null, alarm: null });
  expect(await status()).toMatchObject({ failing: null, alarm: null, alarmAt: null });
});

it('lists page by page', async () => {
  for (const label of ['one', 'two', 'three']) {
    await subject.ask(CREATE, { input: { label } }, root);
    await doAll();
  }
  const page = async (after: string | null) => (await subject.ask(RUNS, { first: 2, after }, root)).data?.['backupRuns'] as { nodes: { label: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
  const first = await page(null);
  const second = await page(first.pageInfo.endCursor);
  expect([first, second].map(({ nodes, pageInfo }) => [nodes.map(({ label }) => label), pageInfo.hasNextPage])).toEqual([[['three', 'two'], true], [['one'], false]]);
});

describe('is refused', () => {
  const answer = async (document: string, input: object, by: Actor, of = subject) => {
    const { data, errors } = await of.ask(document, { input }, by);
    return [errors?.[0]?.extensions?.['code'] ?? null, Object.values(data ?? {})[0]];
  };
  const refused = (name: string, field: string[] | null = null) => [null, { run: null, userErrors: [{ __typename: name, field }] }];

  it('to whoever does not look after the platform, and nothing is written', async () => {
    expect(await answer(CREATE, {}, owner)).toEqual(['FORBIDDEN', null]);
    expect(await answer(VERIFY, {}, owner)).toEqual(['FORBIDDEN', null]);
    for (const query of [STATUS, RUNS]) expect((await subject.ask(query, {}, owner)).errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
    expect(await count()).toBe(0);
  });

  it.each([['label', CREATE, { label: 'Not one' }], ['backupId', VERIFY, { backupId: 'bkr_1' }]])('with a %s that is none', async (field, document, input) => {
    expect([await answer(document, input, root), await count()]).toEqual([refused('InputInvalid', ['input', field]), 0]);
  });

  it('while one runs, and where there is no place for it', async () => {
    await subject.ask(CREATE, { input: {} }, root);
    expect([await answer(CREATE, {}, root), await count()]).toEqual([refused('BackupRunning'), 1]);
    expect(await answer(CREATE, {}, root, bare)).toEqual(refused('BackupsNotConfigured'));
  });
});
