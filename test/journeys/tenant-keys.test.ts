// New keys for everything the product seals: no value opens elsewhere, all are sealed anew in the running product, and all of them still work.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { definitions } from '../../ops/composition.js';
import { DEMO_PASSWORD, demoIdentityFacts } from '../../ops/demo/demo.facts.js';
import { decodeBase32 } from '../../subgraphs/identity/mfa/base32.fixture.js';
import { hotp, stepOf } from '../../subgraphs/identity/mfa/totp.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { Envelope, type FieldAddress } from '../../subgraphs/kernel/crypto/envelope.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import type { SealedColumn } from '../../subgraphs/kernel/crypto/sealed-column.js';
import { Database } from '../../subgraphs/kernel/data/database.js';
import { tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { until } from '../kit/until.js';

const AURORA = demoIdentityFacts.tenants[0]?.tenantId ?? '';
const RIVAL = demoIdentityFacts.tenants[1]?.tenantId ?? '';
const columns = definitions.flatMap(({ name, sealed = [] }) => sealed.map((column) => ({ name: `${name}.${column.table}.${column.column}`, schema: name, column })));

let platform: TestPlatform;
let admin: Client;
const databases = new Map<string, Database>();
const kept = { owner: '', exportId: '', analyst: '', totp: '' };

const ask = async <Data>(operation: string, variables: Record<string, unknown>, token?: string): Promise<Data> => {
  const { data, errors } = await platform.ask(readSchemaFile(`operations/${operation}.graphql`), variables, token);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data as Data;
};

beforeAll(async () => {
  // Nobody takes mails: they wait, sealed.
  platform = await bootPlatform({ config: { smtpUrl: 'smtp://127.0.0.1:9', metaApp: { id: '1234567890', secret: 'journey-app-secret' } } });
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  for (const { name, entities } of definitions) {
    databases.set(name, await Database.open({ url: platform.database.urls.system, name, entities, maxConnections: 1, logger: silentLogger }));
  }
  // Something in every sealed column, through the public API.
  const { login: { session } } = await ask<{ login: { session: { refreshToken: string } } }>('login', { input: { email: 'owner@demo.test', password: DEMO_PASSWORD } });
  const { sessionRefresh } = await ask<{ sessionRefresh: { session: { accessToken: string } } }>('session-refresh', { input: { refreshToken: session.refreshToken } });
  kept.owner = sessionRefresh.session.accessToken;
  kept.analyst = await platform.signIn('analyst@demo.test');
  const { mfaTotpSetUp } = await ask<{ mfaTotpSetUp: { provisioning: { secret: string } } }>('mfa-totp-set-up', { input: { password: DEMO_PASSWORD } }, kept.analyst);
  kept.totp = mfaTotpSetUp.provisioning.secret;
  const { roles } = (await platform.ask('{ roles(first: 100) { nodes { id name } } }', {}, kept.owner)).data as { roles: { nodes: { id: string; name: string }[] } };
  await ask('invitation-create', { input: { email: 'new@aurora.test', roleIds: [roles.nodes.find(({ name }) => name === 'Viewer')?.id] } }, kept.owner);
  const { auditExportRequest } = await ask<{ auditExportRequest: { auditExport: { id: string } } }>('audit-export-request', { input: { format: 'CSV', idempotencyKey: randomUUID() } }, kept.owner);
  kept.exportId = auditExportRequest.auditExport.id;
  await ask('custom-integration-create', { input: { name: 'Our CRM', kind: 'CRM', url: 'https://crm.example.com/cards' } }, kept.owner);
  await ask('payment-account-create', { input: { name: 'Till', secretKey: `sk_test_${randomUUID().replaceAll('-', '')}` } }, kept.owner);
  await ask('webhook-endpoint-create', { input: { url: 'https://till.example.com/hooks' } }, kept.owner);
  // What Meta's dialogue grants is kept for an hour.
  const { inboxConnectBegin } = await ask<{ inboxConnectBegin: { url: string } }>('inbox-connect-begin', { input: { channel: 'MESSENGER' } }, kept.owner);
  const sent = async (address: string): Promise<URL> => new URL((await fetch(address, { redirect: 'manual' })).headers.get('location') ?? '');
  const callback = await sent(inboxConnectBegin.url);
  await sent(`${platform.url}${callback.pathname}${callback.search}`);
  await until(async () => (await exported()).state === 'READY', 'the export is written', 30_000);
}, 60_000);
afterAll(async () => {
  for (const database of databases.values()) await database.close();
  await admin?.end();
  await platform?.stop();
});

const exported = async () => (await ask<{ auditExport: { state: string; url: string } }>('audit-export', { id: kept.exportId }, kept.owner)).auditExport;

interface Value { tenant: string; row: string; value: Buffer; key: string }
async function valuesOf(schema: string, { table, column, row, tenant }: SealedColumn): Promise<Value[]> {
  const { rows } = await admin.query<Value>(`select ${'column' in tenant ? tenant.column : `'${tenant.platform}'::uuid`} as tenant, ${row} as row, ${column} as value,
    encode(substring(${column} from 2 for 16), 'hex')::uuid::text as key from ${schema}.${table} where ${column} is not null`);
  return rows;
}
/** What it says at this address; null when it does not open there. A new envelope each time, as another process has. */
async function opened(schema: string, address: FieldAddress, value: Buffer): Promise<string | null> {
  const envelope = new Envelope(schema, environmentMasterKey(TEST_MASTER_KEY));
  try {
    return await databases.get(schema)?.inScope(tenantScope(address.tenantId), (tx) => envelope.open(tx, address, value), { readOnly: true }) ?? null;
  } catch (error) {
    if (/authenticate|does not exist/.test((error as Error).message)) return null;
    throw error;
  }
}

describe.each(columns)('what is sealed in $name', ({ schema, column }) => {
  it('opens in its own place, and nowhere else', async () => {
    const [value] = await valuesOf(schema, column);
    if (!value) throw new Error('Nothing is sealed here: the journey has to put something there.');
    const address = { tenantId: value.tenant, table: column.table, column: column.column, row: value.row };
    expect(await opened(schema, address, value.value)).toMatch(/\S/);
    const moved: Partial<FieldAddress>[] = [{ row: randomUUID() }, { column: 'other' }, { table: 'other' }, { tenantId: RIVAL }, ...columns.filter((other) => other.column !== column)
      .map((other) => ({ table: other.column.table, column: other.column.column }))];
    for (const part of moved) expect([part, await opened(schema, { ...address, ...part }, value.value)]).toEqual([part, null]);
  });
});

describe('new keys', () => {
  it('are given to a tenant that asks, seal everything of it, and nothing stops working', async () => {
    const before = await keysOf(AURORA);
    const rival = await keysOf(RIVAL);
    const { tenantKeyRotate } = await ask<{ tenantKeyRotate: { userErrors: unknown[] } }>('tenant-key-rotate', { input: { note: 'Yearly.' } }, kept.owner);
    expect(tenantKeyRotate.userErrors).toEqual([]);
    const last = async () => (await ask<{ tenantKeyRotation: { state: string; parts: { subgraph: string; resealed: number; unreadable: number }[] } }>('tenant-key-rotation', {}, kept.owner)).tenantKeyRotation;
    await until(async () => (await last()).state === 'FINISHED', 'the rotation is finished', 30_000);
    const { parts } = await last();
    expect(parts.map(({ subgraph, unreadable }) => [subgraph, unreadable])).toEqual([['commerce', 0], ['compliance', 0], ['conversations', 0], ['identity', 0], ['tenancy', 0]]);
    for (const { resealed } of parts) expect(resealed).toBeGreaterThanOrEqual(1);
    const after = await keysOf(AURORA);
    for (const { schema, column } of columns) {
      for (const { tenant, key } of await valuesOf(schema, column)) if (tenant === AURORA) expect([schema, before.has(key), after.has(key)]).toEqual([schema, false, true]);
    }
    expect(await keysOf(RIVAL)).toEqual(rival);
    await expectAllOpen();
    expect((await fetch(platform.url + (await exported()).url)).status).toBe(200);
    expect((await platform.deliver('After the rotation.')).status).toBe(200);
  });

  it('begin by themselves for the platform, whose secrets go on to work', async () => {
    const platformKeys = async () => (await admin.query<{ id: string }>(`select id from identity.data_key where purpose = 'SEAL' and retired_at is null and tenant_id = $1
      union all select id from compliance.data_key where purpose = 'SEAL' and retired_at is null and tenant_id = $2`, [platformOf('identity'), platformOf('compliance')])).rows.map(({ id }) => id);
    const before = await platformKeys();
    for (const schema of ['identity', 'compliance']) await admin.query(`update ${schema}.data_key set created_at = now() - interval '91 days' where tenant_id = $1`, [platformOf(schema)]);
    const old = async () => {
      let sealed = 0;
      for (const { schema, column } of columns) sealed += (await valuesOf(schema, column)).filter(({ key }) => before.includes(key)).length;
      return sealed;
    };
    expect(await old()).toBeGreaterThanOrEqual(3);
    await until(async () => await old() === 0, 'everything of the platform is sealed with new keys', 30_000);
    expect((await platformKeys()).filter((id) => before.includes(id))).toEqual([]);
    await expectAllOpen();
    const { mfaTotpConfirm } = await ask<{ mfaTotpConfirm: { backupCodes: string[] | null } }>('mfa-totp-confirm', { input: { code: hotp(decodeBase32(kept.totp), stepOf(new Date())) } }, kept.analyst);
    expect(mfaTotpConfirm.backupCodes?.length).toBeGreaterThan(5);
    expect(await platform.signIn('viewer@demo.test')).toMatch(/\S/);
  });
});

const platformOf = (schema: string): string => columns.flatMap((one) => (one.schema === schema && 'platform' in one.column.tenant ? [one.column.tenant.platform] : []))[0] ?? '';

/** The current keys of a tenant in every subgraph. */
async function keysOf(tenant: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for (const { name } of definitions) {
    const { rows } = await admin.query<{ id: string }>(`select id from ${name}.data_key where tenant_id = $1 and purpose = 'SEAL' and retired_at is null`, [tenant]);
    for (const { id } of rows) ids.add(id);
  }
  return ids;
}

async function expectAllOpen(): Promise<void> {
  for (const { name, schema, column } of columns) {
    for (const { tenant, row, value } of await valuesOf(schema, column)) {
      expect([name, await opened(schema, { tenantId: tenant, table: column.table, column: column.column, row }, value)]).toEqual([name, expect.stringMatching(/\S/)]);
    }
  }
}
