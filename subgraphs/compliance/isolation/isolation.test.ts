// The drill on the running product: it passes, finds by name what was opened by hand, changes nothing, and is nobody's but a platform administrator's.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { bootPlatform, type TestPlatform } from '../../../test/kit/platform.js';
import { until } from '../../../test/kit/until.js';

interface Finding { kind: string; subgraph: string; table: string | null; text: string }
interface Drill { id: string; state: string; finishedAt: string | null; subgraphs: { subgraph: string; tables: number; controlled: number; attempts: number }[]; findings: Finding[] }

const FIELDS = 'id state requestedAt finishedAt subgraphs { subgraph tables controlled attempts } findings { kind subgraph table text }';
const RUN = `mutation ($input: IsolationDrillRunInput!) { isolationDrillRun(input: $input) { drill { ${FIELDS} } userErrors { __typename code field } } }`;

let platform: TestPlatform;
let admin: Client;
let root: string;

beforeAll(async () => {
  platform = await bootPlatform();
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  root = await platform.signIn('root@demo.test');
  await platform.deliver('Hello');
  await until(async () => (await admin.query('select from conversations.message')).rowCount === 1, 'a message');
});
afterAll(async () => {
  await admin?.end();
  await platform?.stop();
});

const run = async (input: Record<string, unknown> = {}, by = root) => {
  const { data, errors } = await platform.ask(RUN, { input }, by);
  return { payload: data?.['isolationDrillRun'] as { drill: Drill | null; userErrors: unknown[] } | null, codes: errors?.map(({ extensions }) => extensions?.['code']) };
};
const newest = async (by = root) => (await platform.ask(`{ isolationDrill { ${FIELDS} } }`, {}, by)).data?.['isolationDrill'] as Drill | null;

/** A drill from its request to its end. */
async function drilled(): Promise<Drill> {
  const { payload } = await run({ timeoutSeconds: 60 });
  expect(payload).toMatchObject({ drill: { state: 'RUNNING', finishedAt: null, subgraphs: [], findings: [] }, userErrors: [] });
  await until(async () => (await newest())?.state !== 'RUNNING', 'the drill ends', 90_000);
  const drill = await newest();
  expect(drill?.id).toBe(payload?.drill?.id);
  return drill!;
}
const conversations = async (): Promise<unknown> => (await admin.query(`select md5(string_agg(m::text, '' order by m.id)) as messages,
  (select md5(string_agg(c::text, '' order by c.id)) from conversations.conversation c) as conversations from conversations.message m`)).rows;

it('passes, tries every subgraph, changes nothing, and is told in the trail of the platform', async () => {
  expect(await newest()).toBeNull();
  const before = await conversations();
  const drill = await drilled();
  expect(drill).toMatchObject({ state: 'PASSED', findings: [], finishedAt: expect.any(String) });
  expect(drill.subgraphs.map(({ subgraph }) => subgraph)).toEqual(['identity', 'tenancy', 'conversations', 'commerce', 'compliance']);
  for (const one of drill.subgraphs) expect({ ...one, enough: one.attempts >= 4 * one.tables && one.controlled > 0 }).toEqual({ ...one, enough: true });
  expect(await conversations()).toEqual(before);
  await until(async () => (await platform.ask('{ auditEvents(filter: { action: "isolation.*" }) { nodes { action } } }', {}, root)).data !== null
    && (await admin.query(`select from compliance.platform_audit_event where action like 'isolation.%'`)).rowCount === 2, 'the trail has both events');
  const { data } = await platform.ask('{ auditEvents(filter: { action: "isolation.*" }) { nodes { action outcome actor { kind } resource { type id } } } }', {}, root);
  expect(data).toEqual({ auditEvents: { nodes: [
    { action: 'isolation.drill', outcome: 'SUCCESS', actor: { kind: 'SYSTEM' }, resource: { type: 'IsolationDrill', id: drill.id } },
    { action: 'isolation.drill_run', outcome: 'SUCCESS', actor: { kind: 'USER' }, resource: { type: 'IsolationDrill', id: drill.id } },
  ] } });
});

it('finds by name everything that was opened, and nothing when it is mended', async () => {
  const holes: [string[], string[], [string, string | null][]][] = [
    [['drop policy webhook_delivery_tenant on conversations.webhook_delivery'],
      [`create policy webhook_delivery_tenant on conversations.webhook_delivery using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))`],
      [['POLICY_MISSING', 'webhook_delivery']]],
    [['alter table conversations.message disable row level security'], ['alter table conversations.message enable row level security'],
      [...['CROSSING', 'CROSSING', 'CROSSING', 'CROSSING'].map((kind): [string, string] => [kind, 'message']), ['NOT_FORCED', 'message']]],
    [['create policy hole on conversations.contact for select using (true)'], ['drop policy hole on conversations.contact'], [['CROSSING', 'contact'], ['POLICY_OPEN', 'contact']]],
    [[`create policy hole on conversations.inbox using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`], ['drop policy hole on conversations.inbox'],
      [['POLICY_UNWRAPPED', 'inbox']]],
    [['create view conversations.seen as select * from conversations.message'], ['drop view conversations.seen'], [['VIEW', 'seen']]],
    [['create role isolation_drill_bypass bypassrls', 'grant usage on schema conversations to isolation_drill_bypass'],
      ['drop owned by isolation_drill_bypass', 'drop role isolation_drill_bypass'], [['ROLE', null]]],
  ];
  for (const statement of holes.flatMap(([make]) => make)) await admin.query(statement);
  const drill = await drilled();
  for (const statement of holes.flatMap(([, mend]) => mend)) await admin.query(statement);
  expect(drill.state).toBe('FAILED');
  expect(drill.findings.map(({ kind, table, subgraph }) => [subgraph, kind, table]).sort()).toEqual(holes.flatMap(([, , found]) => found).map((found) => ['conversations', ...found]).sort());
  expect(await drilled()).toMatchObject({ state: 'PASSED', findings: [] });
});

describe('is refused', () => {
  const count = async (): Promise<number | null> => (await admin.query('select from compliance.isolation_drill')).rowCount;

  it('to whoever does not look after the platform, and nothing is written', async () => {
    const [owner, before] = [await platform.signIn('owner@demo.test'), await count()];
    expect((await run({}, owner)).codes).toEqual(['FORBIDDEN']);
    const { data, errors } = await platform.ask('{ isolationDrill { id } }', {}, owner);
    expect([data, errors?.map(({ extensions }) => extensions?.['code'])]).toEqual([{ isolationDrill: null }, ['FORBIDDEN']]);
    expect(await count()).toBe(before);
  });

  it.each([0, 61, -1])('with %s seconds', async (timeoutSeconds) => {
    const before = await count();
    expect((await run({ timeoutSeconds })).payload).toEqual({ drill: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'timeoutSeconds'] }] });
    expect(await count()).toBe(before);
  });

  it('while one runs', async () => {
    await admin.query(`insert into compliance.isolation_drill (id, state, seconds, requested_at, due_at) values (gen_random_uuid(), 'RUNNING', 10, now(), now() + interval '1 hour')`);
    const before = await count();
    expect((await run()).payload).toEqual({ drill: null, userErrors: [{ __typename: 'IsolationDrillRunning', code: 'WRONG_STATE', field: null }] });
    expect(await count()).toBe(before);
  });
});
