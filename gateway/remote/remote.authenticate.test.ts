// What identity says of a caller arrives whole where it is another process: also that their tenant is shut.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { apiKeyHash } from '../../subgraphs/kernel/base/api-key.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { TENANT, type World } from '../world.fixture.js';
import { serveWorld, type ServedWorld } from './served-world.fixture.js';

let world: World;
let served: ServedWorld;
beforeAll(async () => {
  world = startWorld();
  served = await serveWorld(world);
});
afterAll(async () => {
  await world.stop();
  await served.stop();
});

it.each([{}, { closed: 'SUSPENDED' }, { closed: 'DELETING' }] as const)('of a session, a key and a delegate of a tenant that is %o', async (closed) => {
  const { session } = await world.signIn();
  const { key } = world.issueKey();
  const [person, machine] = [world.sessions.get(session), world.apiKeys.get(key)];
  if (!person?.ok || !machine?.ok) throw new Error('Nobody is signed in.');
  world.sessions.set(session, { ...person, ...closed });
  world.apiKeys.set(key, { ...machine, ...closed });
  world.delegations.set('delegate', {
    ok: true, sub: person.sub, apiKey: null, tenant: TENANT, permissions: ['person:read'], ip: null, userAgent: null, expiresAt: person.expiresAt, ...closed,
  });
  expect(await served.authenticate.session(session)).toEqual({ ...person, ...closed });
  expect(await served.authenticate.apiKey(apiKeyHash(key), null)).toEqual({ ...machine, ...closed });
  expect(await served.authenticate.delegation('delegate')).toEqual(world.delegations.get('delegate'));
});
