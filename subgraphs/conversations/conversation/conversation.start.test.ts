// Staff write first: one conversation for a contact and an inbox, whoever begins it and however many at once, and none beyond the plan.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations, textBody } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

const START = `mutation ($input: ConversationStartInput!) { conversationStart(input: $input) {
  conversation { id displayNumber status waitingSince unreadCount assignee { id } lastMessage { text } } message { id seq status text direction }
  userErrors { __typename code field ... on QuotaExceeded { quota limit used plansThatAllow } } } }`;
interface Started { conversation: { id: string } | null; message: { id: string; seq: number } | null; userErrors: unknown[] }

let house: TestConversations;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  await house.addTemplate('free', 'Your table is free');
});
afterAll(() => house?.close());

const contact = (externalId: string, tenantId = house.tenantId, inboxId = house.inboxId): Promise<string> =>
  house.services.contacts.create(tenantId, { id: newId(), name: 'Ana', inboxId, externalId, phone: null }, 'test');
const input = (contactId: string, more: Record<string, unknown> = {}): Record<string, unknown> =>
  ({ contactId: encodeId('cont', contactId), inboxId: encodeId('inb', house.inboxId), template: TEMPLATE, idempotencyKey: newId(), ...more });
/** Who never wrote is written to with a template. */
const TEMPLATE = { name: 'free', language: 'en' };
const TEXT = { template: null };
const ask = (sent: Record<string, unknown>, actor = house.agent) => house.ask(START, { input: sent }, actor);
async function start(sent: Record<string, unknown>, actor = house.agent): Promise<Started> {
  const { data, errors } = await ask(sent, actor);
  expect(errors).toBeUndefined();
  return data?.['conversationStart'] as Started;
}
const TABLES = ['conversation', 'message', 'outbound', 'send_request', 'outbox', 'tenant_counter'];
const written = (): Promise<number[]> => Promise.all(TABLES.map((table) => house.count(table)));
const audited = async (action: string): Promise<unknown[]> =>
  (await house.rows<{ event: unknown }>(`select event from conversations.audit_staging where event->>'action' = $1 order by id`, [action])).map(({ event }) => event);
/** Contact and text of every conversation of a customer. */
const conversationsOf = (contactId: string) => house.rows<{ id: string; last_seq: number; inbound_count: number; seqs: number[] }>(
  `select id, last_seq, inbound_count, (select array_agg(seq order by seq) from conversations.message m where m.conversation_id = c.id) as seqs
   from conversations.conversation c where contact_id = $1`, [contactId]);

describe('conversationStart', () => {
  it('begins one with somebody who never wrote, and goes on in it when they answer', async () => {
    const id = await contact('15550004000');
    const begun = await start(input(id));
    expect(begun).toEqual({
      conversation: {
        id: expect.stringMatching(/^conv_/), displayNumber: 1, status: 'OPEN', waitingSince: null, unreadCount: 0, assignee: null, lastMessage: { text: 'Your table is free' },
      },
      message: { id: expect.stringMatching(/^msg_/), seq: 1, status: 'QUEUED', text: 'Your table is free', direction: 'OUTBOUND' }, userErrors: [],
    });
    const told = { resource: { type: 'Conversation', id: begun.conversation?.id }, outcome: 'SUCCESS' };
    expect(await audited('conversation.start')).toMatchObject([{ ...told, before: null, after: { status: 'OPEN', message: begun.message?.id } }]);
    expect(await audited('conversation.open')).toMatchObject([told]);
    expect(await audited('message.send')).toMatchObject([{ resource: { type: 'Message', id: begun.message?.id }, after: { conversation: begun.conversation?.id, status: 'QUEUED' } }]);

    const [row] = await conversationsOf(id);
    expect(await house.drain(row?.id ?? '')).toBe(1);
    expect((await house.taken()).at(-1)?.body).toMatchObject({ to: '15550004000', template: { name: 'free' } });
    await house.text('wamid.answer', 'Thank you', '15550004000');
    expect(await conversationsOf(id)).toEqual([{ id: row?.id, last_seq: 2, inbound_count: 1, seqs: [1, 2] }]);
  });

  it.each([['OPEN', 'OPEN'], ['PENDING', 'PENDING'], ['SNOOZED', 'OPEN'], ['RESOLVED', 'OPEN']])('goes on in a conversation that is %s, which is then %s', async (before, after) => {
    const conversation = await house.conversation(`1555001${before.length}${before.charCodeAt(0)}`);
    const [{ contact_id: id } = { contact_id: '' }] = await house.rows<{ contact_id: string }>('update conversations.conversation set status = $2 where id = $1 returning contact_id', [conversation, before]);
    const { conversation: shown, message } = await start(input(id));
    expect(shown).toMatchObject({ id: encodeId('conv', conversation), status: after, waitingSince: null, unreadCount: 1 });
    expect(message).toMatchObject({ seq: 2, status: 'QUEUED' });
    expect((await audited('conversation.start')).at(-1)).toMatchObject({ before: { status: before }, after: { status: after } });
  });

  it('is the same when it is repeated, and refuses its key to anything else', async () => {
    const [one, other] = [await contact('15550004001'), await contact('15550004002')];
    const sent = input(one);
    const first = await start(sent);
    const before = await written();
    expect(await start(sent)).toEqual(first);
    const mismatch = { conversation: null, message: null, userErrors: [{ __typename: 'IdempotencyMismatch', code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] }] };
    expect(await start({ ...sent, ...TEXT, text: 'Other' })).toEqual(mismatch);
    expect(await start({ ...sent, contactId: encodeId('cont', other) })).toEqual(mismatch);
    expect(await written()).toEqual(before);
  });
});

describe('what is refused writes nothing', () => {
  it('wrong values, what is not there or of another tenant, and who may not', async () => {
    const rivalTenant = newId();
    const rivalInbox = await house.createInbox(rivalTenant, 'rival');
    await house.addTemplate('free', 'Your table is free', { tenantId: rivalTenant, inboxId: rivalInbox });
    const elsewhere = await house.createInbox(house.tenantId, 'elsewhere');
    const [own, theirs] = [await contact('15550004100'), await contact('15550004100', rivalTenant, rivalInbox)];
    const rival = person(rivalTenant, ['conversation:read', 'conversation:create']);
    const inbox = (id: string) => ({ inboxId: encodeId('inb', id) });
    const before = await written();

    const noContact = { __typename: 'ContactNotFound', code: 'NOT_FOUND', field: ['input', 'contactId'] };
    const noInbox = { __typename: 'InboxNotFound', code: 'NOT_FOUND', field: ['input', 'inboxId'] };
    const invalid = (field: string) => ({ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', field] });
    for (const [sent, error, actor] of [
      [input(newId()), noContact], [input(theirs), noContact], [input(own, inbox(rivalInbox)), noInbox], [input(own, inbox(newId())), noInbox],
      [input(own, inbox(rivalInbox)), noContact, rival], [input(theirs), noInbox, rival],
      [input(own, inbox(elsewhere)), { __typename: 'ContactUnreachable', code: 'BAD_USER_INPUT', field: ['input', 'contactId'] }],
      [input(own, { ...TEXT, text: ' \n' }), invalid('text')], [input(own, { ...TEXT, text: 'x'.repeat(4_097) }), invalid('text')], [input(own, { ...TEXT, text: 'a\0b' }), invalid('text')],
      [input(own, { idempotencyKey: 'a b' }), invalid('idempotencyKey')],
    ] as const) expect(await start(sent, actor)).toEqual({ conversation: null, message: null, userErrors: [error] });

    for (const [sent, field] of [[input(own, { contactId: encodeId('inb', own) }), 'contactId'], [input(own, { inboxId: '' }), 'inboxId']] as const) {
      expect(await ask(sent)).toMatchObject({ data: { conversationStart: null }, errors: [{ extensions: { code: 'BAD_USER_INPUT', field: ['input', field] } }] });
    }
    expect(await ask(input(own), person(house.tenantId, ['conversation:read']))).toMatchObject({ data: { conversationStart: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await written()).toEqual(before);
    // The control: the same contacts, each by their own.
    expect((await start(input(own))).userErrors).toEqual([]);
    expect((await start(input(theirs, inbox(rivalInbox)), rival)).userErrors).toEqual([]);
  });

  it('a contact that is deleted meanwhile is not found', async () => {
    const id = await contact('15550004101');
    const purge = await house.admin.connect();
    try {
      await purge.query('begin');
      await purge.query('select from conversations.contact where id = $1 for update', [id]);
      const starting = start(input(id));
      await until(async () => (await house.rows(`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%contact%' and datname = current_database()`)).length > 0, 'it waits');
      await purge.query('delete from conversations.contact_identity where contact_id = $1', [id]);
      await purge.query('delete from conversations.contact where id = $1', [id]);
      await purge.query('commit');
      expect((await starting).userErrors).toMatchObject([{ __typename: 'ContactNotFound' }]);
    } finally {
      purge.release();
    }
  });
});

describe('many at once', () => {
  const TIMES = Array.from({ length: 10 }, (_, index) => index);

  it('with one key are one message', async () => {
    const id = await contact('15550004200');
    const sent = input(id);
    const answers = await Promise.all(TIMES.map(() => start(sent)));
    expect(new Set(answers.map(({ message }) => message?.id)).size).toBe(1);
    expect(await conversationsOf(id)).toMatchObject([{ last_seq: 1, seqs: [1] }]);
  });

  it('by staff, while the customer writes, are in one conversation, each once', async () => {
    const from = '15550004201';
    const id = await contact(from);
    for (const index of TIMES) expect((await house.receive(textBody({ id: `wamid.race.${index}`, text: 'Hello', from, name: 'Ana' }))).status).toBe(200);
    const deliveries = await house.waiting();
    let [running, most] = [0, 0];
    const counted = async <T>(work: Promise<T>): Promise<T> => {
      most = Math.max(most, running += 1);
      return work.finally(() => { running -= 1; });
    };
    await Promise.all([...TIMES.map(() => counted(start(input(id)))), ...deliveries.map((one) => counted(house.services.ingest.ingest(one.tenant_id, one.id)))]);
    process.stdout.write(`conversationStart: ${most} at once, staff and customer\n`);
    expect(await house.rows(`select error from conversations.webhook_delivery where status <> 'PROCESSED'`)).toEqual([]);
    expect(await conversationsOf(id)).toMatchObject([{ last_seq: 20, inbound_count: 10, seqs: Array.from({ length: 20 }, (_, index) => index + 1) }]);
  });

  it('begin exactly as many as the plan allows, with numbers without a gap', async () => {
    const tenantId = newId();
    const inboxId = await house.createInbox(tenantId, 'small');
    await house.addTemplate('free', 'Your table is free', { tenantId, inboxId });
    const agent = person(tenantId, ['conversation:read', 'conversation:create']);
    await house.services.limits.apply(tenantId, {
      version: 1, tier: 'FREE', features: [], anchor: '2026-01-31T00:00:00.000Z', ceilings: { CONVERSATIONS: 4 }, offers: { CONVERSATIONS: ['STARTUP'] },
    });
    const ids = await Promise.all(TIMES.map((index) => contact(`1555000430${index}`, tenantId, inboxId)));
    const sent = (id: string) => input(id, { inboxId: encodeId('inb', inboxId) });
    const answers = await Promise.all(ids.map((id) => start(sent(id), agent)));
    const refused = answers.filter(({ message }) => !message);
    expect(refused).toEqual(Array.from({ length: 6 }, () => ({
      conversation: null, message: null,
      userErrors: [{ __typename: 'QuotaExceeded', code: 'QUOTA_EXCEEDED', field: ['input', 'contactId'], quota: 'CONVERSATIONS', limit: '4', used: '4', plansThatAllow: ['STARTUP'] }],
    })));
    const numbers = await house.rows('select display_number as n from conversations.conversation where tenant_id = $1 order by 1', [tenantId]);
    expect(numbers).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    expect(await house.rows(`select used::int, over::int from conversations.quota where tenant_id = $1 and name = 'CONVERSATIONS'`, [tenantId])).toEqual([{ used: 4, over: 0 }]);
    expect(await house.rows('select from conversations.send_request where tenant_id = $1', [tenantId])).toHaveLength(4);
    // Going on in one that is counted is not beginning.
    const begun = ids[answers.findIndex(({ message }) => message)] ?? '';
    expect((await start(sent(begun), agent)).userErrors).toEqual([]);
  });
});
