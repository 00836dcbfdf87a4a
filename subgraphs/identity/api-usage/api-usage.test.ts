// Counts of API calls on their way from a gateway into the trail: signed, over HTTP as in process, kept once however often they come.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ActorSigner } from '../../../gateway/actor.js';
import { RemoteUsage } from '../../../gateway/remote/remote.usage.js';
import { AURORA, TestIdentity } from '../../../test/kit/identity.js';
import { ACTOR_HEADER, ActorVerifier, generateActorKeys, signActor, systemActor } from '../../kernel/base/actor.js';
import type { ApiUsage, ApiUsagePort } from '../../kernel/base/api-usage.js';
import { systemClock } from '../../kernel/base/clock.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Metrics } from '../../kernel/base/metrics.js';
import { serveSubgraph, type SubgraphListener } from '../../kernel/graphql/http/listener.js';
import { apiUsagePort } from '../public.js';

let identity: TestIdentity;
let listener: SubgraphListener;
let remote: RemoteUsage;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  const { keys, running } = identity.subject;
  listener = await serveSubgraph(running, {
    host: '127.0.0.1', port: 0, verifier: new ActorVerifier(keys.publicKey), clock: systemClock, logger: silentLogger, health: { ready: async () => [] , database: async () => [] },
    extra: { apiUsage: apiUsagePort(running.services) },
  });
  const signer = new ActorSigner(keys.privateKey, systemClock);
  remote = new RemoteUsage({ name: 'identity', url: listener.url, signer, clock: systemClock, logger: silentLogger, metrics: new Metrics() });
});
beforeEach(() => identity.rows('truncate identity.audit_staging, identity.platform_audit_staging'));
afterAll(async () => {
  remote?.close();
  await listener?.drain();
  await identity?.close();
});

const sub = newId();
const usage = (of: Partial<ApiUsage>): ApiUsage => ({
  id: newId(), action: 'api.requests', actor: { kind: 'user', sub, apiKey: null, tenant: AURORA }, from: '2026-11-21T09:00:00.000Z', until: '2026-11-21T09:01:00.000Z',
  counts: [{ operation: 'Inbox', code: 'OK', count: 41 }, { operation: 'other', code: 'FORBIDDEN', count: 1 }], ...of,
});
/** What is counted of the tenant's month: requests only, each report once. */
const calls = async (): Promise<number> => Number((await identity.rows<{ used: string }>(
  `select used from identity.quota where tenant_id = $1 and name = 'API_CALLS'`, [AURORA]))[0]?.used ?? 0);
const kept = async () => (await Promise.all(['api.requests', 'api.errors', 'api.rate_limited'].map((action) => identity.audit(action)))).flat();

it.each<[string, () => ApiUsagePort]>([['in process', () => apiUsagePort(identity.subject.running.services)], ['over HTTP', () => remote]])(
  'are kept %s: each actor\'s in the trail of its tenant, once', async (_way, port) => {
    const nobody = { kind: 'anonymous' as const, sub: null, apiKey: null, tenant: null };
    const report = [usage({}), usage({ action: 'api.rate_limited', counts: [{ operation: 'Inbox', code: 'RATE_LIMITED', count: 7 }] }), usage({ action: 'api.errors', actor: nobody })];
    const before = await calls();
    await port().report(report);
    await port().report(report);
    expect(await calls() - before).toBe(42);
    const event = { type: 'API', ip: null, userAgent: null, before: null, reason: null };
    expect(await kept()).toMatchObject([
      { tenant: AURORA, event: {
        ...event, outcome: 'SUCCESS', severity: 'INFO', actor: { kind: 'user', id: encodeId('user', sub) }, resource: { type: 'Tenant', id: encodeId('tnt', AURORA) },
        after: { from: report[0]?.from, until: report[0]?.until, total: 42, counts: report[0]?.counts },
      } },
      { tenant: null, event: { ...event, outcome: 'FAILURE', actor: { kind: 'anonymous', id: null }, resource: { type: 'Tenant', id: null }, after: { total: 42 } } },
      { tenant: AURORA, event: { ...event, outcome: 'DENIED', severity: 'WARNING', after: { total: 7 } } },
    ]);
  },
);

it('are the same events when a report comes again after its staging was collected', async () => {
  const stored = async () => (await kept()).map(({ event: { correlationId: _of, ...event } }) => event);
  const report = [usage({ until: '2026-11-21T09:01:00.000Z' })];
  await apiUsagePort(identity.subject.running.services).report(report);
  const first = await stored();
  expect(first).toMatchObject([{ id: report[0]?.id, occurredAt: '2026-11-21T09:01:00.000Z' }]);
  await identity.rows('truncate identity.audit_staging');
  identity.advance(60_000);
  await apiUsagePort(identity.subject.running.services).report(report);
  expect(await stored()).toEqual(first);
});

it('are taken from a gateway only, and only when they are counts', async () => {
  const { keys } = identity.subject;
  const post = async (body: unknown, key = keys.privateKey, actor = systemActor(null), method = 'POST') => (await fetch(`${listener.url}/internal/api-usage`, {
    method, headers: { [ACTOR_HEADER]: signActor(actor, key, new Date()) }, ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
  })).status;
  const good = [usage({})];
  expect(await post(good, generateActorKeys().privateKey)).toBe(401);
  expect(await post(good, keys.privateKey, { ...systemActor(AURORA), kind: 'user', sub })).toBe(401);
  expect(await post(good, keys.privateKey, systemActor(null), 'GET')).toBe(405);
  for (const bad of ['no json', {}, [{ ...good[0], extra: 1 }], [usage({ counts: [] })], [usage({ action: 'api.invented' as never })],
    [usage({ counts: [{ operation: 'x'.repeat(65), code: 'OK', count: 1 }] })], Array.from({ length: 201 }, () => usage({}))]) expect(await post(bad)).toBe(400);
  expect(await kept()).toEqual([]);
  expect(await post(good)).toBe(204);
  expect(await kept()).toHaveLength(1);
});
