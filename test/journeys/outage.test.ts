// A subgraph that is down costs its own fields and nothing else: the inbox does not go blank.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DEMO_CONTACT } from '../../ops/demo/demo.facts.js';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

interface Listed { nodes: { contact: { name: string; customer: unknown }; lastMessage: { text: string } }[] }

let platform: TestPlatform;
let admin: Client;
let agent: string;

beforeAll(async () => {
  platform = await bootPlatform();
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  agent = await platform.signIn('agent@demo.test');
  await platform.deliver('Are you open?');
});
afterAll(async () => {
  await admin?.end();
  await platform?.stop();
});

const list = () => platform.ask(operation('conversation-list'), {}, agent);
const nodes = (answer: Awaited<ReturnType<typeof list>>) => (answer.data?.['conversations'] as Listed | null)?.nodes ?? [];

/** Locks one subgraph out of its tables, as a broken database would. */
const identity = (verb: 'revoke usage on schema identity from' | 'grant usage on schema identity to') => admin.query(`${verb} switchboard_identity`);
const commerce = (verb: 'revoke usage on schema commerce from' | 'grant usage on schema commerce to') => admin.query(`${verb} switchboard_commerce`);

describe('while commerce cannot read its database', () => {
  it('conversations answer without customers, with an error that says which field, and recover by themselves', async () => {
    await until(async () => nodes(await list()).length === 1, 'the message is listed');
    const healthy = await list();
    expect(healthy.errors).toBeUndefined();
    expect(nodes(healthy)[0]?.contact.customer).not.toBeNull();

    await commerce('revoke usage on schema commerce from');
    const degraded = await list();
    expect(nodes(degraded)).toMatchObject([{ contact: { name: DEMO_CONTACT.name, customer: null }, lastMessage: { text: 'Are you open?' } }]);
    expect(degraded.errors?.length).toBeGreaterThan(0);
    expect(degraded.errors?.[0]).toMatchObject({ extensions: { code: 'INTERNAL', reference: expect.any(String) } });
    expect(JSON.stringify(degraded.errors)).not.toMatch(/commerce\.|permission denied|stack/);

    await commerce('grant usage on schema commerce to');
    expect(await list()).toEqual(healthy);
  });
});

describe('while identity cannot read its database', () => {
  it('nobody is taken for anonymous: calls are refused with 503, until it can again', async () => {
    const status = async (): Promise<number> => (await fetch(`${platform.url}/graphql`, {
      method: 'POST', body: JSON.stringify({ query: '{ inboxes { nodes { id } } }' }), headers: { 'content-type': 'application/json', authorization: `Bearer ${agent}` },
    })).status;
    expect(await status()).toBe(200);
    await identity('revoke usage on schema identity from');
    await until(async () => await status() === 503, 'what was known is not believed any more');
    expect(await list()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL', reference: expect.any(String) } }] });
    await identity('grant usage on schema identity to');
    await until(async () => await status() === 200, 'it recovers by itself');
  });
});
