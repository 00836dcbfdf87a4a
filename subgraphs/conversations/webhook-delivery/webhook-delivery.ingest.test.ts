// A delivery that cannot be stored: tried five times, ever later, then put aside for a person. The others go on.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { batchBody, TestConversations, textBody } from '../../../test/kit/conversations.js';
import { encodeId } from '../../kernel/base/ids.js';
import { ingestJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';

let house: TestConversations;
let system: Pool;
beforeAll(async () => {
  house = await TestConversations.boot();
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
  await house.admin.query(`alter table conversations.message add constraint poison check (text <> 'poison')`);
});
beforeEach(() => house.admin.query(`truncate conversations.contact, conversations.conversation, conversations.webhook_delivery, conversations.audit_staging cascade`));
afterAll(async () => {
  await system?.end();
  await house?.close();
});

const from = '15550001111';
const text = (id: string, words: string) => ({ id: `wamid.${id}`, text: words, from, name: 'Ana' });
const ingest = async (id: string): Promise<unknown> => house.services.ingest.ingest(house.tenantId, id).catch((error: Error) => error.message);
const stored = async (): Promise<unknown[]> => (await house.rows('select text from conversations.message order by seq')).map((row) => row['text']);
const delivery = async (id: string): Promise<unknown> =>
  (await house.rows('select status, attempts, error, processed_at is not null as closed from conversations.webhook_delivery where id = $1', [id]))[0];
const audits = async (): Promise<unknown[]> => (await house.rows<{ event: Record<string, unknown> }>(
  `select event from conversations.audit_staging where event->>'action' like 'webhook.%' and event->>'outcome' = 'FAILURE'`))
  .map(({ event: { action, reason, severity, resource } }) => ({ action, reason, severity, resource }));
const POISONED = expect.stringContaining('violates check constraint "poison"');
const overdue = async (): Promise<string[]> => (await conversationsDoor(house.services).overdue(system))
  .flatMap(({ job, payloads }) => (job === ingestJob ? payloads.map((payload) => ingestJob.payload.parse(payload).deliveryId) : []));
const unread = async (): Promise<string[]> => (await conversationsDoor(house.services).unread(system)).map(({ inboxId }) => inboxId);
const age = (seconds: number) => house.admin.query('update conversations.webhook_delivery set waiting_since = now() - make_interval(secs => $1)', [seconds]);

async function receive(body: string): Promise<string> {
  const known = new Set((await house.rows('select id from conversations.webhook_delivery')).map(({ id }) => id));
  expect((await house.receive(body)).status).toBe(200);
  const all = await house.rows<{ id: string }>('select id from conversations.webhook_delivery');
  return all.find(({ id }) => !known.has(id))?.id ?? '';
}

/** A changed inbox is noticed within a second. */
const noticed = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 1_050); });

describe('a delivery that fails', () => {
  it('is FAILED after five attempts, with the error and one audit event', async () => {
    const id = await receive(textBody(text('1', 'poison')));
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      expect(await ingest(id)).toEqual(POISONED);
      expect([await delivery(id), await audits()]).toEqual([{ status: 'RECEIVED', attempts: attempt, error: POISONED, closed: false }, []]);
    }
    expect(await ingest(id)).toEqual(POISONED);
    expect(await delivery(id)).toEqual({ status: 'FAILED', attempts: 5, error: POISONED, closed: true });
    expect(await ingest(id)).toBe(0);
    expect(await audits()).toEqual([{ action: 'webhook.failed', reason: 'INTERNAL', severity: 'WARNING', resource: { type: 'WebhookDelivery', id: encodeId('whd', id) } }]);
    await age(1_000_000);
    expect(await overdue()).toEqual([]);
  });

  it('holds its later items back for their order, until the last attempt goes on without the one that fails', async () => {
    const id = await receive(batchBody([text('1', 'first'), text('2', 'poison'), text('3', 'third')]));
    for (let attempt = 1; attempt <= 4; attempt += 1) expect([await ingest(id), await stored()]).toEqual([POISONED, ['first']]);
    expect([await ingest(id), await stored()]).toEqual([POISONED, ['first', 'third']]);
    expect(await delivery(id)).toMatchObject({ status: 'FAILED', attempts: 5 });
    expect((await house.rows('select seq from conversations.message order by seq')).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('holds no other back', async () => {
    const bad = await receive(textBody(text('1', 'poison')));
    const good = await receive(textBody(text('2', 'good')));
    expect([await ingest(bad), await ingest(good), await stored()]).toEqual([POISONED, 1, ['good']]);
    expect(await delivery(good)).toEqual({ status: 'PROCESSED', attempts: 0, error: null, closed: true });
  });

  it('is PROCESSED when what was wrong passes, and keeps no error', async () => {
    const id = await receive(batchBody([text('1', 'first'), text('2', 'poison')]));
    expect(await ingest(id)).toEqual(POISONED);
    await house.admin.query('alter table conversations.message drop constraint poison');
    expect(await ingest(id)).toBe(1);
    await house.admin.query(`alter table conversations.message add constraint poison check (text <> 'poison') not valid`);
    expect([await delivery(id), await stored()]).toEqual([{ status: 'PROCESSED', attempts: 1, error: null, closed: true }, ['first', 'poison']]);
    expect(await audits()).toEqual([]);
  });

  it('counts nothing while the disk is full, however often it is tried, and is stored whole when there is room', async () => {
    const id = await receive(batchBody([text('1', 'first'), text('2', 'second')]));
    await house.admin.query('update conversations.webhook_delivery set attempts = 4 where id = $1', [id]);
    await house.admin.query(`create function conversations.no_room() returns trigger language plpgsql as $$ begin
      if new.text = 'second' then raise 'could not extend file: No space left on device' using errcode = 'disk_full'; end if; return new; end $$`);
    await house.admin.query('create trigger no_room before insert on conversations.message for each row execute function conversations.no_room()');
    try {
      for (let attempt = 1; attempt <= 6; attempt += 1) expect([await ingest(id), await stored()]).toEqual([expect.stringContaining('No space left'), ['first']]);
      expect([await delivery(id), await audits()]).toEqual([{ status: 'RECEIVED', attempts: 4, error: null, closed: false }, []]);
    } finally {
      await house.admin.query('drop trigger no_room on conversations.message');
      await house.admin.query('drop function conversations.no_room()');
    }
    expect([await ingest(id), await stored()]).toEqual([1, ['first', 'second']]);
    expect(await delivery(id)).toMatchObject({ status: 'PROCESSED', attempts: 4 });
  });

  it('counts attempts at the same moment one by one, and is closed once', async () => {
    const id = await receive(textBody(text('1', 'poison')));
    await Promise.all(Array.from({ length: 8 }, () => ingest(id)));
    expect(await delivery(id)).toMatchObject({ status: 'FAILED', attempts: 5 });
    expect(await audits()).toHaveLength(1);
  });

  it('because its credentials cannot be opened is counted as well', async () => {
    const id = await receive(textBody(text('1', 'fine')));
    const [{ credentials } = {}] = await house.rows('select credentials from conversations.inbox where id = $1', [house.inboxId]);
    await house.admin.query(`update conversations.inbox set credentials = set_byte(credentials, 40, 255 - get_byte(credentials, 40)) where id = $1`, [house.inboxId]);
    await noticed();
    expect(await ingest(id)).toMatch(/authenticate/);
    expect(await delivery(id)).toMatchObject({ status: 'RECEIVED', attempts: 1 });
    await house.admin.query('update conversations.inbox set credentials = $1 where id = $2', [credentials, house.inboxId]);
    await noticed();
    expect([await ingest(id), await delivery(id)]).toMatchObject([1, { status: 'PROCESSED' }]);
  });
});

describe('messages of one delivery', () => {
  it('are stored once, also when another delivery has the same people the other way round', async () => {
    const people = Array.from({ length: 8 }, (_, n) => `1555000${2000 + n}`);
    const batch = (round: string, whom: string[]) => batchBody(whom.map((who) => ({ id: `wamid.${round}.${who}`, text: `${round} ${who}`, from: who, name: who })));
    const ids = [await receive(batch('there', people)), await receive(batch('back', people.toReversed())), await receive(batch('again', people))];
    expect((await Promise.all(ids.map(ingest))).map(Number)).toEqual([8, 8, 8]);
    const rows = await house.rows<{ seq: number; n: number }>(`select seq, count(*)::int as n from conversations.message group by seq order by seq`);
    // Each person has one conversation, with three messages in order.
    expect(rows.map(({ seq, n }) => [seq, n])).toEqual([[1, 8], [2, 8], [3, 8]]);
    expect(await Promise.all(ids.map(ingest))).toEqual([0, 0, 0]);
  });
});

describe('the sweeper', () => {
  it('leaves alone what nobody has tried, and finds a failed delivery ever later', async () => {
    const id = await receive(textBody(text('1', 'poison')));
    await age(1_000_000);
    expect([await overdue(), await unread()]).toEqual([[], [house.inboxId]]);
    await ingest(id);
    const due = [12, 48, 192, 768];
    for (const [failed, seconds] of due.entries()) {
      await age(seconds - 1);
      expect([failed, await overdue()]).toEqual([failed, []]);
      await age(seconds + 1);
      expect([failed, await overdue(), await unread()]).toEqual([failed, [id], []]);
      await ingest(id);
    }
    expect(await overdue()).toEqual([]);
  });
});

describe('a delivery that cannot be read', () => {
  it('keeps what could be, and says what could not', async () => {
    const body = JSON.parse(batchBody([text('1', 'good'), text('2', 'bad')])) as { entry: { changes: { value: { messages: { timestamp?: string }[] } }[] }[] };
    delete body.entry[0]?.changes[1]?.value.messages[0]?.timestamp;
    const id = await receive(JSON.stringify(body));
    expect([await ingest(id), await stored()]).toEqual([1, ['good']]);
    expect(await delivery(id)).toEqual({ status: 'FAILED', attempts: 0, error: expect.stringContaining('has no timestamp'), closed: true });
    expect(await audits()).toMatchObject([{ action: 'webhook.unreadable', reason: 'BAD_USER_INPUT' }]);
  });

  it.each(['null', '[]', '7', '"text"', '{}'])('%s is FAILED at once, and not tried again', async (body) => {
    const id = await receive(body);
    expect([await ingest(id), await ingest(id)]).toEqual([0, 0]);
    expect(await delivery(id)).toMatchObject({ status: 'FAILED', attempts: 0, error: expect.stringContaining('no WhatsApp delivery') });
    expect(await audits()).toHaveLength(1);
  });
});
