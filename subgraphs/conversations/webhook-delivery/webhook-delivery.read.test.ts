// An inbox is read: what is plain together, what is not one by one, with the same outcome; what fails holds nothing back; nobody reads twice, or another's.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { batchBody, statusBody, TestConversations, textBody } from '../../../test/kit/conversations.js';
import { until } from '../../../test/kit/until.js';
import { newId } from '../../kernel/base/ids.js';
import { conversationsDoor, type ConversationsDoor } from '../public.js';
import { unreadInboxes } from './webhook-delivery.read.js';

let house: TestConversations;
let system: Pool;
let door: ConversationsDoor;
beforeAll(async () => {
  house = await TestConversations.boot();
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 2 });
  door = conversationsDoor(house.services);
  await house.admin.query(`alter table conversations.message add constraint poison check (text <> 'poison')`);
});
beforeEach(() => house.admin.query('truncate conversations.contact, conversations.conversation, conversations.webhook_delivery, conversations.message_amendment, conversations.audit_staging, conversations.outbox cascade'));
afterAll(async () => {
  await system?.end();
  await house?.close();
});

const PEOPLE = Array.from({ length: 6 }, (_, n) => `1555000300${n}`);
const AT = Math.floor(Date.now() / 1000) - 60;
const hello = (id: string, from: string, text = `Text ${id}`) => ({ id: `wamid.${id}`, text, from, name: `Name ${from}`, timestamp: AT });
const own = (): { tenantId: string; inboxId: string } => ({ tenantId: house.tenantId, inboxId: house.inboxId });
async function receive(...bodies: string[]): Promise<void> {
  for (const [n, body] of bodies.entries()) expect((await house.receive(body, { correlationId: `call-${n}` })).status).toBe(200);
}
/** What is stored, without ids and times. */
const stored = () => house.rows(`select m.external_id, m.text, m.seq, m.direction, m.status, m.author_id = c.contact_id as theirs, c.status as standing, c.last_seq, c.inbound_count, last.external_id as last,
    c.waiting_since is not null as waits, c.last_inbound_at = m.sent_at as dated, t.name, i.phone, i.last_wrote_at is not null as wrote
  from conversations.message m join conversations.conversation c on c.id = m.conversation_id join conversations.message last on last.id = c.last_message_id
  join conversations.contact t on t.id = c.contact_id join conversations.contact_identity i on i.contact_id = t.id order by m.external_id`);
const deliveries = () => house.rows('select status, attempts, processed_at is not null as closed from conversations.webhook_delivery order by id');
const transactions = async (): Promise<unknown> => (await house.rows('select count(distinct xmin::text)::int as n from conversations.message'))[0]?.['n'];
const READ = { status: 'PROCESSED', attempts: 0, closed: true };

/** Some are known, one is blocked, one is done with, one has no name, one is new; one message was edited before it came. */
async function cast(): Promise<string[]> {
  await house.deliver(batchBody(PEOPLE.slice(0, 5).map((from) => hello(`first.${from}`, from))));
  await house.rows(`update conversations.contact t set blocked_at = now() from conversations.contact_identity i where i.contact_id = t.id and i.external_id = $1`, [PEOPLE[1]]);
  await house.rows(`update conversations.conversation c set status = 'RESOLVED', resolved_at = now(), waiting_since = null from conversations.contact_identity i where i.contact_id = c.contact_id and i.external_id = $1`, [PEOPLE[2]]);
  await house.rows(`update conversations.contact t set name = null from conversations.contact_identity i where i.contact_id = t.id and i.external_id = $1`, [PEOPLE[3]]);
  await house.rows(`insert into conversations.message_amendment (tenant_id, inbox_id, external_id, kind, side, occurred_at, event_id, said) values ($1, $2, 'wamid.b.4', 'EDIT', 'CONTACT', now(), 'e', $3)`,
    [house.tenantId, house.inboxId, JSON.stringify({ type: 'TEXT', text: 'as it was edited', content: null })]);
  const round = (name: string) => batchBody(PEOPLE.map((from, n) => hello(`${name}.${n}`, from)));
  return [round('a'), textBody(hello('b.0', PEOPLE[0] ?? '')), textBody(hello('b.4', PEOPLE[4] ?? '')), textBody(hello('b.5', PEOPLE[5] ?? '')), round('c'), textBody({ ...hello('c.0', PEOPLE[0] ?? ''), name: 'told again' })];
}

it('finds every inbox in turn, also when more of them wait than are found at a time', async () => {
  await receive(textBody(hello('1', '15550001111')));
  const inboxes = Array.from({ length: 5 }, () => newId()).toSorted();
  await house.admin.query(`set session_replication_role = 'replica'`);
  await house.admin.query(`insert into conversations.webhook_delivery select (jsonb_populate_record(d, jsonb_build_object('tenant_id', t, 'inbox_id', t, 'id', t))).* from conversations.webhook_delivery d, unnest($1::uuid[]) t`, [inboxes]);
  await house.admin.query(`set session_replication_role = 'origin'`);
  const all = [...inboxes, house.inboxId].toSorted();
  for (const most of [2, 4]) {
    const find = unreadInboxes(most);
    const found = [await find(system), await find(system), await find(system)].map((some) => some.map(({ inboxId }) => inboxId));
    expect(found.map(({ length }) => length)).toEqual([most, most, most]);
    expect([...new Set(found.flat())].toSorted()).toEqual(all);
    // In turn: nobody again before everybody was there.
    expect(new Set(found.flat().slice(0, all.length)).size).toBe(all.length);
  }
  expect((await unreadInboxes()(system)).map(({ inboxId }) => inboxId).toSorted()).toEqual(all);
});

describe('an inbox', () => {
  it('is read together as it is one by one', async () => {
    await receive(...await cast());
    for (const { tenant_id: tenantId, id } of await house.waiting()) await house.services.ingest.ingest(tenantId, id);
    const [oneByOne, alone] = [await stored(), await transactions()];
    await house.admin.query('truncate conversations.contact, conversations.conversation, conversations.webhook_delivery, conversations.message_amendment, conversations.audit_staging, conversations.outbox cascade');
    await receive(...await cast());
    await house.rows('delete from conversations.outbox');
    expect([await door.readInbox(own()), await stored(), await door.unread(system)]).toEqual([6, oneByOne, []]);
    expect(oneByOne).toHaveLength(PEOPLE.length * 2 + 5 + 3);
    expect([alone, await transactions()]).toEqual([16, 2]);
    expect(await house.rows(`select text from conversations.message where external_id = 'wamid.b.4'`)).toEqual([{ text: 'as it was edited' }]);
    expect(await deliveries()).toEqual(Array.from({ length: 7 }, () => READ));
    const told = await house.rows<{ n: number }>(`select count(distinct payload->>'messageId')::int as n from conversations.outbox where type = 'MessageAdded'`);
    expect(told).toEqual([{ n: 15 }]);
    const trail = await house.rows<{ call: string; n: number }>(`select event->>'correlationId' as call, count(*)::int as n from conversations.audit_staging where event->>'action' = 'message.receive' and event->>'correlationId' like 'call-%' group by 1 order by 1`);
    expect(trail).toEqual([{ call: 'call-0', n: 6 }, { call: 'call-1', n: 1 }, { call: 'call-2', n: 1 }, { call: 'call-3', n: 1 }, { call: 'call-4', n: 6 }]);
  });

  it('costs few statements, however many of its known customers write', async () => {
    await house.deliver(batchBody(PEOPLE.map((from) => hello(`first.${from}`, from))));
    for (const count of [2, 40]) {
      await receive(...Array.from({ length: count }, (_, n) => textBody(hello(`${count}.${n}`, PEOPLE[n % 6] ?? ''))));
      const before = house.subject.running.database.statements;
      await door.readInbox(own());
      // Eleven, and some to open the inbox anew, which is known for a second.
      expect(house.subject.running.database.statements - before).toBeLessThanOrEqual(16);
    }
    expect(await house.count('message')).toBe(48);
  });

  it('goes on past a delivery that cannot be stored, which is counted, and past those that tell something else', async () => {
    await receive(textBody(hello('1', '15550001111')), textBody(hello('2', '15550001111', 'poison')), statusBody({ id: 'wamid.out', status: 'sent' }), textBody(hello('3', '15550001111')));
    expect(await door.readInbox(own())).toBe(4);
    expect((await stored()).map(({ text, seq }) => [text, seq])).toEqual([['Text 1', 1], ['Text 3', 2]]);
    expect(await deliveries()).toEqual([READ, { status: 'RECEIVED', attempts: 1, closed: false }, READ, READ]);
    expect(await house.count('delivery_status')).toBe(1);
    // It is a job's from here on.
    expect([await door.unread(system), await door.readInbox(own()), (await deliveries())[1]]).toEqual([[], 0, { status: 'RECEIVED', attempts: 1, closed: false }]);
  });

  it('stores a message once that two read at the same moment under two names of its customer', async () => {
    const [before, after] = ['15550003900', '15550003901'];
    await house.deliver(textBody(hello('first', before)));
    await house.rows(`insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, created_at) select tenant_id, inbox_id, $1, contact_id, now() from conversations.contact_identity where external_id = $2`, [after, before]);
    await house.admin.query(`create function conversations.linger() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(77); return null; end $$`);
    await house.admin.query('create trigger linger before insert on conversations.message for each statement execute function conversations.linger()');
    const gate = await system.connect();
    try {
      await gate.query('select pg_advisory_lock(77)');
      const reading: Promise<number>[] = [];
      for (const [n, from] of [before, after].entries()) {
        await receive(textBody(hello('double', from)));
        reading.push(door.readInbox(own()));
        // The first is about to store it; the second has seen that it is not there, and waits for the first.
        await until(async () => await house.blocked() > n, 'they meet');
      }
      await gate.query('select pg_advisory_unlock(77)');
      // The second looks at both one by one, and finds them done.
      expect(await Promise.all(reading)).toEqual([1, 2]);
    } finally {
      gate.release(true);
      await house.admin.query('drop trigger linger on conversations.message');
      await house.admin.query('drop function conversations.linger()');
    }
    expect(await deliveries()).toEqual([READ, READ, READ]);
    expect(await house.rows(`select count(*)::int as n from conversations.message where external_id = 'wamid.double'`)).toEqual([{ n: 1 }]);
  });

  it('is read by several at once, and each delivery by one of them', async () => {
    await receive(...Array.from({ length: 30 }, (_, n) => textBody(hello(`many.${n}`, PEOPLE[n % 6] ?? ''))));
    await Promise.all(Array.from({ length: 4 }, () => door.readInbox(own())));
    expect([await house.count('message'), await deliveries()]).toEqual([30, Array.from({ length: 30 }, () => READ)]);
    expect(await house.rows(`select count(*)::int as n from conversations.audit_staging where event->>'action' = 'message.receive'`)).toEqual([{ n: 30 }]);
  });
});
