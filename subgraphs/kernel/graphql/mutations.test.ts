// Every way a mutation can end leaves exactly one audit event, and only success leaves a change.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { probe, type ProbeServices } from '../../../test/kit/probe.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { encodeId, newId } from '../base/ids.js';
import type { Actor } from '../base/actor.js';

const TENANT = newId();
const writer = person(TENANT, ['note:read', 'note:write']);

let subgraph: TestSubgraph<ProbeServices>;
let admin: Client;

const ADD = 'mutation ($text: String!) { noteAdd(input: { text: $text }) { note { id text } userErrors { __typename message code field } } }';
const add = (text: string, actor: Actor | undefined = writer) => subgraph.ask(ADD, { text }, actor);
const masked = { message: 'Internal error', path: ['noteAdd'], extensions: { code: 'INTERNAL' } };

interface Left { notes: number; outbox: number; audits: Record<string, unknown>[] }
async function left(table = 'audit_staging'): Promise<Left> {
  const counted = await admin.query('select (select count(*)::int from probe.note) as notes, (select count(*)::int from probe.outbox) as outbox');
  const { rows } = await admin.query<{ event: Record<string, unknown> }>(`select event from probe.${table} order by id`);
  const audits = rows.map(({ event: { action, outcome, reason, severity, resource, actor, correlationId, ip } }) =>
    ({ action, outcome, reason, severity, resource, actor, correlationId, ip }));
  return { ...counted.rows[0], audits };
}
const event = (outcome: string, reason: string | null, severity: string, id: unknown = null, sub = writer.sub) => ({
  action: 'note.add', outcome, reason, severity, resource: { type: 'Note', id }, correlationId: 'test-correlation', ip: '127.0.0.1',
  actor: sub === null ? { kind: 'anonymous', id: null } : { kind: 'user', id: encodeId('user', sub) },
});
const anId = expect.stringMatching(/^note_[0-9a-z]{26}$/);

beforeAll(async () => {
  subgraph = await bootSubgraph(probe);
  admin = new Client({ connectionString: subgraph.database.adminUrl });
  await admin.connect();
});
beforeEach(() => admin.query('truncate probe.note, probe.tag, probe.outbox, probe.audit_staging, probe.platform_audit_staging'));
afterAll(async () => {
  await admin?.end();
  await subgraph?.close();
});

describe('a mutation', () => {
  it('that succeeds: change, event and audit', async () => {
    const { data, errors } = await add('hello');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ noteAdd: { note: { id: anId, text: 'hello' }, userErrors: [] } });
    const { id } = (data as { noteAdd: { note: { id: string } } }).noteAdd.note;
    expect(await left()).toEqual({ notes: 1, outbox: 1, audits: [event('SUCCESS', null, 'INFO', id)] });
  });

  it('that is refused: data, and an audit event alone', async () => {
    expect(await add('refuse')).toEqual({ data: { noteAdd: { note: null, userErrors: [
      { __typename: 'InputInvalid', message: 'No.', code: 'BAD_USER_INPUT', field: ['input', 'text'] }] } } });
    expect(await left()).toEqual({ notes: 0, outbox: 0, audits: [event('FAILURE', 'BAD_USER_INPUT', 'WARNING', anId)] });
  });

  it('that the rule denies', async () => {
    const clerk = person(TENANT, ['note:read']);
    expect(await add('hello', clerk)).toMatchObject({ data: { noteAdd: null }, errors: [{ path: ['noteAdd'], extensions: { code: 'FORBIDDEN', permission: 'note:write' } }] });
    expect(await left()).toEqual({ notes: 0, outbox: 0, audits: [event('DENIED', 'FORBIDDEN', 'WARNING', null, clerk.sub)] });
  });

  it('that the service denies', async () => {
    expect(await add('forbid')).toMatchObject({ data: { noteAdd: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await left()).toEqual({ notes: 0, outbox: 0, audits: [event('DENIED', 'FORBIDDEN', 'WARNING', anId)] });
  });

  it('of nobody: none, so that nobody fills the trail from outside', async () => {
    expect(await subgraph.ask(ADD, { text: 'hello' })).toMatchObject({ data: { noteAdd: null }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await left()).toEqual({ notes: 0, outbox: 0, audits: [] });
    expect((await left('platform_audit_staging')).audits).toEqual([]);
  });

  it('that fails: masked, rolled back, and recorded as our fault', async () => {
    expect(await add('explode')).toEqual({ data: { noteAdd: null }, errors: [masked] });
    expect(await left()).toEqual({ notes: 0, outbox: 0, audits: [event('FAILURE', 'INTERNAL', 'ERROR', anId)] });
  });

  it('that fails after its change: both are recorded', async () => {
    expect(await add('explode-late')).toEqual({ data: { noteAdd: null }, errors: [masked] });
    const found = await left();
    expect([found.notes, found.audits]).toEqual([1, [event('SUCCESS', null, 'INFO', anId), event('FAILURE', 'INTERNAL', 'ERROR', anId)]]);
  });

  it('that changes nothing is still an event', async () => {
    expect(await add('nothing')).toEqual({ data: { noteAdd: { note: null, userErrors: [] } } });
    expect(await left()).toEqual({ notes: 0, outbox: 0, audits: [event('SUCCESS', null, 'INFO')] });
  });

  it('is one of several: each with its own outcome, in their order', async () => {
    const field = (alias: string, text: string): string => `${alias}: noteAdd(input: { text: "${text}" }) { note { text } userErrors { code } }`;
    const { data, errors } = await subgraph.ask(`mutation { ${field('a', 'one')} ${field('b', 'refuse')} ${field('c', 'explode')} ${field('d', 'two')} }`, {}, writer);
    expect(data).toEqual({
      a: { note: { text: 'one' }, userErrors: [] }, b: { note: null, userErrors: [{ code: 'BAD_USER_INPUT' }] }, c: null, d: { note: { text: 'two' }, userErrors: [] } });
    expect(errors).toEqual([{ ...masked, path: ['c'] }]);
    const found = await left();
    expect(found.audits.map((audit) => audit['outcome'])).toEqual(['SUCCESS', 'FAILURE', 'FAILURE', 'SUCCESS']);
    expect([found.notes, found.outbox]).toEqual([2, 2]);
  });
});
