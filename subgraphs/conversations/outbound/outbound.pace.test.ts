// The pace of an inbox: shared by all workers, kept with each person, and slower when the provider says so.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { unsentConversations } from './outbound.due.js';

const SECOND = 1_000;
const EVERY_MS = 1_000 / 80;
let house: TestConversations;
beforeAll(async () => { house = await TestConversations.boot({ sending: true }); });
afterAll(() => house?.close());

/** So far ahead of its pace is the inbox, or with a person. */
const ahead = (milliseconds: number, key = ''): Promise<unknown> => house.admin.query(`insert into conversations.pace (tenant_id, inbox_id, key, free_at) values ($1, $2, $3, $4)
  on conflict (tenant_id, inbox_id, key) do update set free_at = excluded.free_at`, [house.tenantId, house.inboxId, key, new Date(house.clock.now().getTime() + milliseconds)]);
const freeAt = async (key = ''): Promise<number> => (await house.rows<{ at: Date }>('select free_at as at from conversations.pace where inbox_id = $1 and key = $2', [house.inboxId, key]))[0]?.at.getTime() ?? 0;
const waits = async (id: string): Promise<{ state: string; inMs: number; turnAt: Date | null }> => {
  const [row] = await house.rows<{ state: string; next: Date; turn: Date | null }>('select state, next_attempt_at as next, turn_at as turn from conversations.outbound where message_id = $1', [id]);
  return { state: row?.state ?? '', inMs: (row?.next.getTime() ?? 0) - house.clock.now().getTime(), turnAt: row?.turn ?? null };
};

it('lets one person have 45 at once and one every 6 seconds, in order', async () => {
  const thread = await house.conversation('15557000');
  await ahead(44 * 6 * SECOND - 100, '15557000');
  const ids = [await house.queue(thread, 'the 45th'), await house.queue(thread, 'the 46th'), await house.queue(thread, 'the 47th')];
  expect(await house.drain(thread)).toBe(1);
  const second = await waits(ids[1] ?? '');
  expect(second).toMatchObject({ state: 'RETRY', turnAt: null });
  expect(second.inMs).toBeGreaterThan(0);
  expect(second.inMs).toBeLessThanOrEqual(6 * SECOND);
  house.clock.advance(second.inMs + 10);
  expect([await house.drain(thread), (await house.sent()).slice(-2)]).toEqual([1, ['the 45th', 'the 46th']]);
  expect((await waits(ids[2] ?? '')).inMs).toBeLessThanOrEqual(6 * SECOND);
  house.clock.advance(7 * SECOND);
  expect(await house.drain(thread)).toBe(1);
});

it('gives everybody who must wait a turn of their own, however many workers ask at once', async () => {
  const threads = await Promise.all(Array.from({ length: 12 }, (_, index) => house.conversation(`1555710${index}`)));
  const ids = await Promise.all(threads.map((thread) => house.queue(thread, `paced ${thread}`)));
  await ahead(60 * SECOND);
  let [running, most] = [0, 0];
  await Promise.all(threads.map(async (thread) => {
    most = Math.max(most, running += 1);
    expect(await house.drain(thread)).toBe(0);
    running -= 1;
  }));
  process.stdout.write(`pace: ${most} claims at once\n`);
  const turns = (await Promise.all(ids.map(waits))).map(({ turnAt }) => turnAt?.getTime() ?? 0).toSorted();
  expect(new Set(turns).size).toBe(12);
  expect(Math.abs((turns.at(-1) ?? 0) - (turns[0] ?? 0) - 11 * EVERY_MS)).toBeLessThanOrEqual(1);
  // Each goes at its turn and takes no other one.
  house.clock.advance((turns.at(-1) ?? 0) - house.clock.now().getTime() + 10);
  const before = await freeAt();
  for (const thread of threads) expect(await house.drain(thread)).toBe(1);
  expect(await freeAt()).toBe(before);
});

it('takes a turn again when its own was missed long ago', async () => {
  const thread = await house.conversation('15557200');
  const id = await house.queue(thread, 'late');
  await ahead(10 * SECOND);
  expect(await house.drain(thread)).toBe(0);
  house.clock.advance((await waits(id)).inMs + 6 * SECOND);
  const before = await freeAt();
  expect(await house.drain(thread)).toBe(1);
  expect(await freeAt()).toBeGreaterThan(before);
});

describe('a provider that is asked too fast', () => {
  it('is left alone for a second by everybody, and this message waits as long as its class says', async () => {
    const [thread, other] = [await house.conversation('15557300'), await house.conversation('15557301')];
    const [id, next] = [await house.queue(thread, 'too fast'), await house.queue(other, 'waits too')];
    await house.script([{ code: 130429 }]);
    expect(await house.drain(thread)).toBe(1);
    expect(await house.standing(id)).toMatchObject({ status: 'QUEUED', state: 'RETRY', attempts: 1 });
    expect(await freeAt()).toBeGreaterThan(house.clock.now().getTime() + SECOND);
    expect(await house.drain(other)).toBe(0);
    expect(await waits(next)).toMatchObject({ state: 'RETRY', turnAt: expect.any(Date) });
    house.clock.advance(2 * SECOND);
    expect([await house.drain(thread), await house.drain(other)]).toEqual([1, 1]);
  });

  it('with one person is asked again after 1, 4, 16 seconds, while others go on', async () => {
    const [thread, other] = [await house.conversation('15557302'), await house.conversation('15557303')];
    const id = await house.queue(thread, 'of a pair');
    await house.queue(other, 'of another');
    await house.script([{ code: 131056 }, {}, { code: 131056 }]);
    expect([await house.drain(thread), await house.drain(other)]).toEqual([1, 1]);
    expect((await waits(id)).inMs).toBeLessThanOrEqual(SECOND);
    house.clock.advance(SECOND);
    expect(await house.drain(thread)).toBe(1);
    expect((await waits(id)).inMs).toBeLessThanOrEqual(4 * SECOND);
    expect((await waits(id)).inMs).toBeGreaterThan(SECOND);
  });
});

it('whoever sends does its share of a conversation and leaves the rest to be found again', async () => {
  const thread = await house.conversation('15557400');
  for (let index = 0; index < 4; index += 1) await house.queue(thread, `share ${index}`);
  expect(await house.services.outbound.drain(house.tenantId, thread, { attempts: 3, ms: 60_000 })).toBe(3);
  // The clock of this test is ahead of the database's.
  await house.rows(`update conversations.outbound set next_attempt_at = now() where conversation_id = $1 and state = 'INTENT'`, [thread]);
  const [last] = await house.rows<{ id: string }>(`select message_id as id from conversations.outbound where conversation_id = $1 and state = 'INTENT'`, [thread]);
  expect((await unsentConversations(house.admin, new Date())).filter(({ conversationId }) => conversationId === thread)).toEqual([{ tenantId: house.tenantId, conversationId: thread, messageId: last?.id, rank: 0 }]);
  expect(await house.standing(last?.id ?? '')).toMatchObject({ status: 'QUEUED' });
});
