// Deliveries in: order within a batch, names, and the same rows whatever comes at the same moment.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { batchBody, INBOX_KEY, NUMBER, statusBody, TestConversations, textBody } from '../../../test/kit/conversations.js';
import { newId } from '../../kernel/base/ids.js';

let house: TestConversations;
beforeAll(async () => { house = await TestConversations.boot(); });
beforeEach(() => house.admin.query(`truncate conversations.contact, conversations.conversation, conversations.tenant_counter, conversations.webhook_delivery,
  conversations.delivery_status, conversations.outbox, conversations.audit_staging cascade`));
afterAll(() => house?.close());

const from = '15550001111';
const messages = () => house.rows<{ seq: number; external_id: string; text: string }>(
  'select seq, external_id, text from conversations.message order by conversation_id, seq');
const names = async (): Promise<unknown[]> => (await house.rows('select name from conversations.contact order by name')).map(({ name }) => name);

describe('a delivery of several messages', () => {
  it('numbers them in the order of its array, whatever their timestamps say', async () => {
    const texts = Array.from({ length: 12 }, (_, index) =>
      ({ id: `wamid.${index}`, text: `text ${index}`, from, name: 'Ana', timestamp: 1_700_000_000 - index }));
    await house.deliver(batchBody(texts));
    expect(await messages()).toEqual(texts.map(({ id, text }, index) => ({ seq: index + 1, external_id: id, text })));
    expect(await house.rows('select last_seq, inbound_count, display_number from conversations.conversation')).toEqual([
      { last_seq: 12, inbound_count: 12, display_number: 1 },
    ]);
  });

  it('gives n messages and m statuses, and a second time nothing', async () => {
    const texts = ['1', '2', '3'].map((number) => ({ id: `wamid.${number}`, text: number, from: `1555000${number}`, name: `Person ${number}` }));
    const statuses = (['sent', 'delivered'] as const).map((status) => ({ id: 'wamid.ours', status }));
    const body = batchBody(texts, statuses);
    await house.deliver(body);
    await house.deliver(`${body} `);
    expect([await house.count('message'), await house.count('contact'), await house.count('conversation'), await house.count('delivery_status')]).toEqual([3, 3, 3, 2]);
    expect(await house.count('webhook_delivery')).toBe(2);
    expect((await house.rows(`select event->>'action' as action from conversations.audit_staging where event->>'action' like 'message.%'`))).toHaveLength(3);
    expect((await house.rows(`select 1 from conversations.outbox where type = 'MessageAdded'`))).toHaveLength(3);
  });

  it('gives the same message twice in one batch once', async () => {
    const text = { id: 'wamid.twice', text: 'once', from, name: 'Ana' };
    await house.deliver(batchBody([text, text, { ...text, id: 'wamid.next', text: 'next' }]));
    expect((await messages()).map(({ seq, text: words }) => [seq, words])).toEqual([[1, 'once'], [2, 'next']]);
  });
});

describe('a contact', () => {
  it('takes the profile name it first comes with, and no later one', async () => {
    await house.text('wamid.1', 'a', from, 'Ana');
    await house.text('wamid.2', 'b', from, 'Another Name');
    expect(await names()).toEqual(['Ana']);
  });

  it('without a name takes the first that comes', async () => {
    await house.text('wamid.1', 'a', from, '');
    expect(await names()).toEqual([null]);
    await house.text('wamid.2', 'b', from, 'Ana');
    await house.text('wamid.3', 'c', from, 'Berta');
    expect(await names()).toEqual(['Ana']);
  });

  it('that staff made before keeps its name, and gets the conversation', async () => {
    const id = newId();
    await house.services.contacts.create(house.tenantId, { id, name: 'Mrs Staff', inboxId: house.inboxId, externalId: from, phone: null }, 'test');
    expect(await house.services.contacts.create(house.tenantId, { id: newId(), name: 'Again', inboxId: house.inboxId, externalId: from, phone: null }, 'test')).toBe(id);
    await house.text('wamid.1', 'a', from, 'Ana');
    expect(await names()).toEqual(['Mrs Staff']);
    expect(await house.rows('select contact_id from conversations.conversation')).toEqual([{ contact_id: id }]);
  });

  it('of two inboxes and of two tenants is nobody both know', async () => {
    const rival = newId();
    await house.createInbox(house.tenantId, 'second');
    await house.createInbox(rival, 'rival');
    const body = textBody({ id: 'wamid.1', text: 'a', from, name: 'Ana' });
    for (const inboxKey of [INBOX_KEY, 'second', 'rival']) expect((await house.receive(body, { params: { channel: 'whatsapp', inboxKey } })).status).toBe(200);
    await house.ingestAll();
    expect([await house.count('contact'), await house.count('conversation'), await house.count('message')]).toEqual([3, 3, 3]);
    expect((await house.rows('select display_number from conversations.conversation where tenant_id = $1', [rival]))).toEqual([{ display_number: 1 }]);
  });
});

describe('at the same moment', () => {
  it('twenty deliveries of one new contact: one contact, one conversation, no gap', async () => {
    const bodies = Array.from({ length: 20 }, (_, index) => textBody({ id: `wamid.${index}`, text: `${index}`, from, name: 'Ana' }));
    await Promise.all(bodies.map((body) => house.receive(body)));
    const waiting = await house.waiting();
    expect(waiting).toHaveLength(20);
    await Promise.all(waiting.map(({ tenant_id, id }) => house.services.ingest.ingest(tenant_id, id)));
    expect([await house.count('contact'), await house.count('contact_identity'), await house.count('conversation')]).toEqual([1, 1, 1]);
    expect((await messages()).map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    // The feed tells them in the same order: outbox ids are drawn under the lock.
    const told = await house.rows(`select m.seq from conversations.outbox o join conversations.message m on m.id = (o.payload->>'messageId')::uuid
      where o.type = 'MessageAdded' order by o.id`);
    expect(told.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('twenty new contacts: display numbers without gap', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => house.receive(textBody({ id: `wamid.${index}`, text: 'x', from: `1555${1000 + index}`, name: 'P' }))));
    await Promise.all((await house.waiting()).map(({ tenant_id, id }) => house.services.ingest.ingest(tenant_id, id)));
    const numbers = await house.rows<{ display_number: number }>('select display_number from conversations.conversation order by display_number');
    expect(numbers.map(({ display_number }) => display_number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  it('one delivery ingested five times at once, with one of its messages in another delivery', async () => {
    await house.receive(batchBody(['1', '2', '3', '4'].map((number) => ({ id: `wamid.${number}`, text: number, from, name: 'Ana' }))));
    await house.receive(textBody({ id: 'wamid.2', text: '2', from, name: 'Ana' }));
    const waiting = await house.waiting();
    const stored = await Promise.all([...waiting, ...waiting, ...waiting].map(({ tenant_id, id }) => house.services.ingest.ingest(tenant_id, id)));
    expect(stored.reduce((sum, one) => sum + one, 0)).toBe(4);
    expect((await messages()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(await house.rows('select distinct status, attempts from conversations.webhook_delivery')).toEqual([{ status: 'PROCESSED', attempts: 0 }]);
  });
});

describe('what is not for this inbox', () => {
  it('is read to the end and stores nothing', async () => {
    const body = textBody({ id: 'wamid.1', text: 'a', from, name: 'Ana' });
    await house.deliver(body.replace(NUMBER, '999'));
    await house.deliver(statusBody({ id: 'wamid.1', status: 'sent' }).replace('"field":"messages"', '"field":"account_update"'));
    expect([await house.count('message'), await house.count('delivery_status')]).toEqual([0, 0]);
    await house.deliver(body);
    expect(await house.count('message')).toBe(1);
  });
});
