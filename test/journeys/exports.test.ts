// From outside: a list of the graph over two subgraphs becomes a workbook, followed and downloaded by whoever asked; nobody else gets it, and a right that was taken ends it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { Client } from 'pg';
import readXlsx from 'read-excel-file/node';
import { WebSocket } from 'ws';
import { demoIdentityFacts } from '../../ops/demo/demo.facts.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import { HttpGraphClient } from '../../workers/graph/graph.client.js';
import { withServices } from '../contract/crossing.world.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

const PEOPLE = 'query People($first: Int, $after: String) { conversations(first: $first, after: $after) { nodes { id lastActivityAt contact { name customer { id } } } } }';
const CREATE = 'mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } userErrors { __typename message } } }';
/** No worker finds them until it is said. */
const HOLD = `update compliance.data_export set due_at = now() + interval '1 hour' where state = 'QUEUED'`;
interface Exported { id: string; state: string; rows: string; url: string | null; error: string | null }

let platform: TestPlatform;
let owner: string;
let rival: string;
let admin: Client;
beforeAll(async () => {
  platform = await bootPlatform();
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  [owner, rival] = await Promise.all([platform.signIn('owner@demo.test'), platform.signIn('owner@rival.test')]);
});
afterAll(async () => {
  await admin?.end();
  await platform?.stop();
});

async function create(input: Record<string, unknown>, token: string): Promise<string> {
  const { data, errors } = await platform.ask(CREATE, { input: { format: 'XLSX', ...input } }, token);
  const payload = data?.['exportCreate'] as { export: { id: string } | null } | undefined;
  if (!payload?.export) throw new Error(JSON.stringify({ data, errors }));
  return payload.export.id;
}
const exportOf = async (id: string, token: string): Promise<Exported | null> =>
  (await platform.ask('query ($id: ID!) { export(id: $id) { id state rows url error } }', { id }, token)).data?.['export'] as Exported | null;

it('walks the list as the owner reads it, tells how it comes on, and hands the file to the owner alone', async () => {
  for (const name of ['Ada', 'Bea', '=Cid']) await platform.deliver('hello', { from: `1555000${name.length}${name.charCodeAt(0)}${name.charCodeAt(1)}`, name });
  const conversations = async () => ((await platform.ask(PEOPLE, { first: 100 }, owner)).data?.['conversations'] as { nodes: { contact: { name: string; customer: { id: string } | null } }[] }).nodes;
  await until(async () => (await conversations()).length >= 3, 'people have written', 15_000);
  const { data } = await platform.ask('query { conversations(first: 100) { nodes { contact { id name } } } }', {}, owner);
  const ada = (data?.['conversations'] as { nodes: { contact: { id: string; name: string } }[] }).nodes.find(({ contact }) => contact.name === 'Ada');
  const made = await platform.ask('mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } } }', { input: { name: 'Ada' } }, owner);
  const { customer } = made.data?.['customerCreate'] as { customer: { id: string } };
  await platform.ask('mutation ($input: CustomerContactLinkInput!) { customerContactLink(input: $input) { userErrors { code } } }', { input: { customerId: customer.id, contactId: ada?.contact.id } }, owner);
  const read = await conversations();
  const expected = read.map(({ contact }) => contact.name);
  const client = createClient({ url: platform.wsUrl, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${owner}` } });
  const id = await create({ operation: PEOPLE, title: 'People', timeZone: 'Europe/Rome', idempotencyKey: 'people', columns: [{ path: 'contact.name', heading: 'Name' }, { path: 'lastActivityAt' }, { path: 'contact.customer.id' }] }, owner);
  await admin.query(HOLD);
  const states: string[] = [];
  await new Promise<void>((resolve, reject) => {
    // A cursor that nobody gave: the word that it is unknown says that the feed stands, and lets the workers begin.
    const query = `subscription ($id: ID!) { exportProgress(id: $id, after: "bm9uc2Vuc2U") { cursor ... on ExportFeedGap { reason } ... on ExportProgressed { export { state rows } } } }`;
    client.subscribe<{ exportProgress: { reason?: string; export?: Exported } }>({ query, variables: { id } }, {
      next: ({ data }) => {
        const { reason, export: shown } = data?.exportProgress ?? {};
        states.push(reason ?? shown?.state ?? '');
        if (reason) void admin.query(`update compliance.data_export set due_at = now() where state = 'QUEUED'`).then(async () => {
          if ((await exportOf(id, owner))?.state !== 'READY') return;
          // A worker was quicker than the word that it should wait.
          states.push('READY');
          resolve();
        }).catch(reject);
        if (shown?.state === 'READY') resolve();
      },
      error: reject, complete: () => undefined,
    });
  });
  client.terminate();
  expect([states[0], states.at(-1)]).toEqual(['UNKNOWN_CURSOR', 'READY']);
  const { url, rows } = (await exportOf(id, owner)) as Exported;
  expect([rows, await exportOf(id, rival)]).toEqual([String(expected.length), null]);
  const response = await fetch(`${platform.url}${url}`);
  const [sheet] = await readXlsx(Buffer.from(await response.arrayBuffer()));
  expect([response.status, sheet?.sheet, sheet?.data.map(([name]) => name)]).toEqual([200, 'People', ['Name', ...expected]]);
  expect(sheet?.data.slice(1).every(([, at]) => at instanceof Date)).toBe(true);
  expect(sheet?.data.slice(1).map(([, , id]) => id ?? null)).toEqual(read.map(({ contact }) => contact.customer?.id ?? null));
  expect(read.filter(({ contact }) => contact.customer?.id === customer.id)).toHaveLength(1);
}, 60_000);

it('stops when the person may not read it any more', async () => {
  const token = await platform.signIn('admin@demo.test');
  try {
    const id = await create({ operation: PEOPLE, format: 'CSV', idempotencyKey: 'gone' }, token);
    await admin.query(HOLD);
    await admin.query(`update identity.membership set status = 'SUSPENDED' where user_id = (select requester_id from compliance.data_export where idempotency_key = 'gone')`);
    await admin.query(`update compliance.data_export set due_at = now() where state = 'QUEUED'`);
    await until(async () => (await exportOf(id, owner))?.state === 'FAILED', 'the export has stopped', 15_000);
    expect(await exportOf(id, owner)).toMatchObject({ error: 'RIGHTS_REVOKED', url: null });
  } finally {
    await admin.query(`update identity.membership set status = 'ACTIVE' where status = 'SUSPENDED'`);
  }
}, 30_000);

it('lets workers read for somebody who may, and change nothing', async () => {
  const [home, foreign] = demoIdentityFacts.tenants;
  const delegate = { kind: 'user', id: home?.people[0]?.userId ?? '', tenant: home?.tenantId ?? '', ip: '127.0.0.1', userAgent: null } as const;
  await withServices(identity, platform.database, async ({ delegations }) => {
    const asked = { delegate, permission: 'data:export', query: '{ conversations(first: 1) { nodes { id } } }', variables: {}, correlationId: 'journey' };
    const graph = new HttpGraphClient(delegations, () => platform.url);
    expect(await graph.query(asked)).toMatchObject({ errors: [], data: { conversations: { nodes: [{ id: expect.any(String) }] } } });
    const write = await graph.query({ ...asked, query: 'mutation { presenceUpdate(input: { status: AWAY }) { userErrors { code } } }' });
    expect(write?.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    for (const nobody of [{ ...asked, permission: 'moon:land' }, { ...asked, delegate: { ...delegate, tenant: foreign?.tenantId ?? '' } }]) expect(await graph.query(nobody)).toBeNull();
    // What says it acts for the owner elsewhere was not made by that tenant's key.
    const [body = '', mac = ''] = (await delegations.issue(delegate, 'data:export') ?? '').split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const forged = [`${Buffer.from(JSON.stringify({ ...claims, tenant: foreign?.tenantId })).toString('base64url')}.${mac}`, `${body}.${'A'.repeat(43)}`, 'nonsense.nonsense'];
    for (const token of forged) {
      const answer = await new HttpGraphClient({ issue: async () => token }, () => platform.url).query(asked);
      expect(answer).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'invalid' } }] });
    }
  });
}, 30_000);
