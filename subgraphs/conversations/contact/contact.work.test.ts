// Contacts blocked, merged and taken apart again, also while they write.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestConversations } from '../../../test/kit/conversations.js';
import { until } from '../../../test/kit/until.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { eraseTenantRows } from '../../kernel/data/tenant-rows.js';
import { partContacts } from './contact.erasure.js';
import { ContactDesk, type Answer, type Person } from './contact.fixture.js';

let desk: ContactDesk;
let house: TestConversations;
let staff: Actor;
let rival: Actor;
const ask: ContactDesk['ask'] = (field, input, how) => desk.ask(field, input, how);
const done: ContactDesk['done'] = (field, input, select) => desk.done(field, input, select);
const refusal: ContactDesk['refusal'] = (field, input, by) => desk.refusal(field, input, by);
const writer = (): Promise<Person> => desk.writer();
const write = (from: string, text = 'Again'): Promise<void> => house.text(`wamid.${newId()}`, text, from);
const conversations = (contact: string) => house.rows<{ id: string; status: string; last_seq: number; waiting_since: Date | null }>(
  'select id, status, last_seq, waiting_since from conversations.conversation where contact_id = $1 order by id', [contact]);
const merge = async (keep: Person, merged: Person): Promise<string> => String((await done('contactMerge', { keepId: keep.id, mergeId: merged.id }, 'merge { id }'))['id']);
const undo = (mergeId: string) => ask('contactMergeUndo', { mergeId }, { select: 'merge { id undoneAt }' });
/** All of two people that a merge may touch. */
const everything = (people: readonly Person[]) => house.rows(`select (select json_agg(t order by id) from conversations.contact t where id = any ($1)) as contacts,
  (select json_agg(i order by external_id) from conversations.contact_identity i where contact_id = any ($1)) as names,
  (select json_agg(c order by id) from (select id, contact_id, status, snoozed_until, resolved_at, waiting_since from conversations.conversation where contact_id = any ($1)) c) as conversations`, [people.map(({ uuid }) => uuid)]);

beforeAll(async () => {
  desk = await ContactDesk.boot();
  ({ house, staff, rival } = desk);
});
afterAll(() => house?.close());

describe('somebody who is blocked', () => {
  it('is kept and not heard: stored, resolved, written to by nobody, until they are unblocked', async () => {
    const one = await writer();
    expect(await done('contactBlock', { contactId: one.id })).toMatchObject({ blockedAt: expect.any(String) });
    expect(await conversations(one.uuid)).toMatchObject([{ status: 'RESOLVED', waiting_since: null }]);
    await write(one.from);
    await done('contactBlock', { contactId: one.id });
    expect(await conversations(one.uuid)).toMatchObject([{ status: 'RESOLVED', waiting_since: null, last_seq: 2 }]);
    const input = { conversationId: encodeId('conv', one.conversation), text: 'Hello', idempotencyKey: newId() };
    expect(await refusal('messageSend', input)).toEqual([['ContactBlocked', 'input.conversationId']]);
    const start = { contactId: one.id, inboxId: encodeId('inb', house.inboxId), text: 'Hello', idempotencyKey: newId() };
    expect(await refusal('conversationStart', start)).toEqual([['ContactBlocked', 'input.contactId']]);
    expect(await conversations(one.uuid)).toMatchObject([{ status: 'RESOLVED', last_seq: 2 }]);
    expect(await done('contactUnblock', { contactId: one.id })).toMatchObject({ blockedAt: null });
    await write(one.from);
    expect(await conversations(one.uuid)).toMatchObject([{ status: 'OPEN', waiting_since: expect.any(Date), last_seq: 3 }]);
  });

  it('begins no open conversation in another inbox, and ends up resolved when they write at that moment', async () => {
    const people = await Promise.all([writer(), writer(), writer()]);
    await Promise.all(people.flatMap((one) => [write(one.from), done('contactBlock', { contactId: one.id }), write(one.from)]));
    await house.ingestAll();
    for (const { uuid } of people) expect(await conversations(uuid)).toMatchObject([{ status: 'RESOLVED', last_seq: 3 }]);
    const [{ id, uuid } = { id: '', uuid: '' }] = people;
    const second = await house.createInbox(house.tenantId, `second-${newId()}`);
    await house.rows('insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, created_at) values ($1, $2, $3, $4, now())', [house.tenantId, second, 'elsewhere', uuid]);
    expect(await refusal('conversationStart', { contactId: id, inboxId: encodeId('inb', second), text: 'Hello', idempotencyKey: newId() })).toEqual([['ContactBlocked', 'input.contactId']]);
    expect(await conversations(uuid)).toHaveLength(1);
  });
});

describe('a merge', () => {
  it('makes one person of two, and its undoing the same two again, to the last bit', async () => {
    const [keep, gone] = [await writer(), await writer()];
    await done('contactUpdate', { contactId: gone.id, email: 'gone@example.test', identifier: 'gone', attributes: [{ name: 'size', text: 'L' }, { name: 'constructor', flag: true }] });
    await done('contactUpdate', { contactId: keep.id, identifier: 'keep', attributes: [{ name: 'shoe', number: 42 }] });
    house.clock.advance(1_000);
    await write(keep.from);
    const before = await everything([keep, gone]);
    const mergeId = await merge(keep, gone);
    const { data } = await house.ask(`query ($keep: ID!, $gone: ID!) { kept: contact(id: $keep) { email identifier attributes { name } identities { externalId } merges { id kept { id } merged { id } mergedBy { id } } }
      gone: contact(id: $gone) { id mergedInto { id } identities { externalId } email } contacts { nodes { id } } }`, { keep: keep.id, gone: gone.id }, staff);
    expect(data).toMatchObject({
      kept: { email: 'gone@example.test', identifier: 'keep', attributes: [{ name: 'constructor' }, { name: 'shoe' }, { name: 'size' }], identities: [{ externalId: keep.from }, { externalId: gone.from }],
        merges: [{ id: mergeId, kept: { id: keep.id }, merged: { id: gone.id }, mergedBy: { id: encodeId('user', staff.sub ?? '') } }] },
      gone: { id: gone.id, mergedInto: { id: keep.id }, identities: [], email: 'gone@example.test' },
    });
    expect((data as { contacts: { nodes: { id: string }[] } }).contacts.nodes.map(({ id }) => id)).not.toContain(gone.id);
    // One is open, in which more happened of late, and waits since the earlier of both.
    const all = await conversations(keep.uuid);
    expect(all.map(({ id, status }) => [id, status])).toEqual([[keep.conversation, 'OPEN'], [gone.conversation, 'RESOLVED']]);
    expect(await conversations(gone.uuid)).toEqual([]);
    expect((await undo(mergeId)).userErrors).toEqual([]);
    expect(await everything([keep, gone])).toEqual(before);
    expect((await undo(mergeId)).userErrors).toMatchObject([{ __typename: 'ContactMergeStateWrong' }]);
  });

  it('puts back what moved and no more: what came or changed since stays', async () => {
    const [keep, gone] = [await writer(), await writer()];
    await done('contactUpdate', { contactId: gone.id, email: 'moved@example.test', phone: '+391230000001' });
    const mergeId = await merge(keep, gone);
    await done('contactUpdate', { contactId: keep.id, phone: '+391230000002' });
    // What both write now is in the one that stayed open.
    await write(gone.from);
    await write(keep.from);
    const third = await done('contactCreate', { phone: '+391230000001' });
    expect((await undo(mergeId)).userErrors).toEqual([]);
    const { data } = await house.ask('query ($keep: ID!, $gone: ID!) { keep: contact(id: $keep) { email phone } gone: contact(id: $gone) { email phone mergedInto { id } } }', { keep: keep.id, gone: gone.id }, staff);
    expect(data).toEqual({ keep: { email: null, phone: '+391230000002' }, gone: { email: 'moved@example.test', phone: null, mergedInto: null } });
    expect(third['phone']).toBe('+391230000001');
    const seqs = async (one: Person): Promise<number> => (await conversations(one.uuid)).reduce((sum, { last_seq }) => sum + last_seq, 0);
    expect([await seqs(keep) + await seqs(gone), (await conversations(gone.uuid)).map(({ id }) => id)]).toEqual([4, [gone.conversation]]);
  });

  it('when it is undone, lets a conversation that began since follow the only address there is in its inbox', async () => {
    const [keep, gone] = [await writer(), await writer()];
    const inbox = await house.createInbox(house.tenantId, newId(), newId());
    await house.rows('insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, created_at) values ($1, $2, $3, $4, now())', [house.tenantId, inbox, gone.from, gone.uuid]);
    const mergeId = await merge(keep, gone);
    const input = { contactId: keep.id, inboxId: encodeId('inb', inbox), template: { name: 'hi', language: 'en', parameters: [] }, idempotencyKey: newId() };
    await house.addTemplate('hi', 'Hi', { inboxId: inbox });
    await done('conversationStart', input, 'conversation { id }');
    expect((await undo(mergeId)).userErrors).toEqual([]);
    expect(await house.rows('select contact_id from conversations.conversation where inbox_id = $1', [inbox])).toEqual([{ contact_id: gone.uuid }]);
    expect((await conversations(keep.uuid)).map(({ id }) => id)).toEqual([keep.conversation]);
  });

  it('is refused for what cannot be merged, and a later one is undone first', async () => {
    const [a, b, c, blocked] = [await writer(), await writer(), await writer(), await writer()];
    expect(await refusal('contactMerge', { keepId: a.id, mergeId: a.id })).toEqual([['InputInvalid', 'input.mergeId']]);
    expect(await refusal('contactMerge', { keepId: a.id, mergeId: encodeId('cont', newId()) })).toEqual([['ContactNotFound', 'input.mergeId']]);
    expect(await refusal('contactMerge', { keepId: a.id, mergeId: b.id }, rival)).toEqual([['ContactNotFound', 'input.keepId']]);
    await done('contactBlock', { contactId: blocked.id });
    expect(await refusal('contactMerge', { keepId: a.id, mergeId: blocked.id })).toEqual([['ContactBlocked', 'input.mergeId']]);
    const first = await merge(b, a);
    const second = await merge(c, b);
    expect(await refusal('contactMerge', { keepId: b.id, mergeId: blocked.id })).toEqual([['ContactMerged', 'input.keepId']]);
    expect(await refusal('contactUpdate', { contactId: a.id, name: 'x' })).toEqual([['ContactMerged', 'input.contactId']]);
    expect(await refusal('conversationStart', { contactId: a.id, inboxId: encodeId('inb', house.inboxId), text: 'Hi', idempotencyKey: newId() })).toEqual([['ContactMerged', 'input.contactId']]);
    expect((await undo(first)).userErrors).toMatchObject([{ __typename: 'ContactMergeStateWrong' }]);
    expect(await refusal('contactMergeUndo', { mergeId: second }, rival)).toEqual([['ContactMergeNotFound', 'input.mergeId']]);
    for (const id of [second, first]) expect((await undo(id)).userErrors).toEqual([]);
    for (const one of [a, b, c]) expect(await conversations(one.uuid)).toMatchObject([{ id: one.conversation, status: 'OPEN' }]);
  });

  it('of two visitors of one web chat is refused, for each would read the other; of visitors of two it is not', async () => {
    const [a, b, c] = [await writer(), await writer(), await writer()];
    const [chat, other] = [await house.createInbox(house.tenantId, newId(), newId(), 'WEB_CHAT'), await house.createInbox(house.tenantId, newId(), newId(), 'WEB_CHAT')];
    for (const [inbox, one] of [[chat, a], [chat, b], [other, c]] as const) {
      await house.rows('insert into conversations.contact_identity (tenant_id, inbox_id, external_id, contact_id, created_at) values ($1, $2, $3, $4, now())', [house.tenantId, inbox, newId(), one.uuid]);
    }
    const before = await everything([a, b]);
    expect(await refusal('contactMerge', { keepId: a.id, mergeId: b.id })).toEqual([['InputInvalid', 'input.mergeId']]);
    expect(await everything([a, b])).toEqual(before);
    await merge(a, c);
  });

  it.each(['contactMerge', 'contactBlock'])('as %s, waits for whoever takes in a message of theirs, and holds nothing that they need meanwhile', async (field) => {
    const [keep, gone] = [await writer(), await writer()];
    // As ingest does: the name first, then the conversation.
    const ingest = await house.admin.connect();
    try {
      await ingest.query('begin');
      await ingest.query('select from conversations.contact_identity where external_id = $1 for update', [gone.from]);
      const change = ask(field, field === 'contactMerge' ? { keepId: keep.id, mergeId: gone.id } : { contactId: gone.id }, { select: '__typename' });
      await until(async () => await house.blocked() > 0, 'the change waits');
      await ingest.query(`set local lock_timeout = '5s'`);
      await ingest.query('select from conversations.conversation where id = $1 for update', [gone.conversation]);
      await ingest.query('commit');
      expect((await change).userErrors).toEqual([]);
    } finally {
      ingest.release(true);
    }
  });

  it('loses no message that comes at that moment, and of merges of the same people at once one happens', async () => {
    const ROUNDS = 8;
    let most = 0;
    let running = 0;
    const counted = async <T>(work: Promise<T>): Promise<T> => {
      most = Math.max(most, running += 1);
      return work.finally(() => { running -= 1; });
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const [a, b] = [await writer(), await writer()];
      const both = (keep: Person, gone: Person) => counted(ask('contactMerge', { keepId: keep.id, mergeId: gone.id }, { select: 'merge { id }' }));
      const answers = await Promise.all([counted(write(a.from)), both(a, b), counted(write(b.from)), both(b, a), counted(write(b.from)), counted(write(a.from))]);
      const merges = answers.filter((answer) => typeof answer === 'object').map((answer) => (answer as Answer));
      expect(merges.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
      await house.ingestAll();
      const all = [...await conversations(a.uuid), ...await conversations(b.uuid)];
      expect([all.reduce((sum, { last_seq }) => sum + last_seq, 0), all.filter(({ status }) => status === 'OPEN').length]).toEqual([6, 1]);
      const mergeId = (merges.find(({ merge: made }) => made)?.['merge'] as { id: string }).id;
      await Promise.all([counted(undo(mergeId)), counted(write(a.from)), counted(write(b.from)), counted(undo(mergeId))]);
      await house.ingestAll();
      const apart = [await conversations(a.uuid), await conversations(b.uuid)];
      expect(apart.flat().reduce((sum, { last_seq }) => sum + last_seq, 0)).toBe(8);
      expect(await house.rows('select external_id from conversations.contact_identity where contact_id = $1', [a.uuid])).toEqual([{ external_id: a.from }]);
      for (const one of apart) expect(one.filter(({ status }) => status !== 'RESOLVED').length).toBeLessThanOrEqual(1);
    }
    process.stdout.write(`merge: ${ROUNDS} rounds, up to ${most} at once, no message lost\n`);
  }, 60_000);
});

describe('when their time is over', () => {
  it('retention takes all of one person together and no sooner, so that a merge can be undone until then, and notes with messages of their age or with the contact', async () => {
    const [keep, gone] = [await writer(), await writer()];
    const mergeId = await merge(keep, gone);
    await ask('noteCreate', { conversationId: encodeId('conv', gone.conversation), text: 'Old', idempotencyKey: newId() }, { select: 'note { id }' });
    await ask('contactNoteCreate', { contactId: keep.id, text: 'Of them', idempotencyKey: newId() }, { select: 'note { id }' });
    await house.rows('update conversations.conversation set last_activity_at = to_timestamp(0)');
    const purge = async (classes: readonly string[]): Promise<void> => {
      const before = new Date(Date.now() + 1_000).toISOString();
      await house.services.retention.purge({ tenantId: house.tenantId, orderedAt: house.clock.now().toISOString(), before: Object.fromEntries(classes.map((name) => [name, before])) });
    };
    await purge(['CONTACTS']);
    expect((await undo(mergeId)).userErrors).toEqual([]);
    await merge(keep, gone);
    expect(await house.count('note')).toBe(2);
    const left = () => house.rows('select 1 from conversations.contact where id = any ($1)', [[keep.uuid, gone.uuid]]);
    // Somebody takes in what they write: their name is held, and everything waits for a later purge but the old messages.
    const ingest = await house.admin.connect();
    await ingest.query('begin');
    await ingest.query('select from conversations.contact_identity where external_id = $1 for update', [gone.from]);
    try {
      await purge(['MESSAGES', 'CONTACTS']);
      await ingest.query('commit');
    } finally {
      ingest.release(true);
    }
    expect([(await left()).length, await house.count('note')]).toEqual([2, 1]);
    await purge(['MESSAGES', 'CONTACTS']);
    expect([await house.count('note'), (await conversations(keep.uuid)).length, (await left()).length]).toEqual([0, 0, 0]);
  });

  it('erasure takes any number of those that are part of one', async () => {
    const { id, uuid } = await writer();
    await ask('contactNoteCreate', { contactId: id, text: 'Of them', idempotencyKey: newId() }, { select: 'note { id }' });
    await house.rows(`insert into conversations.contact (tenant_id, id, email, created_at, merged_into) select $1, gen_random_uuid(), 'same@example.test', now(), $2 from generate_series(1, 1100)`, [house.tenantId, uuid]);
    const erase = (first?: typeof partContacts) => eraseTenantRows(house.admin, 'conversations', house.tenantId, { kept: {}, ...(first ? { first } : {}) }, async () => 0);
    await expect(erase()).rejects.toThrow('contact_merged_into');
    await erase(partContacts);
    expect(await house.rows('select 1 from conversations.contact where tenant_id = $1 union all select 1 from conversations.note where tenant_id = $1', [house.tenantId])).toEqual([]);
  });
});
