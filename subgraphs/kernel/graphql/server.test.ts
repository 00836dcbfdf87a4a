// A subgraph asked over its port: who may ask, what is masked, what a list refuses, and that nothing outlives its operation.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { lateReader, probe, type ProbeServices } from '../../../test/kit/probe.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { ACTOR_HEADER, ActorVerifier, generateActorKeys, signActor } from '../base/actor.js';
import { forbidden } from '../base/errors.js';
import { encodeId, newId } from '../base/ids.js';
import { silentLogger } from '../base/logger.js';
import type { OperationContext } from './context.js';
import { SubgraphServer, type SubgraphServerDeps } from './server.js';

const TENANT = newId();
const IDS = Array.from({ length: 3 }, () => newId()).sort();
const reader = person(TENANT, ['note:read']);
const rival = person(newId(), ['note:read']);
const noteId = encodeId('note', IDS[0] ?? '');

let subgraph: TestSubgraph<ProbeServices>;
let admin: Client;

const ENTITIES = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ... on Note { id text } } }';
const LIST = 'query ($first: Int, $after: String) { notes(first: $first, after: $after) { nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }';
const FACTS = { data: { _entities: [{ __typename: 'Note', id: noteId, text: 'note 0' }] } };
const representations = [{ __typename: 'Note', id: noteId }];

const audits = async (): Promise<{ action: string; outcome: string; reason: string }[]> =>
  (await admin.query(`select event->>'action' as action, event->>'outcome' as outcome, event->>'reason' as reason from probe.audit_staging order by id`)).rows;

beforeAll(async () => {
  subgraph = await bootSubgraph(probe);
  admin = new Client({ connectionString: subgraph.database.adminUrl });
  await admin.connect();
  for (const [index, id] of IDS.entries()) await admin.query('insert into probe.note values ($1, $2, $3)', [TENANT, id, `note ${index}`]);
});
beforeEach(() => admin.query('delete from probe.audit_staging'));
afterAll(async () => {
  await admin?.end();
  await subgraph?.close();
});

describe('_entities', () => {
  const refused = { errors: [{ message: 'This call carries no valid signed actor.', extensions: { code: 'UNAUTHENTICATED' } }] };
  const asked = (headers: Record<string, string>) => subgraph.running.port.execute({ query: ENTITIES, variables: { representations }, headers });
  const keys = generateActorKeys();

  it('answers a signed actor with the right', async () => {
    expect(await subgraph.ask(ENTITIES, { representations }, reader)).toEqual(FACTS);
  });

  it.each([
    ['no actor', {}],
    ['an unsigned one', { [ACTOR_HEADER]: Buffer.from(JSON.stringify(reader)).toString('base64url') }],
    ['one signed by another key', { [ACTOR_HEADER]: signActor(reader, keys.privateKey, new Date()) }],
    ['one without its signature', { [ACTOR_HEADER]: `${signActor(reader, keys.privateKey, new Date()).split('.')[0]}.` }],
  ])('refuses %s', async (_, headers) => {
    expect(await asked(headers)).toEqual(refused);
  });

  it('gives nothing to an actor without the right, and to one of another tenant', async () => {
    expect(await subgraph.ask(ENTITIES, { representations }, person(TENANT, []))).toMatchObject({
      data: { _entities: [null] }, errors: [{ path: ['_entities', 0], extensions: { code: 'FORBIDDEN', permission: 'note:read' } }] });
    expect(await audits()).toEqual([{ action: 'query._entities', outcome: 'DENIED', reason: 'FORBIDDEN' }]);
    expect(await subgraph.ask(ENTITIES, { representations }, rival)).toEqual({ data: { _entities: [null] } });
    expect(await subgraph.ask(ENTITIES, { representations })).toMatchObject({ data: { _entities: [null] }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('is null for an id that is none', async () => {
    const none = ['note_x', '', encodeId('conv', newId()), encodeId('note', newId())].map((id) => ({ __typename: 'Note', id }));
    expect(await subgraph.ask(ENTITIES, { representations: none }, reader)).toEqual({ data: { _entities: [null, null, null, null] } });
  });
});

describe('unions and interfaces', () => {
  it('tell their members, and a null is none', async () => {
    const query = 'query ($id: ID!) { thing(id: $id) { __typename ... on Note { id text } } anything(id: $id) { __typename id } }';
    expect(await subgraph.ask(query, { id: noteId }, reader)).toEqual({
      data: { thing: { __typename: 'Note', id: noteId, text: 'note 0' }, anything: { __typename: 'Note', id: noteId } } });
    expect(await subgraph.ask(query, { id: encodeId('note', newId()) }, reader)).toEqual({ data: { thing: null, anything: null } });
    expect(await subgraph.ask(query, { id: noteId }, rival)).toEqual({ data: { thing: null, anything: null } });
  });
});

describe('a list', () => {
  const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('goes on from its cursor to its end', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page += 1) {
      const { data } = await subgraph.ask(LIST, { first: 1, after }, reader);
      const { nodes, pageInfo } = (data as { notes: { nodes: { id: string }[]; pageInfo: Record<string, unknown> } }).notes;
      expect(pageInfo).toEqual({ startCursor: pageInfo['endCursor'], endCursor: expect.any(String), hasNextPage: page < 2, hasPreviousPage: page > 0 });
      seen.push(...nodes.map(({ id }) => id));
      after = String(pageInfo['endCursor']);
    }
    expect(seen).toEqual(IDS.map((id) => encodeId('note', id)));
    expect(await subgraph.ask(LIST, { first: 100, after }, reader)).toMatchObject({ data: { notes: { nodes: [], pageInfo: { endCursor: null, hasNextPage: false } } } });
  });

  it.each([0, -1, 101, 2_147_483_647])('refuses first: %d', async (first) => {
    expect(await subgraph.ask(LIST, { first }, reader)).toMatchObject({ data: null, errors: [
      { message: 'first must be between 1 and 100.', path: ['notes'], extensions: { code: 'BAD_USER_INPUT', field: ['first'] } }] });
  });

  it.each([['another list', cursor([1, 2])], ['another kind', cursor([7])], ['no list', cursor({ id: 1 })], ['no cursor', 'nonsense'], ['emptiness', '']])(
    'refuses a cursor of %s', async (_, after) => {
      expect(await subgraph.ask(LIST, { after }, reader)).toMatchObject({ data: null, errors: [
        { message: 'after is not a cursor of this list.', path: ['notes'], extensions: { code: 'BAD_USER_INPUT', field: ['after'] } }] });
    });
});

describe('an error', () => {
  it('of a value no scalar takes is the caller\'s, in a variable and in the document', async () => {
    const ask = (query: string, at?: string) => subgraph.ask(query, { at });
    const query = 'query ($at: DateTimeISO!) { echo(at: $at) }';
    expect(await ask(query, '2026-11-21T09:00:00.000Z')).toEqual({ data: { echo: '2026-11-21T09:00:00.000Z' } });
    for (const answer of [await ask(query, 'yesterday'), await ask(query), await ask('{ echo(at: "yesterday") }')]) {
      expect(answer.errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_USER_INPUT' }]);
      expect(answer.data ?? null).toBeNull();
    }
  });

  it('of a document that does not fit is ours and says nothing', async () => {
    for (const query of ['{ note }', '{', 'query A { notes { nodes { id } } } query B { notes { nodes { id } } }']) {
      expect(await subgraph.ask(query, {}, reader)).toEqual({ errors: [{ message: 'Internal error', extensions: { code: 'INTERNAL' } }] });
    }
  });

  it('nobody expected is masked, and what still runs beside it reads nothing more', async () => {
    const answer = await subgraph.ask('{ thing(id: "race") { __typename ... on Race { fails reads } } }', {}, reader);
    expect(answer).toEqual({ data: { thing: null }, errors: [{ message: 'Internal error', path: ['thing', 'fails'], extensions: { code: 'INTERNAL' } }] });
    lateReader.gate.resolve();
    expect(await lateReader.outcome.promise).toEqual(new Error('The operation has ended.'));
    const { pool } = subgraph.running.database;
    expect(pool.totalCount - pool.idleCount).toBe(0);
  });

  it('of a lost database is an answer, and the next question is answered again', async () => {
    const held = await subgraph.running.database.openRead({ tenant: TENANT, user: null });
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'switchboard:probe'`);
    await expect(held.close()).rejects.toThrow();
    await wait(20);
    expect(await subgraph.ask(LIST, {}, reader)).toMatchObject({ data: { notes: { nodes: [{}, {}, {}] } } });
  });
});

describe('one operation', () => {
  it('reads in one transaction, batched: ten fields cost four statements', async () => {
    const fields = Array.from({ length: 10 }, (_, index) => `f${index}: thing(id: "${encodeId('note', IDS[index % 3] ?? '')}") { ... on Note { text } }`);
    const before = subgraph.running.database.statements;
    const { errors } = await subgraph.ask(`{ ${fields.join(' ')} }`, {}, reader);
    expect(errors).toBeUndefined();
    expect(subgraph.running.database.statements - before).toBeLessThanOrEqual(4);
  });
});

describe('a subscription', () => {
  let returned = 0;
  const ticks = (records: boolean): GraphQLSchema => {
    const tick = new GraphQLObjectType({ name: 'Tick', fields: { number: { type: GraphQLInt }, hidden: { type: GraphQLInt, resolve: () => { throw forbidden('note:secret'); } } } });
    const source = { [Symbol.asyncIterator]: () => source, next: async () => ({ done: false, value: { tick: { number: 1 } } }), return: async () => { returned += 1; return { done: true, value: undefined }; } };
    return new GraphQLSchema({
      query: new GraphQLObjectType({ name: 'Query', fields: { one: { type: GraphQLInt } } }),
      subscription: new GraphQLObjectType({ name: 'Subscription', fields: { tick: { type: tick, subscribe: (_root, _args, context: OperationContext) => {
        if (records) context.granted('tick.follow', { type: 'Note', id: null });
        return source;
      } } } }),
    });
  };
  const follow = (records: boolean, deps: Partial<SubgraphServerDeps> = {}) => new SubgraphServer({
    ...subgraph.running.services.deps.unit, schemaDocument: ticks(records), verifier: new ActorVerifier(subgraph.keys.publicKey), logger: silentLogger, services: {}, ...deps,
  }).subscribe({ query: 'subscription { mine: tick { number hidden } }', variables: {}, headers: { [ACTOR_HEADER]: signActor(reader, subgraph.keys.privateKey, new Date()) } });

  it('tells what was refused in its events once, however many come', async () => {
    const stream = await follow(false);
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    for (let events = 0; events < 3; events += 1) {
      expect((await stream.next()).value).toMatchObject({ data: { mine: { number: 1, hidden: null } }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    }
    await stream.return?.();
    expect(await audits()).toEqual([{ action: 'subscription.tick', outcome: 'DENIED', reason: 'FORBIDDEN' }]);
  });

  it('whose beginning cannot be recorded gives its source back', async () => {
    const before = returned;
    await expect(follow(true, { schema: 'nowhere' })).rejects.toThrow();
    expect(returned).toBe(before + 1);
  });
});
