// A tenant from its registration to the scan that finds nothing: suspended, opened, deleted, kept, deleted, handed all it had and erased, through the whole product.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { Client, Pool } from 'pg';
import { WebSocket } from 'ws';
import { DEMO_INBOX, DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { placesOf } from '../../ops/places.js';
import { runDemoRole } from '../../ops/roles/demo.role.js';
import { scanTenant } from '../../ops/scan-tenant.js';
import { Started } from '../../ops/started.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { destroyKeys } from '../../subgraphs/kernel/crypto/destroy.js';
import { eraseTenantRows } from '../../subgraphs/kernel/data/tenant-rows.js';
import { tokenIn } from '../kit/identity.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { unzip } from '../kit/unzip.js';
import { bootPlatform, type GraphAnswer, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

const [LUNA, PASSWORD] = ['luna@osteria.test', 'four words in a row'];
const CONVERSATIONS = '{ conversations { nodes { id } } }';

let dataDir: string;
let platform: TestPlatform;
let admin: Client;
/** Access tokens. Luna registers; the others are of the demo: Aurora works, the rival is the one nothing may happen to. */
let [root, owner, agent, rival, luna] = ['', '', '', '', ''];
let [aurora, osteria, apiKey] = ['', '', ''];
let closed: Promise<{ code: number; reason: string }>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'switchboard-life-'));
  platform = await bootPlatform({ config: { publicUrl: 'https://app.life.test', dataDir } });
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  [root, owner, agent, rival] = await Promise.all(['root@demo.test', 'owner@demo.test', 'agent@demo.test', 'owner@rival.test'].map((email) => platform.signIn(email))) as [string, string, string, string];
});
afterAll(async () => {
  await admin?.end();
  await platform?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function call(field: string, select: string, input: Record<string, unknown>, by?: string): Promise<Record<string, unknown>> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await platform.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, by);
  if (errors || !data?.[field]) throw new Error(`${field}: ${JSON.stringify(errors)}`);
  return data[field] as Record<string, unknown>;
}
const reasonOf = ({ errors }: GraphAnswer): unknown => errors?.[0]?.extensions?.['reason'] ?? errors?.[0]?.extensions?.['code'] ?? null;
const reason = async (by: string, query = CONVERSATIONS): Promise<unknown> => reasonOf(await platform.ask(query, {}, by));
const becomes = (by: string, wanted: string | null): Promise<void> => until(async () => await reason(by) === wanted, `the answer is ${String(wanted)}`);
const login = async (email: string, password = 'switchboard-demo-only') => call('login', 'session { accessToken }', { email, password });
const keyReason = async (): Promise<unknown> => reasonOf(await (await fetch(`${platform.url}/graphql`, {
  method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': apiKey }, body: JSON.stringify({ query: CONVERSATIONS }),
})).json() as GraphAnswer);
const stored = async (text: string): Promise<boolean> => (await admin.query('select from conversations.message where text = $1', [text])).rowCount === 1;
const tenantId = async (by: string): Promise<string> => ((await platform.ask('{ tenant { id } }', {}, by)).data?.['tenant'] as { id: string } | null)?.id ?? '';
const uuid = (id: string): string => decodeId('tnt', id) ?? '';
const files = async (kind = 'audit-exports'): Promise<string[]> => (await readdir(join(dataDir, 'files', kind, uuid(aurora))).catch(() => [] as string[]));
/** Rows by table, of tables that have any. */
const scanned = async (id: string) => (await scanTenant(readConfig({ NODE_ENV: 'test' }), platform.database.adminUrl, uuid(id))).filter(({ rows }) => rows > 0);

interface Manifest { tenant: string; subgraphs: { subgraph: string; withheld: Record<string, string>; tables: { table: string; rows: number; file?: string; sha256?: string }[] }[] }

/** Resolves once the server has taken the socket. */
const openSocket = (accessToken: string): Promise<Promise<{ code: number; reason: string }>[]> => new Promise((taken, failed) => {
  const ended = new Promise<{ code: number; reason: string }>((resolve) => {
    createClient({
      url: platform.wsUrl, webSocketImpl: WebSocket, lazy: false, retryAttempts: 0, connectionParams: { authorization: `Bearer ${accessToken}` }, onNonLazyError: () => undefined,
      on: { connected: () => taken([ended]), closed: (event) => resolve(event as { code: number; reason: string }), error: failed },
    });
  });
});

describe('the life of a tenant', () => {
  it('begins with a registration', async () => {
    await call('accountRegister', 'registered', { email: LUNA, displayName: 'Luna', organizationName: 'Osteria Luna' });
    await until(async () => (await platform.mails(LUNA)).length > 0, 'the mail has come');
    await call('accountEmailVerify', 'verified', { token: tokenIn((await platform.mails(LUNA))[0]?.text ?? ''), password: PASSWORD });
    luna = ((await login(LUNA, PASSWORD))['session'] as { accessToken: string }).accessToken;
    await until(async () => (osteria = await tenantId(luna)) !== '', 'tenancy has the tenant');
    expect((await platform.ask(`{ tenant(id: "${osteria}") { name state } }`, {}, root)).data).toEqual({ tenant: { name: 'Osteria Luna', state: 'ACTIVE' } });
  });

  it('is work: conversations, keys, exports', async () => {
    aurora = await tenantId(owner);
    expect((await platform.deliver('before')).status).toBe(200);
    await until(() => stored('before'), 'the message is stored');
    apiKey = (await call('apiKeyCreate', 'secret', { name: 'Till', scopes: ['conversation:read'] }, owner))['secret'] as string;
    await call('auditExportRequest', 'auditExport { id }', { format: 'JSON_LINES', idempotencyKey: randomUUID() }, owner);
    await until(async () => (await files()).length === 1, 'the export is written', 30_000);
    expect([await reason(agent), await keyReason(), await reason(rival)]).toEqual([null, null, null]);
  });

  it('stands still while it is suspended: its people and keys are told why, and its customers are heard', async () => {
    [closed] = await openSocket(agent) as [typeof closed];
    const noticed = becomes(agent, 'TENANT_SUSPENDED');
    await call('tenantSuspend', 'tenant { state }', { tenantId: aurora, reason: 'Unpaid' }, root);
    await noticed;
    expect(await closed).toMatchObject({ code: 4403, reason: expect.stringContaining('suspended') });
    expect([await keyReason(), await reason(owner, '{ users { nodes { id } } }'), await reason(rival)]).toEqual(['TENANT_SUSPENDED', 'TENANT_SUSPENDED', null]);
    expect((await platform.ask('{ conversations { nodes { id } } }', {}, agent)).errors).toMatchObject([{ message: expect.stringMatching(/support/), extensions: { code: 'FORBIDDEN' } }]);
    expect((await platform.ask('{ viewer { tenants { name } } tenant { state suspensionReason } }', {}, agent)).data).toEqual({
      viewer: { tenants: [{ name: 'Trattoria Aurora' }] }, tenant: { state: 'SUSPENDED', suspensionReason: 'Unpaid' },
    });
    expect(await login('viewer@demo.test')).toEqual({ session: null, userErrors: [{ __typename: 'TenantSuspended', field: null }] });
    expect((await platform.deliver('while suspended')).status).toBe(200);
    await until(() => stored('while suspended'), 'the customer was heard');
  });

  it('goes on where it was', async () => {
    await call('tenantReactivate', 'tenant { state }', { tenantId: aurora }, root);
    await becomes(agent, null);
    expect([await keyReason(), (await login('viewer@demo.test'))['userErrors']]).toEqual([null, []]);
  });

  it('can be kept after all: an owner signs in to a tenant that is being deleted, and cancels', async () => {
    expect(await call('tenantDelete', 'tenant { id }', { confirmName: 'trattoria aurora' }, owner)).toEqual({ tenant: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'confirmName'] }] });
    expect(await reason(agent)).toBeNull();
    await call('tenantDelete', 'tenant { id }', { confirmName: 'Trattoria Aurora' }, owner);
    await becomes(agent, 'TENANT_DELETING');
    const again = ((await login('owner@demo.test'))['session'] as { accessToken: string }).accessToken;
    expect(await reason(again)).toBe('TENANT_DELETING');
    expect(reasonOf(await platform.ask(`mutation { tenantDeletionCancel(input: { tenantId: "${aurora}" }) { tenant { id } } }`, {}, agent))).toBe('FORBIDDEN');
    await call('tenantDeletionCancel', 'tenant { state }', { tenantId: aurora }, again);
    await becomes(agent, null);
  });

  it('hands its owner everything while there is time, and nothing of anybody else', async () => {
    await call('tenantDelete', 'tenant { id }', { confirmName: 'Trattoria Aurora' }, owner);
    await becomes(owner, 'TENANT_DELETING');
    const ask = 'mutation ($key: String!) { tenantExportRequest(input: { idempotencyKey: $key }) { tenantExport { id } userErrors { __typename } } }';
    expect(reasonOf(await platform.ask(ask, { key: randomUUID() }, agent))).toBe('FORBIDDEN');
    const before = await scanned(aurora);
    const { tenantExport: { id } } = await call('tenantExportRequest', 'tenantExport { id }', { idempotencyKey: randomUUID() }, owner) as { tenantExport: { id: string } };
    const look = async () => (await platform.ask('query ($id: ID!) { tenantExport(id: $id) { state sha256 url failure } }', { id }, owner)).data?.['tenantExport'] as { state: string; sha256: string; url: string; failure: unknown };
    await until(async () => ['READY', 'FAILED'].includes((await look()).state), 'the archive is there', 60_000);
    const { state, sha256, url } = await look();
    const steady = new Map((await scanned(aurora)).filter(({ table, rows }) => before.some((one) => one.table === table && one.rows === rows)).map(({ table, rows }) => [table, rows]));
    const response = await fetch(new URL(url, platform.url));
    const archive = Buffer.from(await response.arrayBuffer());
    expect([state, response.status, createHash('sha256').update(archive).digest('hex')]).toEqual(['READY', 200, sha256]);
    const content = await unzip(archive);
    const manifest = JSON.parse(content.get('tenant-export/manifest.json') ?? '') as Manifest;
    expect([manifest.tenant, manifest.subgraphs.map(({ subgraph }) => subgraph)]).toEqual([aurora, ['commerce', 'compliance', 'conversations', 'identity', 'tenancy']]);
    const told = new Map(manifest.subgraphs.flatMap(({ subgraph, tables }) => tables.map(({ table, rows }): [string, number] => [`${subgraph}.${table}`, rows])));
    for (const [table, rows] of steady) if (!/\.(data_key|outbox|audit_staging)$/.test(table)) expect([table, told.get(table)]).toEqual([table, rows]);
    expect([...steady.keys()]).toEqual(expect.arrayContaining(['identity.membership', 'tenancy.tenant', 'conversations.message', 'commerce.sales_order']));
    for (const { subgraph, tables } of manifest.subgraphs) {
      for (const { file, rows, sha256: wanted } of tables) {
        if (file === undefined) continue;
        const text = content.get(`tenant-export/${file}`) ?? '';
        expect([subgraph, file, createHash('sha256').update(text).digest('hex'), text.split('\n').length - 1]).toEqual([subgraph, file, wanted, rows]);
      }
    }
    const everything = [...content.values()].join('\n');
    expect(everything).toContain('while suspended');
    for (const foreign of [uuid(await tenantId(rival)), 'owner@rival.test', 'Osteria Luna', apiKey, DEMO_INBOX.appSecret, DEMO_PASSWORD]) expect(everything).not.toContain(foreign);
    const { rows: hashes } = await admin.query<{ hash: string }>('select password_hash as hash from identity.account union all select hash from identity.api_key_secret union all select refresh_hash from identity.session');
    expect(hashes.length).toBeGreaterThan(5);
    for (const { hash } of hashes) expect(everything).not.toContain(hash);
  });

  it('ends when the grace is over, in every subgraph, with a receipt', async () => {
    await call('tenantDelete', 'tenant { id }', { confirmName: 'Osteria Luna' }, luna);
    await becomes(agent, 'TENANT_DELETING');
    // Thirty days on.
    await admin.query(`update tenancy.tenant set deletion_due_at = now() where state = 'DELETING'`);
    const ERASURE = 'query ($id: ID!) { tenantErasure(tenantId: $id) { finishedAt receipts { subgraph tables { table rows } } } }';
    const erasure = async (id: string) => (await platform.ask(ERASURE, { id }, root)).data?.['tenantErasure'] as { finishedAt: string | null; receipts: { subgraph: string; tables: { table: string; rows: number }[] }[] } | null;
    for (const id of [aurora, osteria]) await until(async () => typeof (await erasure(id))?.finishedAt === 'string', `${id} is erased`, 30_000);
    const { receipts } = await erasure(aurora) ?? { receipts: [] };
    expect(receipts.map(({ subgraph }) => subgraph)).toEqual(['commerce', 'compliance', 'conversations', 'identity', 'tenancy']);
    const rows = (subgraph: string, table: string) => receipts.find((one) => one.subgraph === subgraph)?.tables.find((one) => one.table === table)?.rows;
    expect([rows('identity', 'membership'), rows('tenancy', 'tenant'), rows('conversations', 'message'), rows('commerce', 'sales_order'), rows('compliance', 'audit_export')]).toEqual([5, 1, 2, 3, 1]);
    expect(rows('conversations', 'data_key')).toBe(1);
    expect(await reason(rival, `{ tenantErasure(tenantId: "${aurora}") { finishedAt } }`)).toBe('FORBIDDEN');
    const told = async () => ((await platform.ask('{ auditEvents(filter: { action: "tenant.erase" }) { nodes { resource { id } after } } }', {}, root)).data?.['auditEvents'] as { nodes: { resource: { id: string }; after: unknown }[] }).nodes;
    await until(async () => (await told()).length === 2, 'the receipts are in the platform\'s trail');
    expect((await told()).find(({ resource }) => resource.id === aurora)?.after).toMatchObject({ receipts: expect.arrayContaining([{ subgraph: 'tenancy', tables: expect.arrayContaining([{ table: 'tenant', rows: 1 }]) }]) });
  });

  it('leaves nothing but the log, and nobody who could come back', async () => {
    const config = readConfig({ NODE_ENV: 'test' });
    const scan = async (id: string) => (await scanTenant(config, platform.database.adminUrl, uuid(id))).filter(({ rows }) => rows > 0);
    const left = async (id: string) => (await scan(id)).filter(({ kept }) => kept === null);
    for (const id of [aurora, osteria]) {
      await until(async () => (await left(id)).length === 0, 'what was said last is passed on', 60_000);
      expect((await scan(id)).map(({ table }) => table)).toContain('compliance.audit_event');
    }
    expect(await files('tenant-exports')).toEqual([]);
    expect([await files(), await reason(agent), await reason(luna), await keyReason(), (await platform.deliver('after')).status]).toEqual([[], 'invalid', 'invalid', 'invalid', 404]);
    for (const [email, password] of [['owner@demo.test', undefined], [LUNA, PASSWORD]] as const) expect(await login(email, password)).toMatchObject({ userErrors: [{ __typename: 'InvalidCredentials' }] });
    expect((await admin.query(`select email from identity.account order by email`)).rows).toEqual([{ email: 'owner@rival.test' }, { email: 'root@demo.test' }]);
  });

  it('is not made again by the demo that made it', async () => {
    const started = new Started();
    const config = { ...readConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent', SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY }), databaseUrl: platform.database.adminUrl, dataDir };
    try {
      await runDemoRole({ config, logger: silentLogger, started });
    } finally {
      await started.stop();
    }
    expect((await scanned(aurora)).filter(({ kept, onItsWay }) => kept === null && !onItsWay)).toEqual([]);
    expect((await admin.query(`select email from identity.account order by email`)).rows).toEqual([{ email: 'owner@rival.test' }, { email: 'root@demo.test' }]);
  });

  it('takes nothing of another tenant, and is over however often it is ordered', async () => {
    expect(await reason(rival)).toBeNull();
    const other = uuid(await tenantId(rival));
    const count = async () => (await scanTenant(readConfig({ NODE_ENV: 'test' }), platform.database.adminUrl, other)).filter(({ rows, table }) => rows > 0 && !/audit|log_|outbox/.test(table));
    const before = await count();
    expect(before.map(({ table }) => table)).toEqual(expect.arrayContaining(['identity.membership', 'identity.session', 'tenancy.tenant']));
    const system = new Pool({ connectionString: placesOf(readConfig({ NODE_ENV: 'test' }), platform.database.adminUrl).system('identity'), max: 1 });
    try {
      expect(await eraseTenantRows(system, 'identity', uuid(aurora), { kept: {} }, (client) => destroyKeys(client, 'identity', uuid(aurora)))).toBe(false);
    } finally {
      await system.end();
    }
    expect(await count()).toEqual(before);
  });
});
