// Guests are reminded once of what they booked, where they were last heard of, in their language; what keeps a reminder from being sent is told, and nothing is written.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { conversationsDoor } from '../public.js';
import { textOf, whenOf } from './guest-reminder.texts.js';

const DAY_MS = 86_400_000;
let house: TestConversations;
let guests = 0;
beforeAll(async () => { house = await TestConversations.boot({ sending: true }); });
afterAll(() => house?.close());

const manager = () => person(house.tenantId, ['conversation:read', 'inbox:manage']);
interface Guest { thread: string; contactId: string; phone: string }
/** Somebody who has written just now. */
async function guest(): Promise<Guest> {
  const phone = `1555400${(guests += 1)}`;
  const thread = await house.conversation(phone);
  const [row] = await house.rows<{ id: string }>('select contact_id as id from conversations.conversation where id = $1', [thread]);
  return { thread, contactId: row?.id ?? '', phone };
}
const visit = ({ contactId }: { contactId: string }, more: Record<string, unknown> = {}) => ({
  tenantId: house.tenantId, reservationId: newId(), kind: 'H24' as const, startsAt: new Date(house.clock.now().getTime() + DAY_MS).toISOString(), conversationId: null, contactIds: [contactId],
  venue: 'Trattoria', timeZone: 'Europe/Rome', partySize: 2, ...more,
});
const remind = (reminder: ReturnType<typeof visit>): Promise<boolean> => conversationsDoor(house.services).remindGuest(reminder as never);
const told = async (reservationId: string): Promise<string[]> => (await house.rows<{ outcome: string }>(
  `select payload->>'outcome' as outcome from conversations.outbox where type = 'GuestReminderSettled' and payload->>'reservationId' = $1 order by id`, [reservationId])).map(({ outcome }) => outcome);
const messages = async (thread: string): Promise<{ text: string; author_kind: string; type: string }[]> =>
  house.rows(`select text, author_kind, type from conversations.message where conversation_id = $1 and direction = 'OUTBOUND' order by seq`, [thread]);
const settings = async (input: Record<string, unknown>, by = manager()) => (await house.subject.ask(
  'mutation ($input: GuestReminderSettingsUpdateInput!) { guestReminderSettingsUpdate(input: $input) { settings { enabled language templateName inbox { id } } userErrors { __typename field } } }', { input }, by)).data?.['guestReminderSettingsUpdate'];
async function refusedAs(reminder: ReturnType<typeof visit>, outcome: string, thread: string): Promise<void> {
  const before = await messages(thread);
  expect([await remind(reminder), await told(reminder.reservationId), await messages(thread)]).toEqual([false, [outcome], before]);
}

describe('a reminder', () => {
  it('is sent once, however often and at once it is told of, and reaches the channel', async () => {
    const one = await guest();
    const reminder = visit(one);
    expect((await Promise.all([remind(reminder), remind(reminder), remind(reminder)])).toSorted()).toEqual([false, false, true]);
    expect(await remind(reminder)).toBe(false);
    const at = { kind: 'H24' as const, startsAt: new Date(reminder.startsAt), venue: 'Trattoria', timeZone: 'Europe/Rome', partySize: 2 };
    expect(await messages(one.thread)).toEqual([{ text: textOf(at, 'en'), author_kind: 'SYSTEM', type: 'TEXT' }]);
    expect(new Set(await told(reminder.reservationId))).toEqual(new Set(['SENT']));
    await house.drain(one.thread);
    expect((await house.taken()).map(({ body }) => body as { to: string; text?: { body: string } }).filter(({ to }) => to === one.phone).map(({ text }) => text?.body)).toEqual([textOf(at, 'en')]);
    const { data } = await house.subject.ask('query ($id: ID!) { conversation(id: $id) { status messages(first: 5) { nodes { text author { __typename } } } } }', { id: encodeId('conv', one.thread) }, house.agent);
    expect(data).toMatchObject({ conversation: { status: 'OPEN', messages: { nodes: expect.arrayContaining([{ text: textOf(at, 'en'), author: null }]) } } });
    // The other one, and the same for another time, are others.
    expect([await remind({ ...reminder, kind: 'H2' as never }), await remind({ ...reminder, startsAt: new Date(Date.parse(reminder.startsAt) + 3_600_000).toISOString() })]).toEqual([true, true]);
  });

  it('goes to the conversation it came from or to the contacts of its customer, whoever they were found to be, where they wrote last', async () => {
    const [old, kept] = [await guest(), await guest()];
    const { data } = await house.subject.ask('mutation ($input: ContactMergeInput!) { contactMerge(input: $input) { userErrors { __typename } } }',
      { input: { keepId: encodeId('cont', kept.contactId), mergeId: encodeId('cont', old.contactId) } }, person(house.tenantId, ['conversation:read', 'contact:merge']));
    expect(data).toEqual({ contactMerge: { userErrors: [] } });
    const [byContact, before] = [visit(old), (await messages(old.thread)).length + (await messages(kept.thread)).length];
    expect([await remind(byContact), (await messages(old.thread)).length + (await messages(kept.thread)).length]).toEqual([true, before + 1]);
    const other = await guest();
    expect([await remind(visit(other, { contactIds: [], conversationId: other.thread })), (await messages(other.thread)).length]).toEqual([true, 1]);
    await refusedAs(visit({ contactId: newId() }), 'NOBODY', other.thread);
    // Another tenant's contact is nobody here.
    const foreign = { ...visit(other), tenantId: newId() };
    expect([await remind(foreign), await told(foreign.reservationId)]).toEqual([false, ['NOBODY']]);
  });

  it('says it in the language of the guest, else of the tenant, by the clock of the venue', async () => {
    const one = await guest();
    await house.admin.query(`update conversations.contact set attributes = '{"language":"es-MX"}' where id = $1`, [one.contactId]);
    const other = await guest();
    expect(await settings({ language: 'pt' })).toMatchObject({ settings: { language: 'pt' }, userErrors: [] });
    await remind(visit(one));
    await remind(visit(other));
    expect([(await messages(one.thread))[0]?.text, (await messages(other.thread))[0]?.text]).toEqual([expect.stringContaining('una mesa para 2'), expect.stringContaining('uma mesa para 2')]);
    await settings({ language: 'en' });
    const at = { kind: 'H24' as const, startsAt: new Date('2026-12-01T18:30:00Z'), venue: 'V', timeZone: 'Europe/Rome', partySize: 2 };
    expect(['es', 'en', 'fr', 'pt', 'it', 'de'].map((language) => whenOf(at, language as 'es'))).toEqual([
      expect.stringMatching(/martes.*1.*diciembre.*19:30/), expect.stringMatching(/Tuesday.*December 1.*7:30/), expect.stringMatching(/mardi 1 décembre.*19:30/),
      expect.stringMatching(/terça-feira.*1.*dezembro.*19:30/), expect.stringMatching(/martedì 1 dicembre.*19:30/), expect.stringMatching(/Dienstag, 1\. Dezember.*19:30/)]);
    expect(whenOf({ ...at, kind: 'H2' }, 'fr')).toBe('19:30');
  });

  it('is not sent to who opted out or is blocked, by an inbox that is switched off, when it is late, or when the tenant does not want it', async () => {
    const [out, blocked, any] = [await guest(), await guest(), await guest()];
    await house.admin.query(`insert into conversations.contact_consent (tenant_id, inbox_id, external_id, opted_out, source, changed_at) values ($1, $2, $3, true, 'STAFF', now())`, [house.tenantId, house.inboxId, out.phone]);
    await refusedAs(visit(out), 'OPTED_OUT', out.thread);
    await house.admin.query('update conversations.contact set blocked_at = now() where id = $1', [blocked.contactId]);
    await refusedAs(visit(blocked), 'BLOCKED', blocked.thread);
    await refusedAs(visit(any, { startsAt: house.clock.now().toISOString() }), 'TOO_LATE', any.thread);
    await settings({ enabled: false });
    await refusedAs(visit(any), 'SWITCHED_OFF', any.thread);
    await settings({ enabled: true });
    await house.admin.query(`update conversations.inbox set state = 'DISABLED', disabled_reason = 'MANUAL', disabled_at = now() where id = $1`, [house.inboxId]);
    await refusedAs(visit(any), 'CHANNEL_UNAVAILABLE', any.thread);
    await house.admin.query(`update conversations.inbox set state = 'ACTIVE', disabled_reason = null, disabled_at = null where id = $1`, [house.inboxId]);
    await settings({ inboxId: encodeId('inb', await house.createInbox(house.tenantId, 'reminders', '999')) });
    await refusedAs(visit(any), 'NOBODY', any.thread);
    await settings({ inboxId: null });
    expect(await remind(visit(any))).toBe(true);
  });

  it('is a template when too long has passed since they wrote, if the tenant named one that it fills', async () => {
    const one = await guest();
    house.clock.advance(2 * DAY_MS);
    await refusedAs(visit(one), 'WINDOW_CLOSED', one.thread);
    await house.addTemplate('see_you', 'See you at {{1}}: {{2}}');
    await settings({ templateName: 'see_you' });
    const form = (slots: number[]) => house.admin.query(`update conversations.message_template set form = jsonb_set(form, '{slots}', $1::jsonb)`,
      [JSON.stringify(slots.map((position) => ({ part: 'BODY', button: null, position, name: null, type: 'TEXT' })))]);
    await form([1, 2, 3, 4]);
    await refusedAs(visit(one), 'TEMPLATE_UNFIT', one.thread);
    await form([1, 2]);
    const reminder = visit(one);
    expect([await remind(reminder), await messages(one.thread)]).toEqual([true, [{ text: expect.stringMatching(/^See you at Trattoria: .*:\d\d/), author_kind: 'SYSTEM', type: 'TEMPLATE' }]]);
    await house.drain(one.thread);
    expect(await house.rows('select status from conversations.message where conversation_id = $1 and direction = $2', [one.thread, 'OUTBOUND'])).toEqual([{ status: 'SENT' }]);
    await settings({ templateName: null });
  });

  it('is set by who manages inboxes, and wrong settings by nobody', async () => {
    expect(await settings({ language: 'tlh' })).toEqual({ settings: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'language'] }] });
    expect(await settings({ templateName: ' ' })).toEqual({ settings: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'templateName'] }] });
    const theirs = await house.createInbox(newId(), 'theirs', '998');
    expect(await settings({ inboxId: encodeId('inb', theirs) })).toEqual({ settings: null, userErrors: [{ __typename: 'InboxNotFound', field: ['input', 'inboxId'] }] });
    expect(await settings({ enabled: false }, house.agent)).toBeNull();
    expect((await house.subject.ask('{ guestReminderSettings { enabled templateName language inbox { id } } }', {}, house.agent)).data).toEqual({ guestReminderSettings: { enabled: true, templateName: null, language: 'en', inbox: null } });
  });
});
