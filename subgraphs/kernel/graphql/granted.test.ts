// Reads that few may do are told in the trail when they are granted, by their rule alone; other reads are not.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { probe, type ProbeServices } from '../../../test/kit/probe.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { encodeId, newId } from '../base/ids.js';

const TENANT = newId();
const ALL = ['note:read', 'note:write', 'note:manage', 'note:secret'];
const manager = person(TENANT, ALL);

let subgraph: TestSubgraph<ProbeServices>;
let admin: Client;
let notes: string[];

const ask = (query: string, permissions = ALL) => subgraph.ask(query, {}, { ...manager, permissions });
const told = async (): Promise<unknown[]> => (await admin.query<{ event: Record<string, unknown> }>('select event from probe.audit_staging order by id')).rows
  .map(({ event: { action, type, outcome, resource, actor, ip, userAgent, correlationId } }) => ({ action, type, outcome, resource, actor, ip, userAgent, correlationId }));
const event = (action: string, resource: unknown, outcome = 'SUCCESS') => ({
  action, type: outcome === 'SUCCESS' ? 'DATA_READ' : 'AUTHORIZATION', outcome, resource, actor: { kind: 'user', id: encodeId('user', manager.sub ?? '') },
  ip: '127.0.0.1', userAgent: 'test', correlationId: 'test-correlation',
});

beforeAll(async () => {
  subgraph = await bootSubgraph(probe);
  admin = new Client({ connectionString: subgraph.database.adminUrl });
  await admin.connect();
  for (const text of ['one', 'two']) await ask(`mutation { noteAdd(input: { text: "${text}" }) { userErrors { code } } }`);
  notes = (await admin.query<{ id: string }>('select id from probe.note order by id')).rows.map(({ id }) => encodeId('note', id));
});
beforeEach(() => admin.query('truncate probe.audit_staging'));
afterAll(async () => {
  await admin?.end();
  await subgraph?.close();
});

it('a privileged query is told, once an operation', async () => {
  expect((await ask('{ census again: census }')).errors).toBeUndefined();
  expect(await told()).toEqual([event('query.census', { type: 'Int', id: null })]);
});

it('a sensitive field is told: of which one, or of several', async () => {
  expect((await ask(`{ anything(id: "${notes[0] ?? ''}") { ... on Note { secret } } }`)).data).toEqual({ anything: { secret: 'hidden' } });
  expect((await ask('{ notes { nodes { secret } } }')).data).toEqual({ notes: { nodes: [{ secret: 'hidden' }, { secret: 'hidden' }] } });
  expect(await told()).toEqual([event('note.secret', { type: 'Note', id: notes[0] }), event('note.secret', { type: 'Note', id: null })]);
});

it('an ordinary read is not told, and neither is a privileged one that failed', async () => {
  await ask('{ notes { nodes { text } } echo(at: "2026-01-01T00:00:00.000Z") }');
  expect((await ask('{ census(fail: true) }')).errors).toHaveLength(1);
  expect(await told()).toEqual([]);
});

it('each one that is refused is told', async () => {
  await ask('{ thing(id: "race") { __typename } anything(id: "race") { id } }', ['note:manage']);
  const refused = ['anything', 'thing'].map((field) => event(`query.${field}`, null, 'DENIED'));
  expect(await told()).toHaveLength(2);
  expect(await told()).toEqual(expect.arrayContaining(refused));
});

it('what is refused within a mutation\'s payload is told besides the mutation, by the field\'s own name', async () => {
  const { data, errors } = await ask('mutation { whatever: noteAdd(input: { text: "three" }) { note { secret } } }', ['note:write', 'note:read']);
  expect([data, errors]).toMatchObject([{}, [{ path: ['whatever', 'note', 'secret'], extensions: { code: 'FORBIDDEN' } }]]);
  expect(await told()).toEqual([expect.objectContaining({ action: 'note.add', outcome: 'SUCCESS' }), event('mutation.noteAdd', null, 'DENIED')]);
});

it('what is refused is called by its own name, also through an alias or a fragment', async () => {
  await ask('query { role_grant: census ...rest } fragment rest on Query { other: thing(id: "race") { __typename } }', []);
  expect((await told()).length).toBe(2);
  expect(await told()).toEqual(expect.arrayContaining(['census', 'thing'].map((field) => event(`query.${field}`, null, 'DENIED'))));
});
