// Several workers on the same conversation: each message is sent once, in order, and the sweeper wakes only what is due.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { TestConversations } from '../../../test/kit/conversations.js';
import { newId } from '../../kernel/base/ids.js';
import { sendJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';

let house: TestConversations;
let system: Pool;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
});

/** What is found: by whoever sends, and by the sweeper for a job. */
const due = async (conversationId: string) => [...await conversationsDoor(house.services).unsent(system), ...(await conversationsDoor(house.services).overdue(system))
  .flatMap(({ job, payloads }) => (job === sendJob ? payloads.map((payload) => sendJob.payload.parse(payload)) : []))]
  .map(({ tenantId, conversationId: id, messageId }) => ({ tenantId, conversationId: id, messageId }))
  .filter((one) => one.conversationId === conversationId);
/** The ledger as if everything in it had happened this long ago. */
const age = (seconds: number) => house.admin.query(`update conversations.outbound set created_at = created_at - make_interval(secs => $1),
  attempted_at = attempted_at - make_interval(secs => $1), next_attempt_at = next_attempt_at - make_interval(secs => $1)`, [seconds]);

describe('workers that drain the same conversation at the same moment', () => {
  it('send each message once and in order, in twenty rounds', async () => {
    const thread = await house.conversation('15553000');
    const expected: string[] = [];
    let overlapped = 0;
    for (let round = 0; round < 20; round += 1) {
      const texts = [`${round} a`, `${round} b`];
      for (const text of texts) await house.queue(thread, text);
      expected.push(...texts);
      if (round % 2 === 0) await house.script([{ delayMs: 15 }]);
      const made = await Promise.all([house.drain(thread), house.drain(thread), house.drain(thread)]);
      overlapped += made.filter((count) => count === 0).length;
      // A worker that found the order held leaves it to the one that holds it, or to the next look of the sweeper.
      expect(made.reduce((sum, count) => sum + count, 0) + await house.drain(thread)).toBe(2);
    }
    expect(await house.sent()).toEqual(expected);
    expect(overlapped).toBeGreaterThan(0);
    const left = await house.rows(`select distinct state, attempts from conversations.outbound`);
    expect(left).toEqual([{ state: 'ACCEPTED', attempts: 1 }]);
  });

  it('send to many conversations side by side', async () => {
    const before = (await house.sent()).length;
    const threads = await Promise.all(Array.from({ length: 10 }, (_, index) => house.conversation(`1555400${index}`)));
    for (const thread of threads) for (const text of ['x', 'y']) await house.queue(thread, `${thread} ${text}`);
    await Promise.all([...threads, ...threads].map((thread) => house.drain(thread)));
    await Promise.all(threads.map((thread) => house.drain(thread)));
    const sent = (await house.sent()).slice(before);
    expect(sent).toHaveLength(20);
    for (const thread of threads) expect(sent.filter((text) => text.startsWith(thread))).toEqual([`${thread} x`, `${thread} y`]);
  });
});

describe('what is due', () => {
  it('is a conversation in which something waits, by its first open message', async () => {
    const thread = await house.conversation('15555001');
    const first = await house.queue(thread, 'one');
    await house.queue(thread, 'two');
    expect(await due(thread)).toEqual([{ tenantId: house.tenantId, conversationId: thread, messageId: first }]);
    await house.drain(thread);
    expect(await due(thread)).toEqual([]);
  });

  it('is none whose first message waits to be tried again, though others wait behind it', async () => {
    const thread = await house.conversation('15555002');
    const first = await house.queue(thread, 'one');
    await house.queue(thread, 'two');
    await house.script([{ status: 429 }, { status: 429 }, { status: 429 }]);
    await house.drain(thread);
    await age(0.5);
    expect(await due(thread)).toEqual([]);
    await house.admin.query(`update conversations.outbound set created_at = created_at - interval '1 hour' where conversation_id = $1`, [thread]);
    expect(await due(thread)).toEqual([]);
    await age(0.6);
    expect(await due(thread)).toEqual([{ tenantId: house.tenantId, conversationId: thread, messageId: first }]);
    await house.script([]);
    house.clock.advance(1_100);
    expect(await house.drain(thread)).toBe(2);
  });

  it('is none whose first message is being sent, and goes on past it when that took too long', async () => {
    const thread = await house.conversation('15555003');
    await house.queue(thread, 'one');
    const second = await house.queue(thread, 'two');
    await house.script([{ drop: 'before' }]);
    await house.drain(thread);
    await age(20);
    expect(await due(thread)).toEqual([]);
    await age(13);
    expect(await due(thread)).toEqual([{ tenantId: house.tenantId, conversationId: thread, messageId: second }]);
    expect(await house.drain(thread)).toBe(1);
  });
});

describe('a job of another tenant', () => {
  it('sends nothing', async () => {
    const thread = await house.conversation('15556001');
    await house.queue(thread, 'private');
    expect(await house.services.outbound.drain(newId(), thread)).toBe(0);
    expect(await house.drain(thread)).toBe(1);
  });
});
