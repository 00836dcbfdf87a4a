// Dead letters through the graph: seen with their reason, corrected beside what came, read again, and never a message twice; and how connections stand.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NUMBER, TestConversations, batchBody, textBody } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import type { Actor } from '../../kernel/base/actor.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { ingestJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';

let house: TestConversations;
let manager: Actor;
let clerk: Actor;
beforeAll(async () => {
  house = await TestConversations.boot();
  clerk = person(house.tenantId, ['conversation:read', 'inbox:read', 'inbox:manage']);
  manager = person(house.tenantId, [...clerk.permissions, 'inbox:inspect']);
});
beforeEach(() => house.admin.query(`truncate conversations.webhook_delivery, conversations.webhook_replay, conversations.message, conversations.inbox_failure cascade`));
afterAll(() => house?.close());

const FIELDS = 'id status attempts error processedAt replays inbox { id } lastReplay { requestedBy { id } reason corrected }';
interface Delivery { id: string; status: string; error: string | null; replays: number; body?: string | null }

async function list(filter: object = {}, { by = manager, fields = FIELDS, page = {} } = {}): Promise<{ nodes: Delivery[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }> {
  const { data, errors } = await house.ask(`query ($filter: WebhookDeliveryFilter, $first: Int, $after: String) {
    webhookDeliveries(filter: $filter, first: $first, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`, { filter, ...page }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['webhookDeliveries'] as never;
}

type Answer = { delivery: Delivery | null; userErrors: { __typename: string; field: string[] | null }[] };
async function replay(input: Record<string, unknown>, by = manager): Promise<Answer> {
  const { data, errors } = await house.ask(`mutation ($input: WebhookDeliveryReplayInput!) { webhookDeliveryReplay(input: $input) { delivery { ${FIELDS} } userErrors { __typename field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['webhookDeliveryReplay'] as Answer;
}

const texts = async (): Promise<unknown[]> => (await house.rows('select text, external_id from conversations.message order by seq')).map(({ text, external_id: id }) => [id, text]);
const good = (id: string): string => textBody({ id, text: `Text of ${id}`, from: '15550001111', name: 'Ana' });
/** Two messages, of which the second has lost its time. */
const broken = (): string => {
  const body = batchBody([{ id: 'wamid.whole', text: 'Whole', from: '15550001111', name: 'Ana', timestamp: 1_749_416_300 }, { id: 'wamid.broken', text: 'Broken', from: '15550001111', name: 'Ana', timestamp: 1_749_416_383 }]);
  return body.replace('"1749416383"', '"yesterday"');
};

describe('a dead letter', () => {
  it('is seen with its reason, and its words by who may see them', async () => {
    await house.deliver(broken());
    const { nodes: [dead] } = await list({ status: 'FAILED', inboxId: encodeId('inb', house.inboxId) });
    expect(dead).toMatchObject({ status: 'FAILED', attempts: 0, replays: 0, lastReplay: null, error: expect.stringMatching(/WhatsApp.*messages\[0\].*timestamp/i) });
    expect((await list({ status: 'FAILED' }, { fields: 'body bodySize' })).nodes).toEqual([{ body: broken(), bodySize: broken().length }]);
    const { data, errors } = await house.ask('{ webhookDeliveries { nodes { id body } } }', {}, clerk);
    expect([data, errors]).toMatchObject([{ webhookDeliveries: { nodes: [{ id: dead?.id, body: null }] } }, [{ extensions: { code: 'FORBIDDEN', permission: 'inbox:inspect' } }]]);
    expect(await house.rows(`select count(*)::int as n from conversations.audit_staging where event->>'action' = 'webhookDelivery.body'`)).toEqual([{ n: 1 }]);
  });

  it('is corrected beside what came: its messages come once, and what came is kept', async () => {
    await house.deliver(broken());
    expect(await texts()).toEqual([['wamid.whole', 'Whole']]);
    const { nodes: [{ id = '' } = {}] } = await list({ status: 'FAILED' });
    const input = { id, body: broken().replace('"yesterday"', '"1749416383"'), reason: 'The provider left the time out' };
    expect((await replay(input)).delivery).toMatchObject({ status: 'RECEIVED', replays: 1, error: null, lastReplay: { requestedBy: { id: encodeId('user', manager.sub ?? '') }, reason: input.reason, corrected: true } });
    await house.ingestAll();
    expect([await texts(), (await list()).nodes]).toMatchObject([[['wamid.whole', 'Whole'], ['wamid.broken', 'Broken']], [{ id, status: 'PROCESSED' }]]);
    expect(await house.rows('select body from conversations.webhook_delivery')).toEqual([{ body: Buffer.from(broken()) }]);
    // As it came, once more: what is there stays, and what cannot be read is told again.
    await replay({ id });
    await house.ingestAll();
    expect([(await texts()).length, (await list()).nodes]).toMatchObject([2, [{ status: 'FAILED', replays: 2, lastReplay: { reason: null, corrected: false } }]]);
  });

  it('that was delivered to an inbox which was deleted before it was read says so', async () => {
    const inbox = await house.createInbox(house.tenantId, `gone-${newId()}`);
    const [{ key = '' } = {}] = await house.rows<{ key: string }>('select key from conversations.inbox where id = $1', [inbox]);
    expect((await house.receive(good('wamid.late'), { params: { channel: 'whatsapp', inboxKey: key } })).status).toBe(200);
    await house.ask('mutation ($input: InboxDeleteInput!) { inboxDelete(input: $input) { inbox { id } } }', { input: { inboxId: encodeId('inb', inbox) } }, manager);
    await house.ingestAll();
    const { nodes: [{ id = '', ...delivery } = {}] } = await list();
    expect(delivery).toMatchObject({ status: 'FAILED', error: 'The inbox was deleted before this was read.' });
    expect((await replay({ id })).userErrors).toMatchObject([{ __typename: 'ChannelUnavailable', field: ['input', 'id'] }]);
  });
});

describe('webhookDeliveryReplay', () => {
  it('of what was read makes nothing twice, however often and by however many at once', async () => {
    await house.deliver(good('wamid.once'));
    const { nodes: [{ id = '' } = {}] } = await list();
    const answers = await Promise.all(Array.from({ length: 8 }, () => replay({ id })));
    expect(answers.map(({ userErrors }) => userErrors)).toEqual(answers.map(() => []));
    expect(await house.count('webhook_replay')).toBe(1);
    await Promise.all([1, 2, 3].map(() => house.services.ingest.ingest(house.tenantId, decodeId('whd', id) ?? '')));
    expect([await texts(), (await list()).nodes]).toMatchObject([[['wamid.once', 'Text of wamid.once']], [{ status: 'PROCESSED', replays: 1 }]]);
    expect(await house.rows(`select event->'after' as after from conversations.audit_staging where event->>'action' = 'webhook.replay' and event->'resource'->>'id' = $1 and not event->'after' ? 'repeated'`, [id]))
      .toEqual([{ after: { status: 'RECEIVED', corrected: false } }]);
  });

  it('asked for while an earlier reading has not ended is not ended by that', async () => {
    await house.receive(broken());
    const [{ id = '' } = {}] = await house.rows<{ id: string }>('select id from conversations.webhook_delivery');
    const blocker = await house.admin.connect();
    await blocker.query('begin');
    await blocker.query('lock table conversations.contact_identity in exclusive mode');
    const reading = house.services.ingest.ingest(house.tenantId, id);
    await until(async () => await house.blocked() > 0, 'the reading waits');
    // Another reading ended, and somebody had it read again.
    await house.rows('update conversations.webhook_delivery set replays = 1 where id = $1', [id]);
    await blocker.query('commit');
    blocker.release();
    await reading;
    expect(await house.rows('select status from conversations.webhook_delivery')).toEqual([{ status: 'RECEIVED' }]);
  });

  it('of an old delivery waits from now: its attempts are spaced as those of a new one', async () => {
    await house.deliver(good('wamid.old'));
    const { nodes: [{ id = '' } = {}] } = await list();
    await house.rows(`update conversations.webhook_delivery set received_at = now() - interval '1 day', waiting_since = now() - interval '1 day'`);
    const due = async (): Promise<unknown> => (await conversationsDoor(house.services).overdue(house.admin)).find(({ job }) => job === ingestJob)?.payloads.length;
    await replay({ id });
    // As after an attempt that failed.
    await house.rows('update conversations.webhook_delivery set attempts = 1');
    expect(await due()).toBe(0);
    await house.rows(`update conversations.webhook_delivery set waiting_since = now() - interval '10 seconds'`);
    expect(await due()).toBe(0);
    await house.rows(`update conversations.webhook_delivery set waiting_since = now() - interval '13 seconds'`);
    expect(await due()).toBe(1);
    await house.ingestAll();
  });

  it('of what retention takes at that moment finds nothing', async () => {
    await house.deliver(good('wamid.taken'));
    const { nodes: [{ id = '' } = {}] } = await list();
    const purge = await house.admin.connect();
    await purge.query('begin');
    await purge.query('delete from conversations.webhook_delivery');
    const asked = replay({ id });
    await until(async () => await house.blocked() > 0, 'the replay waits');
    await purge.query('commit');
    purge.release();
    expect((await asked).userErrors).toEqual([{ __typename: 'WebhookDeliveryNotFound', field: ['input', 'id'] }]);
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['without a reason', { body: good('wamid.x') }, 'InputInvalid', 'input.reason'],
    ['that is no JSON', { body: '{', reason: 'x' }, 'InputInvalid', 'input.body'],
    ['that cannot be read either', { body: broken(), reason: 'x' }, 'InputInvalid', 'input.body'],
    ['of another provider', { body: '{"object":"page","entry":[]}', reason: 'x' }, 'InputInvalid', 'input.body'],
    ['that is too large', { body: `{"a":"${'x'.repeat(1024 * 1024)}"}`, reason: 'x' }, 'InputInvalid', 'input.body'],
    ['with a reason that cannot be stored', { body: good('wamid.x'), reason: 'a\0b' }, 'InputInvalid', 'input.reason'],
  ])('of a correction %s is refused, and changes nothing', async (_, wrong, type, field) => {
    await house.deliver(broken());
    const { nodes: [before] } = await list();
    expect(await replay({ id: before?.id, ...wrong })).toMatchObject({ delivery: null, userErrors: [{ __typename: type, field: field.split('.') }] });
    expect((await list()).nodes).toEqual([before]);
  });

  it('of what waits, of what is not there and of what is of another tenant', async () => {
    await house.receive(good('wamid.waits'));
    const { nodes: [{ id = '' } = {}] } = await list({ status: 'RECEIVED' });
    expect((await replay({ id, body: good('wamid.y'), reason: 'x' })).userErrors).toMatchObject([{ __typename: 'WebhookDeliveryWaiting' }]);
    expect((await replay({ id })).delivery).toMatchObject({ replays: 0 });
    for (const [wanted, by] of [[encodeId('whd', newId()), manager], [id, person(newId(), manager.permissions)]] as const) {
      expect((await replay({ id: wanted }, by)).userErrors).toEqual([{ __typename: 'WebhookDeliveryNotFound', field: ['input', 'id'] }]);
    }
    expect((await house.ask('mutation ($input: WebhookDeliveryReplayInput!) { webhookDeliveryReplay(input: $input) { delivery { id } } }', { input: { id, body: '{}', reason: 'x' } }, clerk)).errors)
      .toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'inbox:inspect' } }]);
    await house.ingestAll();
  });
});

describe('webhookDeliveries', () => {
  it('pages through what there is, newest first, each once', async () => {
    const inbox = await house.createInbox(house.tenantId, `second-${newId()}`);
    for (const id of ['a', 'b', 'c']) await house.receive(good(`wamid.${id}`));
    await house.deliver(broken());
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { nodes, pageInfo } = await list({}, { page: { first: 2, after } });
      seen.push(...nodes.map(({ id }) => id));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect([seen, new Set(seen).size]).toEqual([seen.toSorted().toReversed(), 4]);
    expect([(await list({ status: 'FAILED' })).nodes.length, (await list({ status: 'PROCESSED' })).nodes.length, (await list({ inboxId: encodeId('inb', inbox) })).nodes]).toEqual([1, 3, []]);
    expect((await list({}, { by: person(newId(), manager.permissions) })).nodes).toEqual([]);
    const { errors } = await house.ask('{ webhookDeliveries(after: "x") { nodes { id } } }', {}, manager);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['after'] } }]);
  });
});

describe('integrationStatus', () => {
  const QUERY = '{ integrationStatus(first: 100) { nodes { failedMessages waitingDeliveries failedDeliveries problems inbox { id state lastReceivedAt lastSentAt tokenExpiresAt lastTest { passed } } } } }';
  const status = async (by = manager): Promise<{ inbox: { id: string } }[]> => (await house.ask(QUERY, {}, by)).data?.['integrationStatus'] as never;
  const of = async (id: string): Promise<unknown> => ((await status()) as unknown as { nodes: { inbox: { id: string } }[] }).nodes.find(({ inbox }) => inbox.id === id);

  it('tells of every inbox what somebody should look at, in as many statements however many there are', async () => {
    const id = encodeId('inb', house.inboxId);
    await house.receive(good('wamid.waiting'));
    await house.deliver(broken());
    await house.receive(good('wamid.waiting.too'));
    await house.rows(`insert into conversations.inbox_failure values ($1, $2, 1, now() - interval '2 hours', 3), ($1, $2, 2, now() - interval '30 hours', 50)`, [house.tenantId, house.inboxId]);
    await house.rows(`update conversations.inbox set token_expires_at = now() + interval '9 days', last_test_at = now(), last_test_code = '100' where id = $1`, [house.inboxId]);
    expect(await of(id)).toMatchObject({
      failedMessages: 3, waitingDeliveries: 1, failedDeliveries: 1, problems: ['TOKEN_EXPIRING', 'TEST_FAILED', 'DELIVERIES_FAILED', 'MESSAGES_FAILED'],
      inbox: { id, state: 'ACTIVE', lastReceivedAt: expect.any(String), lastTest: { passed: false } },
    });
    const { database } = house.subject.running;
    const cost = async (): Promise<number> => {
      const before = database.statements;
      await status();
      return database.statements - before;
    };
    const few = await cost();
    const quiet = await Promise.all([1, 2, 3, 4, 5].map(() => house.createInbox(house.tenantId, `quiet-${newId()}`)));
    expect(await cost()).toBe(few);
    await house.ask('mutation ($input: InboxDisableInput!) { inboxDisable(input: $input) { inbox { id } } }', { input: { inboxId: encodeId('inb', quiet[0] ?? '') } }, manager);
    expect(await of(encodeId('inb', quiet[0] ?? ''))).toMatchObject({ problems: ['DISABLED', 'NOTHING_RECEIVED'], failedDeliveries: 0 });
    expect(await status(person(newId(), ['inbox:read', 'conversation:read']))).toEqual({ nodes: [] });
    await house.ingestAll();
  });

  it('counts a message that failed in its hour, and forgets it after a day', async () => {
    const failed = async (): Promise<unknown> => (await of(encodeId('inb', house.inboxId)) as { failedMessages: number }).failedMessages;
    const thread = await house.conversation('15550008801');
    for (const text of ['one', 'two']) {
      const message = await house.queue(thread, text).catch(() => house.queue(thread, text));
      await house.deliver(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'messages', value: {
        messaging_product: 'whatsapp', metadata: { display_phone_number: '1', phone_number_id: NUMBER },
        statuses: [{ id: `wamid.${text}`, status: 'failed', timestamp: '1749416390', recipient_id: '15550008801', biz_opaque_callback_data: encodeId('msg', message), errors: [{ code: 131026, title: 'Undeliverable' }] }],
      } }] }] }));
    }
    expect(await failed()).toBe(2);
    house.clock.advance(25 * 3_600_000);
    expect(await failed()).toBe(0);
  });
});
