// When staff are asked for: a message that failed or that nobody knows of; asked again until confirmed, however it is lost on the way.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { statusBody, TestConversations } from '../../../test/kit/conversations.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { announceAttentionJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';

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

const REFUSED = { status: 400, body: { error: { message: 'Scripted', code: 131050 } } };

async function sent(...answers: Parameters<TestConversations['script']>[0]): Promise<string> {
  const thread = await house.conversation(`1555300${(people += 1)}`);
  const id = await house.queue(thread, 'Hello');
  await house.script(answers);
  await house.drain(thread);
  return id;
}
/** What was announced of a message, oldest first. */
const announced = async (id: string): Promise<unknown[]> => (await house.rows<{ payload: unknown }>(
  `select payload from conversations.outbox where type = 'StaffNotificationRequested' and payload->>'subjectId' = $1 order by id`, [encodeId('msg', id)])).map(({ payload }) => payload);
const waiting = async (id: string): Promise<unknown[]> => (await house.rows<{ key: string }>(
  `select dedupe_key as key from conversations.attention_request where dedupe_key like $1 || '/%' order by 1`, [encodeId('msg', id)])).map(({ key }) => key);
const request = async (id: string, kind: string, status: string) => {
  const [row] = await house.rows<{ number: number }>(
    'select c.display_number as number from conversations.message m join conversations.conversation c on c.id = m.conversation_id where m.id = $1', [id]);
  const subjectId = encodeId('msg', id);
  return { kind, userIds: [house.agent.sub], permission: 'conversation:create', subjectId, params: { conversation: row?.number }, dedupeKey: `${subjectId}/${status}` };
};

describe('staff are asked for', () => {
  it('when nobody knows whether a message was sent; not before it is given up, and once', async () => {
    const id = await sent({ drop: 'before' });
    expect(await announced(id)).toEqual([]);
    await Promise.all([1, 2, 3].map(() => house.services.outbound.giveUp(house.tenantId, id)));
    expect(await announced(id)).toEqual([await request(id, 'MESSAGE_UNCONFIRMED', 'UNCONFIRMED')]);
    expect(await waiting(id)).toEqual([`${encodeId('msg', id)}/UNCONFIRMED`]);
  });

  it('when the provider refuses it for good', async () => {
    const id = await sent(REFUSED);
    expect(await announced(id)).toEqual([await request(id, 'MESSAGE_FAILED', 'FAILED')]);
  });

  it('when it fails after it was taken, and once however often that is reported', async () => {
    const id = await sent({});
    const [row] = await house.rows<{ external_id: string }>('select external_id from conversations.message where id = $1', [id]);
    for (let times = 0; times < 3; times += 1) await house.deliver(statusBody({ id: row?.external_id ?? '', status: 'failed' }));
    expect(await announced(id)).toEqual([await request(id, 'MESSAGE_FAILED', 'FAILED')]);
  });

  it('not for one that goes its way, nor for one that is tried again', async () => {
    const id = await sent({});
    const [row] = await house.rows<{ external_id: string }>('select external_id from conversations.message where id = $1', [id]);
    for (const status of ['delivered', 'read'] as const) await house.deliver(statusBody({ id: row?.external_id ?? '', status }));
    const later = await sent({ status: 429 });
    expect([await announced(id), await announced(later), await waiting(id), await waiting(later)]).toEqual([[], [], [], []]);
  });

  it('with nothing of the customer and nothing of the text', async () => {
    const said = JSON.stringify(await house.rows(`select payload from conversations.outbox where type = 'StaffNotificationRequested'
      union all select payload from conversations.attention_request`));
    expect(said).toContain('MESSAGE_FAILED');
    expect(said).not.toMatch(/Hello|1555300|Contact/);
  });
});

describe('what is asked', () => {
  const overdue = async (): Promise<unknown[]> => (await conversationsDoor(house.services).overdue(system)).filter(({ job }) => job === announceAttentionJob)
    .flatMap(({ payloads }) => payloads);
  const age = (seconds: number, key: string) => house.admin.query(
    'update conversations.attention_request set announced_at = now() - make_interval(secs => $1) where dedupe_key = $2', [seconds, key]);

  it('is asked again by the sweeper while it is not confirmed, and never afterwards', async () => {
    const id = await sent(REFUSED);
    const key = `${encodeId('msg', id)}/FAILED`;
    const payload = { tenantId: house.tenantId, dedupeKey: key };
    const door = conversationsDoor(house.services);
    await house.admin.query('update conversations.attention_request set announced_at = now()');
    expect(await overdue()).toEqual([]);
    await age(6, key);
    expect(await overdue()).toEqual([payload]);
    expect(await door.announceAttention(payload)).toBe(true);
    expect(await overdue()).toEqual([]);
    expect(await announced(id)).toEqual(Array(2).fill(await request(id, 'MESSAGE_FAILED', 'FAILED')));
    expect(await Promise.all([door.confirmAttention(payload), door.confirmAttention(payload)])).toEqual(expect.arrayContaining([true, false]));
    expect([await waiting(id), await door.announceAttention(payload)]).toEqual([[], false]);
    expect(await announced(id)).toHaveLength(2);
  });

  it('is confirmed and asked again by its own tenant alone', async () => {
    const id = await sent(REFUSED);
    const key = `${encodeId('msg', id)}/FAILED`;
    const door = conversationsDoor(house.services);
    const foreign = { tenantId: newId(), dedupeKey: key };
    expect([await door.confirmAttention(foreign), await door.announceAttention(foreign), await waiting(id)]).toEqual([false, false, [key]]);
  });
});
