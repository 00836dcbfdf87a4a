// The audit trail over the subgraph's port: order, pages, filters, rights, other tenants, and the record of each reading.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { systemActor, type Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { stagedAudit, type AuditDraft, type StagedAudit } from '../../kernel/messaging/audit.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { FULL, grantTenant } from '../../../test/kit/limits.js';
import { compliance, type ComplianceServices } from '../subgraph.js';
import { collectAudit } from './audit.collector.js';

const tenant = newId();
const rival = newId();
const ann = person(tenant, ['audit:read']);
const root: Actor = { ...person(tenant, ['audit:read', 'system:admin']), tenant: null };
const annId = encodeId('user', ann.sub!);
const messageId = newId();
const IDS = { Message: 'msg', Session: 'sess' };

const LIST = `query ($first: Int, $after: String, $filter: AuditFilter) { auditEvents(first: $first, after: $after, filter: $filter) {
  nodes { id type action severity outcome occurredAt actor { kind id user { __typename id } } resource { type id }
    correlationId reason ip userAgent before after }
  edges { cursor } pageInfo { endCursor hasNextPage hasPreviousPage } } }`;

interface Listed {
  nodes: { id: string; action: string; occurredAt: string }[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

let subgraph: TestSubgraph<ComplianceServices>;
let behind: Client;
let system: Pool;
const events: StagedAudit[] = [];

const ask = async (variables: Record<string, unknown> = {}, actor: Actor = ann): Promise<Listed> => {
  const result = await subgraph.ask(LIST, variables, actor);
  expect(result.errors).toBeUndefined();
  return result.data?.['auditEvents'] as Listed;
};
const actions = async (filter: Record<string, unknown>, actor: Actor = ann): Promise<string[]> =>
  (await ask({ filter }, actor)).nodes.map((node) => node.action);
const staged = async (table = 'audit_staging'): Promise<Partial<StagedAudit>[]> =>
  (await behind.query<{ event: StagedAudit }>(`select event from compliance.${table} order by id`)).rows.map((row) => row.event);
const collect = () => collectAudit({ sources: [{ schema: 'compliance', pool: system }], target: system });

async function happen(tenantId: string | null, draft: AuditDraft, actor: Actor, at: string): Promise<void> {
  const event = stagedAudit(draft, { actor, correlationId: `of ${draft.action}` }, IDS, new Date(at), { classes: { Message: { status: 'plain' } }, key: null });
  if (tenantId === tenant) events.push(event);
  if (tenantId === null) await behind.query('insert into compliance.platform_audit_staging (id, event) values ($1, $2)', [event.id, event]);
  else await behind.query('insert into compliance.audit_staging (tenant_id, id, event) values ($1, $2, $3)', [tenantId, event.id, event]);
}

beforeAll(async () => {
  subgraph = await bootSubgraph(compliance);
  behind = new Client({ connectionString: subgraph.database.adminUrl });
  await behind.connect();
  await grantTenant(behind, 'compliance', tenant, FULL);
  system = new Pool({ connectionString: subgraph.database.urls.system, max: 2 });
  system.on('error', () => undefined);
  const message = { type: 'Message', id: messageId };
  const session = { type: 'Session', id: newId() };
  const write = { action: 'message.send', type: 'DATA_WRITE' } as const;
  const [first, second, fourth] = ['2026-11-01T08:00:00.001Z', '2026-11-01T08:00:00.002Z', '2026-11-04T08:00:00.000Z'];
  const job = systemActor(tenant);
  await happen(tenant, { action: 'auth.login', type: 'AUTHENTICATION', outcome: 'SUCCESS', resource: session }, ann, first);
  const change = { before: { status: null }, after: { status: 'QUEUED' } };
  await happen(tenant, { ...write, outcome: 'SUCCESS', resource: message, ...change }, ann, second);
  const refused = { outcome: 'DENIED', reason: 'FORBIDDEN', resource: { type: 'Message', id: null } } as const;
  await happen(tenant, { ...write, ...refused }, person(tenant, []), second);
  await happen(tenant, { ...write, action: 'message.update', outcome: 'SUCCESS', resource: message }, job, '2026-11-02T08:00:00.000Z');
  await happen(tenant, { action: 'message_send', type: 'API', outcome: 'FAILURE', reason: 'INTERNAL' }, job, '2026-11-03T08:00:00.000Z');
  await happen(rival, { action: 'rival.secret', type: 'SECURITY', outcome: 'SUCCESS' }, person(rival, []), fourth);
  await happen(null, { action: 'webhook.unknown', type: 'SECURITY', outcome: 'DENIED' }, systemActor(null), fourth);
  expect((await collect()).moved).toBe(7);
});
afterAll(async () => {
  await system.end();
  await behind.end();
  await subgraph.close();
});

describe('auditEvents', () => {
  it('lists the newest first, with ids as the API knows them', async () => {
    const { nodes } = await ask();
    expect(nodes.map((node) => node.id)).toEqual([...events].reverse().map((event) => encodeId('aud', event.id)));
    expect(nodes[3]).toEqual({
      id: encodeId('aud', events[1]!.id), type: 'DATA_WRITE', action: 'message.send', severity: 'INFO', outcome: 'SUCCESS',
      occurredAt: '2026-11-01T08:00:00.002Z', actor: { kind: 'USER', id: annId, user: { __typename: 'User', id: annId } },
      resource: { type: 'Message', id: encodeId('msg', messageId) }, correlationId: 'of message.send',
      reason: null, ip: '127.0.0.1', userAgent: 'test', before: { status: null }, after: { status: 'QUEUED' },
    });
    expect(nodes[0]).toMatchObject({ actor: { kind: 'SYSTEM', id: null, user: null }, resource: null, severity: 'WARNING', before: null, after: null });
  });

  it('pages without gap or repetition, also within one millisecond', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, pageInfo }: Listed = await ask({ first: 2, after });
      seen.push(...nodes.map((node) => node.id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual([...events].reverse().map((event) => encodeId('aud', event.id)));
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['exact action', { action: 'message.send' }, ['message.send', 'message.send']],
    ['action prefix', { action: 'message.*' }, ['message.update', 'message.send', 'message.send']],
    ['a prefix without wildcards of its own', { action: 'm%*' }, []],
    ['type', { type: 'AUTHENTICATION' }, ['auth.login']],
    ['outcome', { outcome: 'DENIED' }, ['message.send']],
    ['actor', { actorId: annId }, ['message.send', 'auth.login']],
    ['resource', { resourceId: encodeId('msg', messageId) }, ['message.update', 'message.send']],
    ['from, inclusive', { from: '2026-11-02T08:00:00.000Z' }, ['message_send', 'message.update']],
    ['to, exclusive', { to: '2026-11-01T08:00:00.002Z' }, ['auth.login']],
    ['all together', {
      action: 'message.*', outcome: 'SUCCESS', from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z', type: 'DATA_WRITE',
    }, ['message.send']],
    ['nothing that matches', { actorId: 'user_unknown' }, []],
  ])('filters by %s', async (_name, filter, expected) => {
    expect(await actions(filter)).toEqual(expected);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ filter: { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' } }, ['filter', 'from']],
    [{ filter: { action: 'a\0' } }, ['filter', 'action']],
    [{ first: 101 }, ['first']],
    [{ after: 'nonsense' }, ['after']],
  ])('refuses %j', async (variables, field) => {
    const result = await subgraph.ask(LIST, variables, ann);
    expect(result.data).toEqual({ auditEvents: null });
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  it('shows a tenant its own events only', async () => {
    const other = person(rival, ['audit:read']);
    expect(await actions({ action: 'rival.*' }, other)).toEqual(['rival.secret']);
    expect(await actions({ action: 'rival.*' })).toEqual([]);
    expect(await actions({ resourceId: encodeId('msg', messageId) }, other)).toEqual([]);
    expect(await actions({ action: 'webhook.unknown' })).toEqual([]);
  });

  it('shows the platform trail to a platform administrator, and nothing of tenants', async () => {
    expect(await actions({}, root)).toEqual(['webhook.unknown']);
    const denied = await subgraph.ask(LIST, {}, { ...root, permissions: ['audit:read'] });
    expect(denied.data).toEqual({ auditEvents: null });
    expect(denied.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', permission: 'system:admin' });
    expect((await staged('platform_audit_staging')).map(({ action, outcome }) => [action, outcome]))
      .toEqual([['audit.read', 'SUCCESS'], ['query.auditEvents', 'DENIED']]);
  });
});

describe('reading the trail', () => {
  it('is itself recorded, once a field, and only when something was shown', async () => {
    await collect();
    await subgraph.ask('{ one: auditEvents(first: 1) { nodes { id } } two: auditEvents(first: 1) { nodes { id } } }', {}, ann);
    await subgraph.ask(LIST, { first: 0 }, ann);
    const own = { action: 'audit.read', type: 'DATA_READ', outcome: 'SUCCESS', actor: { kind: 'user', id: annId } };
    expect(await staged()).toEqual([expect.objectContaining(own), expect.objectContaining(own)]);
    await collect();
    expect((await actions({ action: 'audit.read' })).length).toBeGreaterThanOrEqual(2);
  });

  it('needs audit:read; the refusal shows nothing and is recorded', async () => {
    await collect();
    const viewer = person(tenant, ['conversation:read']);
    const denied = await subgraph.ask(LIST, {}, viewer);
    expect(denied.data).toEqual({ auditEvents: null });
    expect(denied.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', permission: 'audit:read' });
    expect(await staged()).toEqual([expect.objectContaining({
      action: 'query.auditEvents', type: 'AUTHORIZATION', outcome: 'DENIED', reason: 'FORBIDDEN',
      actor: { kind: 'user', id: encodeId('user', viewer.sub!) },
    })]);
    expect((await ask({ first: 1 })).nodes).toHaveLength(1);
    const anonymous = await subgraph.ask(LIST);
    expect(anonymous.data).toEqual({ auditEvents: null });
    expect(anonymous.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
  });

  it('does not starve when more read at once than there are connections', async () => {
    const results = await Promise.all(Array.from({ length: 24 }, () => ask({ first: 1 })));
    expect(results.every((page) => page.nodes.length === 1)).toBe(true);
  });
});

it('finds words in the platform trail', async () => {
    expect([await actions({ text: 'unknown webh' }, root), await actions({ text: 'message' }, root)]).toEqual([['webhook.unknown'], []]);
});

describe('auditHistory', () => {
  const HISTORY = `query ($type: String!, $id: ID!, $order: AuditOrder, $first: Int, $after: String) {
    auditHistory(resource: { type: $type, id: $id }, order: $order, first: $first, after: $after) {
      nodes { id action before after } pageInfo { endCursor hasNextPage } } }`;
  const id = encodeId('msg', messageId);
  const history = async (variables: Record<string, unknown>, actor: Actor = ann): Promise<Listed> => {
    const result = await subgraph.ask(HISTORY, { type: 'Message', id, ...variables }, actor);
    expect(result.errors).toBeUndefined();
    return result.data?.['auditHistory'] as Listed;
  };
  const changes = ['message.send', 'message.update'];
  const ofChanges = ({ nodes }: Listed): string[] => nodes.map(({ action }) => action).filter((action) => action !== 'audit.read');

  it('lists what happened to one resource, from either end', async () => {
    expect(ofChanges(await history({ order: 'OLDEST_FIRST' }))).toEqual(changes);
    expect(ofChanges(await history({}))).toEqual(changes.toReversed());
    expect((await history({ order: 'OLDEST_FIRST' })).nodes[0]).toMatchObject({ before: { status: null }, after: { status: 'QUEUED' } });
    const { pageInfo } = await history({ order: 'OLDEST_FIRST', first: 1 });
    expect(ofChanges(await history({ order: 'OLDEST_FIRST', after: pageInfo.endCursor, first: 1 }))).toEqual(changes.slice(1));
  });

  it('is part of the history itself, and never of another tenant or type', async () => {
    await behind.query('truncate compliance.audit_staging');
    await history({});
    expect(await staged()).toEqual([expect.objectContaining({ action: 'audit.read', resource: { type: 'Message', id } })]);
    await collect();
    expect((await history({})).nodes[0]).toMatchObject({ action: 'audit.read' });
    expect((await history({}, person(rival, ['audit:read']))).nodes).toEqual([]);
    expect((await history({ type: 'Order' })).nodes).toEqual([]);
    await behind.query('truncate compliance.audit_staging');
    const known = encodeId('user', newId());
    await history({ type: 'User', id: known });
    expect(await staged()).toEqual([expect.objectContaining({ resource: { type: 'User', id: known } })]);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ type: '' }, ['resource', 'type']], [{ id: 'x'.repeat(201) }, ['resource', 'id']], [{ id: 'a\0' }, ['resource']], [{ after: 'x' }, ['after']],
  ])('refuses %j', async (variables, field) => {
    const result = await subgraph.ask(HISTORY, { type: 'Message', id, ...variables }, ann);
    expect([result.data, result.errors?.[0]?.extensions]).toEqual([{ auditHistory: null }, { code: 'BAD_USER_INPUT', field }]);
  });

  it('needs audit:read', async () => {
    const denied = await subgraph.ask(HISTORY, { type: 'Message', id }, person(tenant, ['conversation:read']));
    expect(denied.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', permission: 'audit:read' });
  });
});
