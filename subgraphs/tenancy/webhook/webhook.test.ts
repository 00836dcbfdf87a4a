// Endpoints of a tenant and what they are told: who may, what is refused, and what is sent, signed, in order, again, and not for ever.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { startTillStandIn, TILL_PATH, type TillTaken } from '../../../ops/standins/till.js';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import { TestClock } from '../../../test/kit/conversations.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import type { Actor } from '../../kernel/base/actor.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { tenancyDoor } from '../public.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { collectWebhooks } from './webhook.collect.js';
import { DISTANCES_MS } from './webhook.schedule.js';

const HOUR = 3_600_000;
const clock = new TestClock();
let subject: TestSubgraph<TenancyServices>;
let admin: Pool;
let system: Pool;
let till: StandIn;
let position = 0;

beforeAll(async () => {
  till = await startTillStandIn();
  subject = await bootSubgraph(tenancy, { clock, config: { callbacksToLoopback: true } });
  admin = new Pool({ connectionString: subject.database.adminUrl, max: 4 });
  system = new Pool({ connectionString: subject.database.urls.system, max: 4 });
  // The feed of another subgraph, as the kernel makes them.
  await admin.query(`create schema commerce; grant usage on schema commerce to switchboard_system;
    create table commerce.feed (like tenancy.feed including all); create table commerce.feed_state (like tenancy.feed_state including all);
    insert into commerce.feed_state default values; grant select on commerce.feed, commerce.feed_state to switchboard_system`);
});
afterAll(async () => {
  await Promise.all([admin?.end(), system?.end()]);
  await subject?.close();
  await till?.close();
});

type Payload = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };
const keeperOf = (tenant = newId()): Actor & { tenant: string } => ({ ...person(tenant, ['webhook:read', 'webhook:manage']), tenant });

async function query<Data>(text: string, variables: Record<string, unknown>, by: Actor): Promise<Data> {
  const { data, errors } = await subject.ask(text, variables, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}
async function send(field: string, input: Record<string, unknown>, by: Actor, select = '__typename'): Promise<Payload> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  return (await query<Record<string, Payload>>(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, by))[field] as Payload;
}
async function endpoint(by: Actor, more: Record<string, unknown> = {}): Promise<{ id: string; uuid: string; secret: string }> {
  const { webhookEndpoint, signingSecret } = await send('webhookEndpointCreate', { url: till.url + TILL_PATH, ...more }, by, 'signingSecret webhookEndpoint { id }');
  const { id } = webhookEndpoint as { id: string };
  return { id, uuid: decodeId('whep', id) ?? '', secret: String(signingSecret) };
}
const control = (path: string, body: unknown) => fetch(till.url + path, { method: 'PUT', body: JSON.stringify(body) });
async function taken(): Promise<TillTaken[]> {
  const all = await (await fetch(`${till.url}/_sent`)).json() as TillTaken[];
  await fetch(`${till.url}/_sent`, { method: 'DELETE' });
  return all;
}
/** Something happened to an order of the tenant. */
async function happen(tenant: string, order: string, to: string, number = 1): Promise<void> {
  await admin.query(`insert into commerce.feed (tenant_id, position, event_id, type, stream_id, payload, occurred_at) values ($1, $2, $3, 'OrderMoved', $4, $5, $6)`,
    [tenant, position += 1, newId(), order, { orderId: order, number, from: 'PLACED', to, movedAt: clock.now().toISOString() }, clock.now()]);
  await admin.query('update commerce.feed_state set position = $1', [position]);
}
const collect = (crash = noCrash) => collectWebhooks({ feed: { schema: 'commerce', pool: system }, target: system, now: clock.now(), logger: silentLogger, crash });
const run = (tenant: string, uuid: string) => subject.running.services.webhooks.sender.send(tenant, uuid);
const LIST = 'query ($id: ID!, $state: WebhookMessageState) { webhookEndpoint(id: $id) { state disabledReason failures lastFailure messages(state: $state, first: 50) { nodes { id state attemptCount body attempts { nodes { number status failure } } } } } }';
interface Listed { state: string; disabledReason: string | null; failures: number; lastFailure: string | null; messages: { nodes: { id: string; state: string; attemptCount: number; body: string; attempts: { nodes: { number: number; status: number | null; failure: string | null }[] } }[] } }
const listed = async (id: string, by: Actor, state: string | null = null) => (await query<{ webhookEndpoint: Listed }>(LIST, { id, state }, by)).webhookEndpoint;

describe('endpoints', () => {
  it('are made, changed, switched and deleted by who may, and seen by who may', async () => {
    const keeper = keeperOf();
    const { id } = await endpoint(keeper, { description: 'Till', eventTypes: ['ORDER_PLACED', 'ORDER_MOVED', 'ORDER_PLACED'] });
    expect(await send('webhookEndpointUpdate', { webhookEndpointId: id, eventTypes: ['ORDER_MOVED'] }, keeper, 'webhookEndpoint { url description eventTypes state }'))
      .toMatchObject({ webhookEndpoint: { url: till.url + TILL_PATH, description: 'Till', eventTypes: ['ORDER_MOVED'], state: 'ACTIVE' } });
    expect(await send('webhookEndpointDisable', { webhookEndpointId: id }, keeper, 'webhookEndpoint { state disabledReason }')).toMatchObject({ webhookEndpoint: { state: 'DISABLED', disabledReason: 'STAFF' } });
    expect((await send('webhookEndpointTest', { webhookEndpointId: id }, keeper)).userErrors).toEqual([{ __typename: 'WebhookEndpointDisabled', field: ['input', 'webhookEndpointId'] }]);
    expect(await send('webhookEndpointEnable', { webhookEndpointId: id }, keeper, 'webhookEndpoint { state disabledReason }')).toMatchObject({ webhookEndpoint: { state: 'ACTIVE', disabledReason: null } });
    const { webhookEventTypes } = await query<{ webhookEventTypes: { type: string; example: string }[] }>('{ webhookEventTypes { type version eventType schema example } }', {}, keeper);
    expect(webhookEventTypes.map(({ type }) => type)).toContain('order.placed');
    for (const by of [person(keeper.tenant, ['webhook:read']), person(keeper.tenant, [])]) {
      const { errors } = await subject.ask('mutation ($input: WebhookEndpointDeleteInput!) { webhookEndpointDelete(input: $input) { webhookEndpointId } }', { input: { webhookEndpointId: id } }, by);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', permission: 'webhook:manage' });
    }
    expect(await send('webhookEndpointDelete', { webhookEndpointId: id }, keeper, 'webhookEndpointId')).toMatchObject({ webhookEndpointId: id, userErrors: [] });
    expect((await query<{ webhookEndpoints: unknown }>('{ webhookEndpoints { nodes { id } } }', {}, keeper)).webhookEndpoints).toEqual({ nodes: [] });
  });

  it.each([
    ['http://example.com/', 'url'], ['https://10.0.0.1/', 'url'], ['https://metadata/', 'url'], ['https://metadata.google.internal/', 'url'], ['nonsense', 'url'], ['https://user:pw@example.com/', 'url'],
  ])('are not made at %s', async (url) => {
    const keeper = keeperOf();
    expect((await send('webhookEndpointCreate', { url }, keeper)).userErrors).toEqual([{ __typename: 'InputInvalid', field: ['input', 'url'] }]);
    expect((await admin.query('select from tenancy.webhook_endpoint where tenant_id = $1', [keeper.tenant])).rowCount).toBe(0);
  });

  it('are at most ten, also of many that are asked for at once', async () => {
    const keeper = keeperOf();
    const all = await Promise.all(Array.from({ length: 13 }, () => send('webhookEndpointCreate', { url: 'https://example.com/' }, keeper)));
    expect(all.flatMap(({ userErrors }) => userErrors.map(({ __typename }) => __typename))).toEqual(Array.from({ length: 3 }, () => 'WebhookEndpointLimitReached'));
    expect((await send('webhookEndpointCreate', { url: 'https://example.com/', description: 'a\nb' }, keeper)).userErrors[0]).toMatchObject({ __typename: 'InputInvalid', field: ['input', 'description'] });
  });

  it('are their tenant\'s: another one\'s do not exist, and nothing of them changes', async () => {
    const [keeper, rival] = [keeperOf(), keeperOf()];
    const { id, secret } = await endpoint(keeper);
    const { webhookMessage } = await send('webhookEndpointTest', { webhookEndpointId: id }, keeper, 'webhookMessage { id }');
    const { id: messageId } = webhookMessage as { id: string };
    const before = (await admin.query('select * from tenancy.webhook_endpoint e join tenancy.webhook_message m on m.endpoint_id = e.id where e.tenant_id = $1', [keeper.tenant])).rows;
    for (const [field, more] of [['webhookEndpointUpdate', { url: 'https://example.org/' }], ['webhookEndpointDisable', {}], ['webhookEndpointSecretRotate', {}], ['webhookEndpointTest', {}], ['webhookEndpointReplay', { since: '2020-01-01T00:00:00Z' }],
      ['webhookEndpointDelete', {}]] as const) {
      expect((await send(field, { webhookEndpointId: id, ...more }, rival)).userErrors).toEqual([{ __typename: 'WebhookEndpointNotFound', field: ['input', 'webhookEndpointId'] }]);
    }
    expect((await send('webhookMessageReplay', { webhookMessageId: messageId }, rival)).userErrors).toEqual([{ __typename: 'WebhookMessageNotFound', field: ['input', 'webhookMessageId'] }]);
    expect(await query('query ($id: ID!, $message: ID!) { webhookEndpoint(id: $id) { id } webhookMessage(id: $message) { id } }', { id, message: messageId }, rival)).toEqual({ webhookEndpoint: null, webhookMessage: null });
    // Nor does a job with another tenant's name reach it.
    expect(await run(rival.tenant, decodeId('whep', id) ?? '')).toBe(0);
    expect((await admin.query('select * from tenancy.webhook_endpoint e join tenancy.webhook_message m on m.endpoint_id = e.id where e.tenant_id = $1', [keeper.tenant])).rows).toEqual(before);
    expect(JSON.stringify(before)).not.toContain(secret);
  });
});

describe('what happens', () => {
  it('is told to each endpoint that wants it, signed, once, in the order of each thing', async () => {
    const [keeper, other] = [keeperOf(), keeperOf()];
    const [all, placed, off, elsewhere] = [await endpoint(keeper), await endpoint(keeper, { eventTypes: ['ORDER_PLACED'] }), await endpoint(keeper), await endpoint(other)];
    await send('webhookEndpointDisable', { webhookEndpointId: off.id }, keeper);
    await control('/_secrets', [all.secret]);
    const [first, second] = [newId(), newId()];
    for (const to of ['ACCEPTED', 'PREPARING', 'READY']) for (const order of [first, second]) await happen(keeper.tenant, order, to);
    expect(await collect()).toEqual({ endpoints: [{ tenantId: keeper.tenant, endpointId: all.uuid }], more: false });
    // Followed again from the beginning, as after a crash before the cursor was moved: nothing is there twice.
    await admin.query('update tenancy.webhook_cursor set position = 0');
    expect(await collect()).toEqual({ endpoints: [], more: false });
    expect([await run(keeper.tenant, all.uuid), await run(keeper.tenant, placed.uuid), await run(keeper.tenant, off.uuid), await run(other.tenant, elsewhere.uuid)]).toEqual([6, 0, 0, 0]);
    const calls = await taken();
    for (const order of [first, second]) {
      const told = calls.filter(({ body }) => body.data['orderId'] === encodeId('ord', order));
      expect(told.map(({ body: { type, version, data } }) => [type, version, data['to']])).toEqual(['ACCEPTED', 'PREPARING', 'READY'].map((to) => ['order.moved', 1, to]));
    }
    expect(new Set(calls.map(({ webhookId }) => webhookId)).size).toBe(6);
    expect((await listed(all.id, keeper)).messages.nodes.map(({ state, attemptCount, attempts }) => [state, attemptCount, attempts.nodes])).toEqual(calls.map(() => ['DELIVERED', 1, [{ number: 1, status: 204, failure: null }]]));
  });

  it('is signed with the new secret and, while it holds, with the old one', async () => {
    const keeper = keeperOf();
    const { id, uuid, secret } = await endpoint(keeper);
    const { signingSecret } = await send('webhookEndpointSecretRotate', { webhookEndpointId: id, overlapHours: 1 }, keeper, 'signingSecret');
    const test = async (believed: string) => {
      await control('/_secrets', [believed]);
      await send('webhookEndpointTest', { webhookEndpointId: id }, keeper);
      await run(keeper.tenant, uuid);
      return (await taken()).map(({ body, signatures }) => [body.type, signatures]);
    };
    expect([await test(secret), await test(String(signingSecret))]).toEqual([[['webhook.test', 2]], [['webhook.test', 2]]]);
    clock.advance(2 * HOUR);
    expect([await test(String(signingSecret)), await test(secret)]).toEqual([[['webhook.test', 1]], []]);
    expect(await listed(id, keeper)).toMatchObject({ failures: 1, lastFailure: 'The endpoint answered HTTP 401.' });
    expect((await send('webhookEndpointSecretRotate', { webhookEndpointId: id, overlapHours: 169 }, keeper)).userErrors).toEqual([{ __typename: 'InputInvalid', field: ['input', 'overlapHours'] }]);
  });

  it('leaves what was refused before others were taken to its own time', async () => {
    const keeper = keeperOf();
    const { uuid, secret } = await endpoint(keeper);
    await Promise.all([control('/_secrets', [secret]), control('/_next', [{ status: 500 }])]);
    const told = async () => { await happen(keeper.tenant, newId(), 'ACCEPTED'); await collect(); return run(keeper.tenant, uuid); };
    expect(await told()).toBe(1);
    await admin.query(`update tenancy.webhook_endpoint set failing_since = failing_since + interval '1 second', retry_at = null where id = $1`, [uuid]);
    expect([await told(), await run(keeper.tenant, uuid), (await taken()).length]).toEqual([1, 0, 1]);
  });

  it('waits for an endpoint that fails, of one thing in order, and goes out at once when it answers again', async () => {
    const keeper = keeperOf();
    const { id, uuid, secret } = await endpoint(keeper);
    await control('/_secrets', [secret]);
    const [one, two] = [newId(), newId()];
    for (const to of ['ACCEPTED', 'PREPARING']) await happen(keeper.tenant, one, to);
    await happen(keeper.tenant, two, 'ACCEPTED');
    await control('/_next', [{ status: 500 }, { status: 503 }]);
    await collect();
    expect(await run(keeper.tenant, uuid)).toBe(2);
    // Left alone, whatever is due.
    await happen(keeper.tenant, newId(), 'READY');
    await collect();
    expect([await run(keeper.tenant, uuid), await taken()]).toEqual([0, []]);
    clock.advance(4_500);
    // One call finds out, and all the rest follows.
    expect(await run(keeper.tenant, uuid)).toBe(4);
    const told = (await taken()).map(({ body }) => [body.data['orderId'], body.data['to']]);
    expect(told.filter(([order]) => order === encodeId('ord', one))).toEqual([[encodeId('ord', one), 'ACCEPTED'], [encodeId('ord', one), 'PREPARING']]);
    expect(await listed(id, keeper)).toMatchObject({ failures: 0, state: 'ACTIVE' });
  });

  it('is given up after ten attempts in 75 hours, frees what waited for it, and is sent anew on demand', async () => {
    const keeper = keeperOf();
    const { id, uuid, secret } = await endpoint(keeper);
    const order = newId();
    await control('/_secrets', ['whsec_' + Buffer.alloc(32).toString('base64')]);
    for (const to of ['ACCEPTED', 'PREPARING']) await happen(keeper.tenant, order, to);
    await collect();
    const begun = clock.now().getTime();
    for (const distance of [0, ...DISTANCES_MS]) {
      clock.advance(distance * 1.1 + 1_000);
      expect(await run(keeper.tenant, uuid)).toBe(1);
    }
    expect((clock.now().getTime() - begun) / HOUR).toBeGreaterThan(75);
    const { nodes } = (await listed(id, keeper)).messages;
    expect(nodes.map(({ state, attemptCount, attempts }) => [state, attemptCount, attempts.nodes.length])).toEqual([['PENDING', 0, 0], ['FAILED', 10, 10]]);
    // Switched on anew it is called at once: what is given up stays given up, what waited for it goes.
    await control('/_secrets', [secret]);
    await send('webhookEndpointUpdate', { webhookEndpointId: id, url: `${till.url}${TILL_PATH}?new` }, keeper);
    expect(await run(keeper.tenant, uuid)).toBe(1);
    expect(await send('webhookEndpointReplay', { webhookEndpointId: id, since: new Date(begun - HOUR).toISOString() }, keeper, 'replayed')).toMatchObject({ replayed: 1, userErrors: [] });
    expect(await run(keeper.tenant, uuid)).toBe(1);
    const [preparing, accepted] = await taken();
    expect([preparing?.body.data['to'], accepted?.body.data['to'], accepted?.again]).toEqual(['PREPARING', 'ACCEPTED', false]);
    // And one that was taken, by the same name: the receiver knows it.
    await send('webhookMessageReplay', { webhookMessageId: nodes[0]?.id }, keeper);
    expect(await run(keeper.tenant, uuid)).toBe(1);
    expect(await taken()).toEqual([{ ...preparing, again: true }]);
    const { data } = await subject.ask('query ($id: ID!) { webhookMessage(id: $id) { webhookId endpoint { id } attempts(first: 1) { nodes { number } pageInfo { hasNextPage } } } }', { id: nodes[0]?.id }, keeper);
    expect(data).toEqual({ webhookMessage: { webhookId: preparing?.webhookId, endpoint: { id }, attempts: { nodes: [{ number: 1 }], pageInfo: { hasNextPage: true } } } });
  });

  it('is not sent to an address that leads inside, whatever it was when it was given', async () => {
    const keeper = keeperOf();
    const { id, uuid } = await endpoint(keeper);
    await admin.query(`update tenancy.webhook_endpoint set url = 'https://169.254.169.254/latest' where id = $1`, [uuid]);
    await send('webhookEndpointTest', { webhookEndpointId: id }, keeper);
    expect(await run(keeper.tenant, uuid)).toBe(1);
    const { messages: { nodes: [message] }, failures } = await listed(id, keeper);
    expect([failures, message?.attempts.nodes]).toEqual([1, [{ number: 1, status: null, failure: 'The endpoint is not called: The address is not one of the public internet.' }]]);
  });

  it('ends for an endpoint that says it is gone, or has failed for five days, and somebody is told', async () => {
    const keeper = keeperOf();
    const [gone, failing] = [await endpoint(keeper), await endpoint(keeper)];
    for (const { id } of [gone, failing]) await send('webhookEndpointTest', { webhookEndpointId: id }, keeper);
    await control('/_secrets', [gone.secret, failing.secret]);
    await control('/_next', [{ status: 410 }, { status: 500 }, { status: 302 }]);
    await run(keeper.tenant, gone.uuid);
    await run(keeper.tenant, failing.uuid);
    clock.advance(5 * 24 * HOUR + 1_000);
    expect(await listed(failing.id, keeper)).toMatchObject({ state: 'ACTIVE', failures: 1 });
    await run(keeper.tenant, failing.uuid);
    expect(await listed(gone.id, keeper)).toMatchObject({ state: 'DISABLED', disabledReason: 'GONE' });
    expect(await listed(failing.id, keeper)).toMatchObject({ state: 'DISABLED', disabledReason: 'FAILING', lastFailure: expect.stringContaining('HTTP 302') });
    expect((await admin.query(`select payload->>'kind' as kind, payload->>'subjectId' as id from tenancy.usage_alert where tenant_id = $1 order by starts_at`, [keeper.tenant])).rows)
      .toEqual([gone, failing].map(({ id }) => ({ kind: 'WEBHOOK_ENDPOINT_DISABLED', id })));
  });
});

it('several workers send each message once, and a storm of one tenant comes in parts', async () => {
  await taken();
  const [stormy, calm] = [keeperOf(), keeperOf()];
  const [busy, quiet] = [await endpoint(stormy), await endpoint(calm)];
  await control('/_secrets', [busy.secret, quiet.secret]);
  await admin.query(`insert into commerce.feed (tenant_id, position, event_id, type, stream_id, payload, occurred_at)
    select $1, $2::bigint + n, gen_random_uuid(), 'OrderMoved', o.id, jsonb_build_object('orderId', o.id, 'number', n, 'from', 'PLACED', 'to', 'ACCEPTED', 'movedAt', '2026-12-01T18:00:00.000Z'), $3
    from generate_series(1, 700) n, lateral (select gen_random_uuid() as id where n > 0) o`, [stormy.tenant, position, clock.now()]);
  position += 700;
  await happen(calm.tenant, newId(), 'READY');
  const of = async (tenant: string) => (await admin.query('select from tenancy.webhook_message where tenant_id = $1', [tenant])).rowCount;
  expect(await collect()).toMatchObject({ more: true });
  expect([await of(stormy.tenant), await of(calm.tenant)]).toEqual([500, 1]);
  expect(await collect()).toMatchObject({ more: false });
  expect([await of(stormy.tenant), await of(calm.tenant)]).toEqual([700, 1]);
  const made = await Promise.all([run(stormy.tenant, busy.uuid), run(stormy.tenant, busy.uuid), run(calm.tenant, quiet.uuid)]);
  expect(made).toEqual([100, 100, 1]);
  const calls = await taken();
  expect([calls.length, calls.filter(({ again }) => again).length]).toEqual([201, 0]);
});

it('the sweeper finds what is due, and what is old goes', async () => {
  const door = tenancyDoor(subject.running.services);
  const keeper = keeperOf();
  const { id, uuid } = await endpoint(keeper);
  await send('webhookEndpointTest', { webhookEndpointId: id }, keeper);
  const due = async () => (await door.overdue(system)).find(({ job }) => job.name === 'tenancy.sendWebhooks')?.payloads.filter((one) => (one as { endpointId: string }).endpointId === uuid);
  await admin.query(`update tenancy.webhook_message set next_at = now() - interval '1 minute' where tenant_id = $1`, [keeper.tenant]);
  expect(await due()).toEqual([{ tenantId: keeper.tenant, endpointId: uuid }]);
  await admin.query(`update tenancy.webhook_endpoint set retry_at = now() + interval '1 minute' where tenant_id = $1`, [keeper.tenant]);
  expect(await due()).toEqual([]);
  const states = async () => (await admin.query('select state from tenancy.webhook_message where tenant_id = $1', [keeper.tenant])).rows.map(({ state }: { state: string }) => state);
  await door.tidy(system);
  expect(await states()).toEqual(['PENDING']);
  await admin.query(`update tenancy.webhook_message set expires_at = now() - interval '1 second' where tenant_id = $1`, [keeper.tenant]);
  await door.tidy(system);
  expect(await states()).toEqual(['FAILED']);
  await admin.query(`update tenancy.webhook_message set finished_at = now() - interval '31 days' where tenant_id = $1`, [keeper.tenant]);
  await door.tidy(system);
  expect(await states()).toEqual([]);
});
