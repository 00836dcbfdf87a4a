// For tests of the gateway: the schemas and resolvers of two tiny subgraphs.
import { EventEmitter, on } from 'node:events';
import type { Actor } from '../subgraphs/kernel/base/actor.js';
import { forbidden } from '../subgraphs/kernel/base/errors.js';
import { World } from './world.fixture.js';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: ["@key", "@external", "@inaccessible"])`;

const PEOPLE = `${LINK}
  interface Node { id: ID! }
  type Query {
    person(id: ID!): Person
    caller: Caller!
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    broken: String
    guarded: String
    echo(level: Level!): Level
  }
  type Mutation { rename(id: ID!, name: String!): Person lock(id: ID!): Person }
  type Subscription {
    renamed(id: ID!): Person
    ticks(count: Int!, bytes: Int): Tick!
    entries(after: String): Entry
    refused: String
    failing: String
  }
  enum Level { LOW HIGH }
  type Entry { cursor: String! person: Person }
  type Tick { index: Int! padding: String! }
  type Caller { kind: String! tenant: ID permissions: [String!]! }
  type Person implements Node @key(fields: "id") { id: ID! name: String! friend: Person }
  type Parcel implements Node @key(fields: "nodeKey") { nodeKey: ID! @inaccessible id: ID! @external }
`;

const SHOP = `${LINK}
  interface Node { id: ID! }
  type Query { orderCount: Int! slow(milliseconds: Int!): String }
  type Person @key(fields: "id") { id: ID! orders: [Order!] askedBy: ID }
  type Order { number: Int! }
  type Parcel implements Node @key(fields: "nodeKey") { nodeKey: ID! @inaccessible id: ID! weight: Int }
`;

interface Context {
  actor: Actor;
}

export function startWorld(): World {
  const names = new Map([['1', 'Ada'], ['2', 'Ben']]);
  const emitter = new EventEmitter().setMaxListeners(0);
  const person = (id: string) => (names.has(id) ? { __typename: 'Person', id, name: () => names.get(id) } : null);
  const node = (id: string) => (id.startsWith('parcel') ? { __typename: 'Parcel', nodeKey: id } : person(id));
  const people = {
    Query: {
      person: (_: unknown, { id }: { id: string }) => person(id),
      caller: (_: unknown, _args: unknown, { actor }: Context) => actor,
      node: (_: unknown, { id }: { id: string }) => node(id),
      nodes: (_: unknown, { ids }: { ids: string[] }) => ids.map(node),
      broken: () => { throw new Error('password=hunter2 in a stack trace'); },
      guarded: () => { throw forbidden('person:read'); },
      echo: (_: unknown, { level }: { level: string }) => level,
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => {
        names.set(id, name);
        emitter.emit(`renamed ${id}`, { renamed: { __typename: 'Person', id, name } });
        return person(id);
      },
      lock: () => { throw forbidden('person:lock'); },
    },
    Subscription: {
      renamed: { subscribe: (_: unknown, { id }: { id: string }) => unwrapped(on(emitter, `renamed ${id}`)) },
      ticks: { subscribe: (_: unknown, { count, bytes }: { count: number; bytes?: number }) => ticks(count, bytes ?? 0) },
      refused: { subscribe: () => { throw forbidden('person:watch'); } },
      failing: { subscribe: () => failing() },
    },
    Person: {
      __resolveReference: ({ id }: { id: string }) => person(id),
      friend: ({ id }: { id: string }) => person(id === '1' ? '2' : '1'),
    },
  };
  const shop = {
    Query: {
      orderCount: () => 3,
      slow: async (_: unknown, { milliseconds }: { milliseconds: number }) => {
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        return 'done';
      },
    },
    Person: {
      orders: ({ id }: { id: string }) => (id === '1' ? [{ number: 11 }, { number: 12 }] : []),
      askedBy: (_: unknown, _args: unknown, { actor }: Context) => actor.sub,
    },
    Parcel: {
      __resolveReference: ({ nodeKey }: { nodeKey: string }, { actor }: Context) =>
        nodeKey === 'parcel-of-another-tenant' || actor.tenant === null ? null : { nodeKey, id: nodeKey, weight: 7 },
    },
  };
  return new World(
    { people: { sdl: PEOPLE, resolvers: people }, shop: { sdl: SHOP, resolvers: shop } }, emitter,
  );
}

async function* unwrapped(events: AsyncIterable<unknown[]>): AsyncGenerator<unknown> {
  for await (const [event] of events) yield event;
}

async function* ticks(count: number, bytes: number): AsyncGenerator<unknown> {
  for (let index = 0; index < count; index += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    yield { ticks: { index, padding: 'x'.repeat(bytes) } };
  }
}

async function* failing(): AsyncGenerator<unknown> {
  yield { failing: 'first' };
  throw new Error('connection to 10.0.0.7 lost');
}

