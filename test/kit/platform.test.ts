// The kit's platform carries a message the whole way.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { bootPlatform, type TestPlatform } from './platform.js';

let platform: TestPlatform;
beforeAll(async () => { platform = await bootPlatform(); });
afterAll(() => platform.stop());

it('is healthy, signs people in and takes a webhook', async () => {
  expect((await fetch(`${platform.url}/api/health`)).status).toBe(200);
  const token = await platform.signIn('agent@demo.test');
  const viewer = readSchemaFile('operations/viewer.graphql');
  expect((await platform.ask(viewer, {}, token)).data).toMatchObject({ viewer: { user: { email: 'agent@demo.test' } } });
  expect((await platform.ask(viewer)).errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
  expect((await platform.deliver('Ciao')).status).toBe(200);
});

it('refuses to invent a session', async () => {
  await expect(platform.signIn('nobody@demo.test')).rejects.toThrow('No session for nobody@demo.test');
});
