// Sending through the stand-in of Meta's Graph API: what each answer makes of the ledger and the message, and when it is tried again.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { statusBody, TestConversations } from '../../../test/kit/conversations.js';
import { encodeId } from '../../kernel/base/ids.js';
import { conversationsDoor } from '../public.js';
import { retryDelay } from './outbound.rules.js';

const SECOND = 1_000;
const HOUR = 3_600_000;

let house: TestConversations;
let system: Pool;
let people = 0;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
});

const graph = (status: number, code?: number, extra: object = {}) =>
  ({ status, ...(code === undefined ? {} : { body: { error: { message: `(#${code}) Scripted`, code, ...extra } } }) });
const conversation = (): Promise<string> => house.conversation(`1555200${(people += 1)}`);
const taken = async (text: string): Promise<number> => (await house.sent()).filter((one) => one === text).length;
async function attempt(...answers: Parameters<TestConversations['script']>[0]): Promise<{ id: string; thread: string }> {
  const thread = await conversation();
  const id = await house.queue(thread, `text of ${thread}`);
  await house.script(answers);
  await house.drain(thread);
  return { id, thread };
}
const updates = async (id: string): Promise<unknown[]> => (await house.rows(`select event->>'action' as action from conversations.audit_staging
  where event->'resource'->>'id' = $1 and event->>'action' <> 'message.send' order by id`, [encodeId('msg', id)])).map(({ action }) => action);

describe('an answer of the provider', () => {
  it('that accepts: SENT with its id, and what was sent is what Meta documents', async () => {
    const { id, thread } = await attempt();
    expect(await house.standing(id)).toEqual({
      status: 'SENT', external_id: expect.stringMatching(/^wamid\./), error_code: null, error_title: null, state: 'ACCEPTED', attempts: 1, refusal: null });
    const sent = (await (await fetch(`${house.standIn?.url}/_sent`)).json() as { path: string; authorization: string; body: unknown }[]).at(-1);
    expect(sent).toMatchObject({ path: '/v23.0/106540352242922/messages', authorization: 'Bearer test-token', body: {
      messaging_product: 'whatsapp', recipient_type: 'individual', to: '15552001', type: 'text', text: { preview_url: false, body: `text of ${thread}` },
      biz_opaque_callback_data: encodeId('msg', id) } });
    expect(await updates(id)).toEqual(['message.sent']);
    expect([await house.drain(thread), await taken(`text of ${thread}`)]).toEqual([0, 1]);
  });

  it.each([
    ['permanent', graph(400, 132000), '132000'], ['permanent by its status', graph(404), '2'],
    ['opt-out', graph(400, 131050), 'RECIPIENT_OPTED_OUT'], ['window', graph(400, 131047), 'WINDOW_CLOSED'],
  ])('that refuses for good (%s): FAILED at once, with the reason', async (_, answer, code) => {
    const { id, thread } = await attempt(answer);
    expect(await house.standing(id)).toEqual({ status: 'FAILED', external_id: null, error_code: code, error_title: expect.any(String), state: 'REFUSED', attempts: 1,
      refusal: expect.stringMatching(new RegExp(`^(permanent|opt-out|window) (${code}|13\\d+): `)) });
    house.clock.advance(HOUR);
    expect([await house.drain(thread), await updates(id), await taken(`text of ${thread}`)]).toEqual([0, ['message.failed'], 0]);
  });

  it.each([
    ['retry', graph(429, 130429), SECOND], ['retry by its status', graph(429), SECOND], ['retry of a transient fault', graph(400, 999_999, { is_transient: true }), SECOND],
    ['later', graph(400, 131049), HOUR],
  ])('that refuses for now (%s): tried again when its time has come, and not before', async (_, answer, delay) => {
    const { id, thread } = await attempt(answer);
    expect(await house.standing(id)).toMatchObject({ status: 'QUEUED', state: 'RETRY', attempts: 1, error_code: null });
    house.clock.advance(delay - 500);
    expect(await house.drain(thread)).toBe(0);
    // And the pace of an inbox that was too fast.
    house.clock.advance(550);
    expect(await house.drain(thread)).toBe(1);
    expect([await house.standing(id), await taken(`text of ${thread}`)]).toMatchObject([{ status: 'SENT', state: 'ACCEPTED', attempts: 2, refusal: null }, 1]);
  });

  it.each<[string, Parameters<TestConversations['script']>[0][number], number]>([
    ['dropped before it was taken', { drop: 'before' }, 0], ['dropped after it was taken', { drop: 'after' }, 1],
    ['a fault of the server', { status: 500 }, 0], ['a gateway that gives up', { status: 504, body: 'x' }, 0], ['200 without an id', { body: {} }, 1],
  ])('that is unclear (%s): never sent again by itself', async (_, answer, count) => {
    const { id, thread } = await attempt(answer);
    expect(await house.standing(id)).toEqual({ status: 'QUEUED', external_id: null, error_code: null, error_title: null, state: 'ATTEMPTED', attempts: 1, refusal: null });
    house.clock.advance(24 * HOUR);
    expect([await house.drain(thread), await taken(`text of ${thread}`)]).toEqual([0, count]);
    expect(await updates(id)).toEqual([]);
  });
});

describe('trying again', () => {
  it('backs off ever longer, and ends FAILED when its attempts are used up', async () => {
    const { id, thread } = await attempt(...Array.from({ length: 12 }, () => graph(429, 130429)));
    const waits: number[] = [];
    for (let attempts = 1; attempts < 8; attempts += 1) {
      const delay = retryDelay('retry', attempts);
      waits.push(delay);
      house.clock.advance(delay - 300);
      expect(await house.drain(thread)).toBe(0);
      house.clock.advance(350);
      expect(await house.drain(thread)).toBe(1);
    }
    expect(waits).toEqual([1, 4, 16, 64, 256, 1024, 4096].map((seconds) => seconds * SECOND));
    expect(await house.standing(id)).toMatchObject({ status: 'FAILED', state: 'REFUSED', attempts: 8, error_code: '130429' });
    house.clock.advance(24 * HOUR);
    expect([await house.drain(thread), await updates(id)]).toEqual([0, ['message.failed']]);
  });

  it('has the published limits for every class', () => {
    expect([1, 2, 3, 4].map((attempts) => retryDelay('later', attempts) / HOUR)).toEqual([1, 4, 6, 0]);
    for (const refusal of ['permanent', 'reauthorise', 'opt-out', 'window'] as const) expect(retryDelay(refusal, 1)).toBe(0);
    expect(retryDelay('retry', 8)).toBe(0);
  });

  it('after the provider could not be reached, and after the inbox could not be opened', async () => {
    const { id, thread } = await attempt(graph(429));
    await house.admin.query('update conversations.inbox set credentials = set_byte(credentials, 40, 255 - get_byte(credentials, 40)) where id = $1', [house.inboxId]);
    house.clock.advance(SECOND);
    expect(await house.drain(thread)).toBe(1);
    expect(await house.standing(id)).toMatchObject({ status: 'QUEUED', state: 'RETRY', attempts: 2, refusal: expect.stringContaining('inbox-unreadable') });
    await house.admin.query('update conversations.inbox set credentials = set_byte(credentials, 40, 255 - get_byte(credentials, 40)) where id = $1', [house.inboxId]);
    house.clock.advance(4 * SECOND);
    expect([await house.drain(thread), await house.standing(id)]).toMatchObject([1, { status: 'SENT' }]);
  });
});

describe('the order of a conversation', () => {
  it('holds while its first message waits to be tried again; others are not held', async () => {
    const [thread, other] = [await conversation(), await conversation()];
    const ids = [await house.queue(thread, 'one'), await house.queue(thread, 'two'), await house.queue(thread, 'three')];
    await house.queue(other, 'elsewhere');
    await house.script([graph(429)]);
    expect([await house.drain(thread), await house.drain(other)]).toEqual([1, 1]);
    house.clock.advance(SECOND);
    expect(await house.drain(thread)).toBe(3);
    expect((await house.sent()).slice(-4)).toEqual(['elsewhere', 'one', 'two', 'three']);
    expect(await Promise.all(ids.map((id) => house.standing(id)))).toMatchObject([{ status: 'SENT' }, { status: 'SENT' }, { status: 'SENT' }]);
  });

  it('goes on past a message that failed for good, and past an unclear one once its time is over', async () => {
    const thread = await conversation();
    for (const text of ['refused', 'lost', 'kept']) await house.queue(thread, text);
    await house.script([graph(400, 132000), { drop: 'before' }]);
    expect(await house.drain(thread)).toBe(2);
    expect(await house.drain(thread)).toBe(0);
    house.clock.advance(31 * SECOND);
    expect([await house.drain(thread), (await house.sent()).at(-1)]).toEqual([1, 'kept']);
  });
});

describe('an unclear attempt', () => {
  it('is handed to a person, once; its echo still settles it', async () => {
    const { id } = await attempt({ drop: 'after' });
    const given = await Promise.all([1, 2, 3].map(() => house.services.outbound.giveUp(house.tenantId, id)));
    expect(given).toEqual(expect.arrayContaining([true, false, false]));
    expect(await house.standing(id)).toMatchObject({ status: 'UNCONFIRMED', state: 'UNCONFIRMED' });
    await house.deliver(statusBody({ id: 'wamid.late', status: 'sent', clientReference: encodeId('msg', id) }));
    expect(await house.standing(id)).toMatchObject({ status: 'SENT', external_id: 'wamid.late', state: 'ACCEPTED' });
    expect(await updates(id)).toEqual(['message.unconfirmed', 'message.sent']);
    expect(await house.services.outbound.giveUp(house.tenantId, id)).toBe(false);
  });

  it('is given up by the sweeper after ten minutes, and not before', async () => {
    const { id } = await attempt({ drop: 'before' });
    const door = conversationsDoor(house.services);
    const since = (seconds: number) => house.admin.query('update conversations.outbound set attempted_at = now() - make_interval(secs => $1) where message_id = $2', [seconds, id]);
    await since(590);
    await door.giveUp(system);
    expect(await house.standing(id)).toMatchObject({ status: 'QUEUED' });
    await since(610);
    await door.giveUp(system);
    expect(await house.standing(id)).toMatchObject({ status: 'UNCONFIRMED' });
  });
});
