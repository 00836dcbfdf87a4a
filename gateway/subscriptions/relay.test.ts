// Relay's network layer over a socket: what the client of a React application does between its store and this server.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, type World } from '../world.fixture.js';

/** What is used of it; the package has no types of its own. */
interface RelayRuntime {
  Environment: new (config: { network: unknown; store: unknown }) => object;
  Network: { create(fetch: () => unknown, subscribe: (operation: { text: string; name: string }, variables: Record<string, unknown>) => unknown): unknown };
  Observable: { create(source: (sink: Sink) => () => void): unknown };
  RecordSource: new () => object;
  Store: new (source: object) => object;
  requestSubscription(environment: object, config: { subscription: object; variables: object; onNext: (data: unknown) => void; onError: (error: Error) => void }): { dispose(): void };
}
interface Sink { next(value: unknown): void; error(error: unknown): void; complete(): void }

const relay = createRequire(import.meta.url)('relay-runtime') as RelayRuntime;

const field = (name: string) => ({ kind: 'ScalarField', alias: null, args: null, name, storageKey: null });
const selections = [{
  kind: 'LinkedField', alias: null, args: [{ kind: 'Literal', name: 'id', value: '1' }], concreteType: 'Person', name: 'renamed', plural: false, storageKey: 'renamed(id:"1")',
  selections: [field('id'), field('name')],
}];
/** As Relay's compiler writes one. */
const RENAMED = {
  kind: 'Request',
  fragment: { kind: 'Fragment', name: 'Renamed', type: 'Subscription', metadata: null, abstractKey: null, argumentDefinitions: [], selections },
  operation: { kind: 'Operation', name: 'Renamed', argumentDefinitions: [], selections },
  params: { id: null, cacheID: 'renamed', metadata: {}, name: 'Renamed', operationKind: 'subscription', text: 'subscription Renamed { renamed(id: "1") { id name } }' },
};

let world: World;
let gateway: Gateway;
beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway();
});
afterAll(() => world.stop());

it('hands every event to the store, in order, and leaves when it is disposed of', async () => {
  const { authorization } = await world.signIn();
  const client = world.socket(gateway, { authorization });
  const network = relay.Network.create(
    () => { throw new Error('Nothing is fetched here.'); },
    ({ text, name }, variables) => relay.Observable.create((sink) => client.subscribe({ query: text, operationName: name, variables }, sink)),
  );
  const environment = new relay.Environment({ network, store: new relay.Store(new relay.RecordSource()) });
  const heard: unknown[] = [];
  const { dispose } = relay.requestSubscription(environment, { subscription: RENAMED, variables: {}, onNext: (data) => heard.push(data), onError: (error) => heard.push(error) });
  const until = async (condition: () => boolean): Promise<void> => {
    for (const end = Date.now() + 5_000; !condition() && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 10));
    expect([condition(), heard]).toEqual([true, heard]);
  };
  await until(() => world.emitter.listenerCount('renamed 1') === 1);
  for (const name of ['Ann', 'Amy']) await ask(gateway, 'mutation ($name: String!) { rename(id: "1", name: $name) { name } }', { variables: { name } });
  await until(() => heard.length === 2);
  expect(heard).toEqual(['Ann', 'Amy'].map((name) => ({ renamed: { id: '1', name } })));
  dispose();
  await until(() => world.live.size === 0);
});
