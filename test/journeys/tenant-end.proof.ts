// The end of a tenant under kill -9: at every named point of its export and its erasure. There is one archive, there are five receipts that tell of everything, and nothing is left.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { embeddedUrl } from '../../ops/postgres/embedded.url.js';
import { scanTenant } from '../../ops/scan-tenant.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { ask, signIn } from '../kit/client.js';
import { RestartedProduct } from '../kit/restarted.js';
import { unzip } from '../kit/unzip.js';
import { until } from '../kit/until.js';
import { endTable } from '../prove/crash.expectations.js';

const AURORA = demoTenancyFacts.tenants[0]?.id ?? '';
/** Rows that need several batches. */
const REPORTS = 3_500;
/** The order is said again each minute, and a lease lasts half a one. */
const PATIENCE_MS = 150_000;

let product: RestartedProduct;
beforeAll(() => { product = new RestartedProduct('end', PATIENCE_MS); });
afterAll(() => product?.end());

const files = (): Promise<string[]> => readdir(join(product.dataDir, 'files/tenant-exports', AURORA)).catch(() => [] as string[]);

it('is killed at every point, and comes to its end', async () => {
  const [part, archive, ...erasing] = endTable.map(({ point }) => point) as [string, string, ...string[]];
  const first = await product.start(part);
  await product.rows('insert into identity.api_call_report (tenant_id, id, counted_at) select $1, gen_random_uuid(), now() from generate_series(1, $2::int)', [AURORA, REPORTS]);
  const [owner, root] = [await signIn(first.url, 'owner@demo.test'), await signIn(first.url, 'root@demo.test')];
  const { tenantExportRequest: { tenantExport: { id } } } = await ask<{ tenantExportRequest: { tenantExport: { id: string } } }>(
    first.url, 'mutation { tenantExportRequest(input: { idempotencyKey: "once" }) { tenantExport { id } } }', {}, owner);
  await product.diesAt(part, first);
  await product.diesAt(archive, await product.start(archive));
  const second = await product.start();
  const look = async () => (await ask<{ tenantExport: { state: string; url: string } }>(second.url, 'query ($id: ID!) { tenantExport(id: $id) { state url } }', { id }, owner)).tenantExport;
  await until(async () => (await look()).state === 'READY', 'the archive is there', PATIENCE_MS);
  const content = await unzip(Buffer.from(await (await fetch(new URL((await look()).url, second.url))).arrayBuffer()));
  expect(content.get('tenant-export/identity/api_call_report.jsonl')?.trimEnd().split('\n').length).toBe(REPORTS);

  await ask(second.url, 'mutation { tenantDelete(input: { confirmName: "Trattoria Aurora" }) { tenant { id } } }', {}, owner);
  await product.stop();
  for (const point of erasing) {
    const doomed = await product.start(point);
    await product.rows(`update tenancy.tenant set deletion_due_at = now() where state = 'DELETING'`);
    await product.diesAt(point, doomed);
  }
  const last = await product.start();
  const erasure = async () => (await ask<{ tenantErasure: { finishedAt: string | null; receipts: { subgraph: string; tables: { table: string; rows: number }[] }[] } }>(
    last.url, 'query ($id: ID!) { tenantErasure(tenantId: $id) { finishedAt receipts { subgraph tables { table rows } } } }', { id: encodeId('tnt', AURORA) }, root)).tenantErasure;
  await until(async () => (await erasure()).finishedAt !== null, 'all five have answered', PATIENCE_MS);
  const { receipts } = await erasure();
  expect(receipts.map(({ subgraph }) => subgraph)).toEqual(['commerce', 'compliance', 'conversations', 'identity', 'tenancy']);
  const rows = (table: string) => receipts.flatMap(({ tables }) => tables).find((one) => one.table === table)?.rows ?? 0;
  // Whatever calls were counted meanwhile comes on top.
  expect(rows('api_call_report')).toBeGreaterThanOrEqual(REPORTS);
  expect([rows('membership'), rows('tenant'), rows('sales_order'), rows('tenant_export')]).toEqual([5, 1, 3, 1]);
  const adminUrl = await embeddedUrl(product.dataDir) ?? undefined;
  await until(async () => (await scanTenant(readConfig({ NODE_ENV: 'test' }), adminUrl, AURORA)).every(({ rows: n, kept, onItsWay }) => n === 0 || kept !== null || onItsWay), 'nothing is left', PATIENCE_MS);
  expect(await files()).toEqual([]);
}, 900_000);
