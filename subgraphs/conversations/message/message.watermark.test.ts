// Messenger and Instagram: sent, echoed, delivered and read up to a moment, whatever the order in which that is told.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { APP_SECRET, TestConversations } from '../../../test/kit/conversations.js';
import { signMetaBody } from '../../../ops/standins/sign-webhook.js';
import { encodeId } from '../../kernel/base/ids.js';
import { permutations } from '../../../test/kit/permutations.js';

const PAGE = '1234567';
let house: TestConversations;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  await house.createInbox(house.tenantId, 'page', PAGE, 'MESSENGER');
  await house.createInbox(house.tenantId, 'account', PAGE, 'INSTAGRAM');
});
afterAll(() => house?.close());

type Event = Record<string, unknown>;
const route = (channel = 'messenger', inboxKey = 'page') => (body: string) => ({ params: { channel, inboxKey }, headers: { 'x-hub-signature-256': signMetaBody(body, APP_SECRET) } });
function deliver(events: Event[], object = 'page', to = route()): Promise<void> {
  const body = JSON.stringify({ object, entry: [{ id: PAGE, time: Date.now(), messaging: events }] });
  return house.deliver(body, to(body));
}
const said = (from: string, part: Event, timestamp = Date.now()): Event => ({ sender: { id: from }, recipient: { id: PAGE }, timestamp, ...part });
const echo = (to: string, mid: string, text: string, more: Event = {}): Event =>
  ({ sender: { id: PAGE }, recipient: { id: to }, timestamp: Date.now(), message: { mid, is_echo: true, text, ...more } });
const read = (from: string, watermark: number): Event => said(from, { read: { watermark } });

/** A conversation in which the customer has written. @returns its UUID */
async function conversation(from: string): Promise<string> {
  await deliver([said(from, { message: { mid: `mid.${from}`, text: 'Hello' } })]);
  return conversationOf(from);
}
async function conversationOf(from: string): Promise<string> {
  const [row] = await house.rows<{ id: string }>(`select c.id from conversations.conversation c join conversations.contact_identity i using (tenant_id, contact_id) where i.external_id = $1`, [from]);
  return row?.id ?? '';
}
async function send(id: string, text: string): Promise<string> {
  const message = await house.queue(id, text);
  await house.drain(id);
  return message;
}
const outbound = async (id: string): Promise<unknown[]> =>
  (await house.rows(`select status, author_kind as author, text from conversations.message where conversation_id = $1 and direction = 'OUTBOUND' order by seq`, [id])).map((row) => Object.values(row).join(' '));
const attempted = async (message: string): Promise<number> =>
  (await house.rows<{ at: Date }>('select attempted_at as at from conversations.outbound where message_id = $1', [message]))[0]?.at.getTime() ?? 0;

describe('a message to a page', () => {
  it('is answered through the Send API, and its echo changes nothing', async () => {
    const id = await conversation('100');
    const message = await send(id, 'We are open');
    const [taken] = (await house.taken()).slice(-1);
    expect(taken).toMatchObject({ path: `/v23.0/${PAGE}/messages`, body: {
      recipient: { id: '100' }, messaging_type: 'RESPONSE', message: { text: 'We are open', metadata: encodeId('msg', message) },
    } });
    await deliver([echo('100', taken?.id ?? '', 'We are open', { metadata: encodeId('msg', message) })]);
    await deliver([echo('100', taken?.id ?? '', 'We are open')]);
    expect(await outbound(id)).toEqual(['SENT USER We are open']);
  });

  it('whose answer was lost is settled by its echo, with our reference or by its words, and never sent twice', async () => {
    for (const [from, more] of [['101', true], ['102', false]] as const) {
      const id = await conversation(from);
      await house.script([{ drop: 'after' }]);
      const message = await send(id, `Lost ${from}`);
      expect(await outbound(id)).toEqual([`QUEUED USER Lost ${from}`]);
      const [taken] = (await house.taken()).slice(-1);
      for (let round = 0; round < 2; round += 1) await deliver([echo(from, taken?.id ?? '', `Lost ${from}`, more ? { metadata: encodeId('msg', message), round } : { round })]);
      expect(await outbound(id)).toEqual([`SENT USER Lost ${from}`]);
      expect(await house.standing(message)).toMatchObject({ external_id: taken?.id, state: 'ACCEPTED' });
    }
  });

  it('is refused when it is longer than the channel takes', async () => {
    const id = await conversation('103');
    const ask = async (text: string) => ((await house.ask(`mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id } userErrors { code field message } } }`,
      { input: { conversationId: encodeId('conv', id), text, idempotencyKey: String(text.length) } })).data?.['messageSend']);
    expect(await ask('x'.repeat(2_001))).toMatchObject({ message: null, userErrors: [{ code: 'BAD_USER_INPUT', field: ['input', 'text'], message: expect.stringContaining('2000') }] });
    expect(await outbound(id)).toEqual([]);
    expect(await ask('x'.repeat(2_000))).toMatchObject({ userErrors: [] });
  });

  it('by an address of another channel finds no inbox', async () => {
    const body = JSON.stringify({ object: 'page', entry: [] });
    expect((await house.receive(body, route('whatsapp')(body))).status).toBe(404);
    expect((await house.receive(body, route('instagram')(body))).status).toBe(404);
    expect((await house.receive(body, route()(body))).status).toBe(200);
  });
});

describe('what another program writes to the customer', () => {
  it('is a message of the channel, whatever came with it, and as far as reports and watermarks that came first say', async () => {
    const id = await conversation('500');
    const at = Date.now();
    await deliver([said('500', { delivery: { mids: ['mid.bot'], watermark: at } })]);
    await deliver([echo('500', 'mid.bot', 'I am a bot', { metadata: 'crm-7' })]);
    expect(await outbound(id)).toEqual(['DELIVERED CHANNEL I am a bot']);
    house.clock.advance(5_000);
    await deliver([read('500', at + 5_000)]);
    await deliver([echo('500', 'mid.bot.2', 'Still a bot', { metadata: encodeId('msg', '01930000-0000-7000-8000-000000000001') })]);
    expect(await outbound(id)).toEqual(['READ CHANNEL I am a bot', 'READ CHANNEL Still a bot']);
    expect(await house.rows('select waiting_since from conversations.conversation where id = $1', [id])).toEqual([{ waiting_since: null }]);
  });

  it('as an edit or a deletion before a message of ours has heard its own id is not forgotten', async () => {
    const id = await conversation('501');
    await house.script([{ drop: 'after' }]);
    await send(id, 'Taken back');
    const [taken] = (await house.taken()).slice(-1);
    await deliver([said(PAGE, { recipient: { id: '501' }, message: { mid: taken?.id, is_echo: true, is_deleted: true } })]);
    await deliver([echo('501', taken?.id ?? '', 'Taken back')]);
    expect(await house.rows(`select status, text, deleted_at is not null as gone from conversations.message where conversation_id = $1 and direction = 'OUTBOUND'`, [id]))
      .toEqual([{ status: 'SENT', text: null, gone: true }]);
  });

  it('with the words of a message that waits for a person is that message, however late it comes', async () => {
    const id = await conversation('502');
    await house.script([{ drop: 'after' }]);
    const message = await send(id, 'Nobody knows');
    expect(await house.services.outbound.giveUp(house.tenantId, message)).toBe(true);
    const [taken] = (await house.taken()).slice(-1);
    await deliver([{ ...echo('502', taken?.id ?? '', 'Nobody knows'), timestamp: await attempted(message) + 50 }]);
    expect(await outbound(id)).toEqual(['SENT USER Nobody knows']);
  });
});

describe('a watermark', () => {
  it('holds for everything sent until then, also for what hears of its sending later, and for nothing after it', async () => {
    const id = await conversation('200');
    const first = await send(id, 'one');
    await house.script([{ drop: 'after' }]);
    const second = await send(id, 'two');
    const between = await attempted(second);
    house.clock.advance(60_000);
    await send(id, 'three');
    await deliver([read('200', between)]);
    expect(await outbound(id)).toEqual(['READ USER one', 'QUEUED USER two', 'SENT USER three']);
    const lost = (await house.taken()).find(({ body }) => JSON.stringify(body).includes('"two"'));
    await deliver([echo('200', lost?.id ?? '', 'two')]);
    expect(await outbound(id)).toEqual(['READ USER one', 'READ USER two', 'SENT USER three']);
    expect(first).not.toBe(second);
  });

  it('ends the same in every order of deliveries and readings, each told twice', async () => {
    const moments = [0, 1, 2].flatMap((a) => [0, 1, 2].filter((b) => b !== a).map((b) => [a, b, 3 - a - b]));
    for (const [index, order] of moments.entries()) {
      const from = `3${index}`;
      const id = await conversation(from);
      const times: number[] = [];
      for (const text of ['a', 'b', 'c']) {
        times.push(await attempted(await send(id, text)));
        house.clock.advance(1_000);
      }
      const told = [read(from, times[0] ?? 0), said(from, { delivery: { mids: [], watermark: times[2] } }), read(from, times[1] ?? 0)];
      for (const step of order) for (let round = 0; round < 2; round += 1) await deliver([{ ...told[step], round }]);
      expect(await outbound(id)).toEqual(['READ USER a', 'READ USER b', 'DELIVERED USER c']);
    }
  });

  it('goes on behind a message that was refused, and one of the future holds for nothing that is sent later', async () => {
    const id = await conversation('600');
    await house.script([{ status: 400, body: { error: { code: 551 } } }]);
    await send(id, 'refused');
    await send(id, 'one');
    await deliver([read('600', Date.now() + 86_400_000 * 365)]);
    expect(await outbound(id)).toEqual(['FAILED USER refused', 'READ USER one']);
    expect(await house.rows(`select seq from conversations.watermark where conversation_id = $1`, [id])).toEqual([{ seq: 3 }]);
    house.clock.advance(1_000);
    await send(id, 'two');
    expect((await outbound(id)).at(-1)).toBe('SENT USER two');
  });

  it('that comes before its message, its conversation, or anybody to have one, is kept: every order ends the same', async () => {
    const at = Date.now() - 60_000;
    for (const [index, order] of permutations([0, 1, 2, 3]).entries()) {
      const from = `7${index}`;
      const told = [
        said(from, { message: { mid: `mid.${from}`, text: 'Hello' } }, at), read(from, at + 2_000),
        { ...echo(from, `mid.before.${from}`, 'before'), timestamp: at + 1_000 }, { ...echo(from, `mid.after.${from}`, 'after'), timestamp: at + 3_000 },
      ];
      await deliver(order.map((step) => told[step] as Event));
      expect((await outbound(await conversationOf(from))).toSorted()).toEqual(['READ CHANNEL before', 'SENT CHANNEL after']);
    }
  });

  it('is seen by one of the two when the first message of its conversation comes at the same moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const from = `8${round}`;
      const at = Date.now();
      for (const event of [{ ...echo(from, `mid.race.${from}`, 'race'), timestamp: at - 1_000 }, read(from, at)]) {
        const body = JSON.stringify({ object: 'page', entry: [{ id: PAGE, time: at, messaging: [event] }] });
        expect(await house.receive(body, route()(body))).toMatchObject({ status: 200 });
      }
      await Promise.all((await house.waiting()).map(({ tenant_id: tenant, id }) => house.services.ingest.ingest(tenant, id)));
      expect(await outbound(await conversationOf(from))).toEqual(['READ CHANNEL race']);
    }
  });

  it('of somebody who never wrote makes nobody known, and one in seconds changes nothing', async () => {
    await deliver([read('never', Date.now())]);
    expect(await house.rows(`select 1 from conversations.contact_identity where external_id = 'never'`)).toEqual([]);
    expect(await house.rows(`select state, tenant_id from conversations.contact_watermark where external_id = 'never'`)).toEqual([{ state: 'READ', tenant_id: house.tenantId }]);
    const id = await conversation('400');
    await send(id, 'one');
    await deliver([read('400', Math.floor(Date.now() / 1000))]);
    expect(await outbound(id)).toEqual(['SENT USER one']);
    expect(await house.rows(`select error from conversations.webhook_delivery where status = 'FAILED'`)).toEqual([{ error: expect.stringContaining('milliseconds') }]);
  });
});

it('an Instagram account is read and answered the same way', async () => {
  await deliver([said('900', { message: { mid: 'ig.1', attachments: [{ type: 'story_mention', payload: { url: 'https://story' } }] } })], 'instagram', route('instagram', 'account'));
  const [row] = await house.rows<{ id: string }>(`select conversation_id as id from conversations.message where external_id = 'ig.1' and type = 'SHARE'`);
  await send(row?.id ?? '', 'Thank you');
  expect((await house.taken()).at(-1)?.body).toMatchObject({ recipient: { id: '900' }, message: { text: 'Thank you' } });
});
