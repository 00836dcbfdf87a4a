// A gateway whose key the subgraphs do not believe says so when it starts, and is not ready.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveWorld, type ServedWorld } from '../../gateway/remote/served-world.fixture.js';
import { startWorld } from '../../gateway/two-subgraphs.fixture.js';
import type { World } from '../../gateway/world.fixture.js';
import { generateActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { subgraphNames } from '../rover.file.js';
import { Started } from '../started.js';
import { startGatewayRole } from './gateway.role.js';

let world: World;
let served: ServedWorld;
beforeAll(async () => {
  world = startWorld();
  served = await serveWorld(world);
});
afterAll(async () => {
  await served.stop();
  await world.stop();
});

/** What a gateway with this key says of itself; every subgraph's URL leads to the same listener. */
async function readiness(key: typeof world.actorKeys.privateKey): Promise<{ status: number; checks: { name: string; ok: boolean; detail?: string }[] }> {
  const names = subgraphNames();
  const config = readConfig({
    PORT: '0', SWITCHBOARD_ACTOR_KEY: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ...Object.fromEntries(names.map((name) => [`${name.toUpperCase()}_URL`, served.listeners.shop.url])),
  }, names);
  const started = new Started();
  try {
    const url = await startGatewayRole({ config, logger: world.logger, started }, () => false);
    const answer = await fetch(new URL('/api/ready', url));
    const { checks } = await answer.json() as { checks: { name: string; ok: boolean; detail?: string }[] };
    return { status: answer.status, checks };
  } finally {
    await started.stop();
  }
}

describe('the gateway', () => {
  it('is ready when its key fits what subgraphs hold', async () => {
    expect(await readiness(world.actorKeys.privateKey)).toMatchObject({ status: 200, checks: [{ name: 'subgraphs', ok: true }] });
  });

  it('is not ready with another key, names the subgraphs that do not believe it, and logs them', async () => {
    const { status, checks } = await readiness(generateActorKeys().privateKey);
    expect([status, checks[0]]).toMatchObject([503, { name: 'subgraphs', ok: false }]);
    expect(checks.slice(1).map(({ name, detail }) => [name, detail?.includes('SWITCHBOARD_ACTOR_PUBLIC_KEY')])).toEqual(subgraphNames().map((name) => [name, true]));
    expect(world.logged.join('')).toContain('it does not believe this gateway');
  });
});
