// Contacts that staff make, change and find: what one has nobody else has, and what is none is refused.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { ContactDesk, type Person } from './contact.fixture.js';

let desk: ContactDesk;
let house: TestConversations;
let staff: Actor;
let rival: Actor;
const ask: ContactDesk['ask'] = (field, input, how) => desk.ask(field, input, how);
const done: ContactDesk['done'] = (field, input, select) => desk.done(field, input, select);
const refusal: ContactDesk['refusal'] = (field, input, by) => desk.refusal(field, input, by);
const writer = (): Promise<Person> => desk.writer();

beforeAll(async () => {
  desk = await ContactDesk.boot();
  ({ house, staff, rival } = desk);
});
afterAll(() => house?.close());

describe('a contact', () => {
  it('is made with what is known, changed, found by it, and written to first', async () => {
    const inboxId = encodeId('inb', house.inboxId);
    const made = await done('contactCreate', {
      name: ' Carla ', email: 'Carla@Example.TEST', phone: '+393330001111', identifier: 'crm-7', addresses: [{ inboxId, externalId: '393330001111', phone: '+393330001111' }],
      attributes: [{ name: 'tier', text: 'gold' }, { name: 'visits', number: 3.5 }, { name: 'vegan', flag: false }],
    });
    expect(made).toEqual({
      id: expect.stringMatching(/^cont_/), name: 'Carla', email: 'carla@example.test', phone: '+393330001111', identifier: 'crm-7', blockedAt: null, mergedInto: null,
      attributes: [{ name: 'tier', text: 'gold', number: null, flag: null }, { name: 'vegan', text: null, number: null, flag: false }, { name: 'visits', text: null, number: 3.5, flag: null }],
      identities: [{ externalId: '393330001111', phone: '+393330001111', inbox: { id: inboxId, channel: 'WHATSAPP' } }],
    });
    const changed = await done('contactUpdate', { contactId: made['id'], phone: null, attributes: [{ name: 'tier' }, { name: 'vegan', flag: true }] });
    expect(changed).toMatchObject({ name: 'Carla', phone: null, email: 'carla@example.test', attributes: [{ name: 'vegan', flag: true }, { name: 'visits' }] });
    const found = async (filter: Record<string, unknown>, by = staff) => ((await house.ask('query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { id } } }', { filter }, by)).data as
      { contacts: { nodes: { id: string }[] } }).contacts.nodes.map(({ id }) => id);
    for (const filter of [{ email: 'CARLA@example.test' }, { identifier: 'crm-7' }]) expect([await found(filter), await found(filter, rival)]).toEqual([[made['id']], []]);
    expect(await found({ phone: '+393330001111' })).toEqual([]);
    expect((await house.ask('query ($id: ID!) { contact(id: $id) { id } }', { id: made['id'] }, rival)).data).toEqual({ contact: null });
    // Who has never written is written to by a template.
    await house.addTemplate('hello', 'Hello');
    const started = await ask('conversationStart', { contactId: made['id'], inboxId, template: { name: 'hello', language: 'en', parameters: [] }, idempotencyKey: newId() }, { select: 'conversation { contact { id } }' });
    expect(started).toMatchObject({ conversation: { contact: { id: made['id'] } }, userErrors: [] });
    const { data } = await house.ask('query { contacts(first: 1) { nodes { id } edges { cursor } pageInfo { hasNextPage } } }', {}, staff);
    expect(data).toMatchObject({ contacts: { nodes: [{ id: made['id'] }], pageInfo: { hasNextPage: false } } });
  });

  it('has its conversations with it, those that began last first, page by page, for the same statements however many contacts are asked', async () => {
    const [keep, gone, other] = [await writer(), await writer(), await writer()];
    await done('contactMerge', { keepId: keep.id, mergeId: gone.id }, 'merge { id }');
    const MANY = `query ($of: [_Any!]!, $first: Int, $after: String) { _entities(representations: $of) { ... on Contact { id conversations(first: $first, after: $after) {
      nodes { id status contact { id } } pageInfo { endCursor hasNextPage } } } } }`;
    interface Page { nodes: { id: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
    const { database } = house.subject.running;
    const asked = async (people: Person[], page: Record<string, unknown> = {}, by = staff) => {
      const start = database.statements;
      const { data, errors } = await house.ask(MANY, { of: people.map(({ id }) => ({ __typename: 'Contact', id })), ...page }, by);
      return { pages: (data?.['_entities'] as ({ conversations: Page } | null)[] | undefined)?.map((one) => one?.conversations) ?? [], statements: database.statements - start, errors };
    };
    const of = ({ conversation }: Person): string => encodeId('conv', conversation);
    const [one, all] = [await asked([keep]), await asked([keep, other])];
    expect(all.pages.map((page) => page?.nodes.map(({ id }) => id))).toEqual([[of(gone), of(keep)], [of(other)]]);
    expect(all.statements).toBe(one.statements);
    const first = (await asked([keep], { first: 1 })).pages[0];
    const second = (await asked([keep], { first: 1, after: first?.pageInfo.endCursor })).pages[0];
    expect([first?.nodes[0]?.id, first?.pageInfo.hasNextPage, second?.nodes[0]?.id, second?.pageInfo.hasNextPage]).toEqual([of(gone), true, of(keep), false]);
    expect((await asked([keep], {}, rival)).pages).toEqual([undefined]);
    for (const page of [{ first: 0 }, { first: 101 }, { after: 'x' }]) expect((await asked([keep], page)).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('has what nobody else has, and nothing that is none of it', async () => {
    const { id } = await done('contactCreate', { email: 'one@example.test', phone: '+391110000001', identifier: 'one' });
    const inboxId = encodeId('inb', house.inboxId);
    for (const [given, field] of [[{ email: 'ONE@example.test' }, 'email'], [{ phone: '+391110000001' }, 'phone'], [{ identifier: 'one' }, 'identifier']] as const) {
      expect(await refusal('contactCreate', given)).toEqual([['ContactTaken', `input.${field}`]]);
    }
    const { from } = await writer();
    const people = await house.count('contact');
    expect(await refusal('contactCreate', { name: 'X', addresses: [{ inboxId, externalId: from }] })).toEqual([['ContactTaken', 'input.addresses.0.externalId']]);
    const deleted = await house.createInbox(house.tenantId, newId(), newId());
    await house.rows(`update conversations.inbox set state = 'DELETED', credentials = null, external_id = null where id = $1`, [deleted]);
    for (const inbox of [newId(), deleted, await house.createInbox(newId(), 'foreign')]) {
      expect(await refusal('contactCreate', { name: 'X', addresses: [{ inboxId: encodeId('inb', inbox), externalId: 'new' }] })).toEqual([['InboxNotFound', 'input.addresses.0.inboxId']]);
    }
    const wrong: [Record<string, unknown>, string][] = [
      [{ name: 'x'.repeat(201) }, 'name'], [{ name: 'a\0b' }, 'name'], [{ email: 'nobody' }, 'email'], [{ email: `${'x'.repeat(250)}@a.bc` }, 'email'], [{ phone: '0039333' }, 'phone'], [{ identifier: '\ud800' }, 'identifier'],
      [{ attributes: [{ name: 'Big', text: 'x' }] }, 'attributes.0.name'], [{ attributes: [{ name: 'a', text: 'x', flag: true }] }, 'attributes.0'], [{ attributes: [{ name: 'a', text: 'x'.repeat(501) }] }, 'attributes.0.text'],
      [{ attributes: Array.from({ length: 51 }, (_, index) => ({ name: `a${index}`, number: index })) }, 'attributes'],
      [{ attributes: Array.from({ length: 50 }, (_, index) => ({ name: `a${index}`, text: '🍕'.repeat(500) })) }, 'attributes'],
    ];
    for (const [given, field] of wrong) {
      expect(await refusal('contactUpdate', { contactId: id, ...given })).toEqual([['InputInvalid', `input.${field}`]]);
      expect(await refusal('contactCreate', given)).toEqual([['InputInvalid', `input.${field}`]]);
    }
    for (const field of ['email', 'phone', 'identifier']) {
      const { errors } = await house.ask('query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { id } } }', { filter: { [field]: 'a\0b' } }, staff);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['filter', field] } }]);
    }
    const { errors: cursor } = await house.ask('query ($after: String) { labels(after: $after) { nodes { id } } }', { after: Buffer.from('["\\u0000"]').toString('base64url') }, staff);
    expect(cursor).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['after'] } }]);
    expect(await house.count('contact')).toBe(people);
    for (const field of ['contactUpdate', 'contactBlock', 'contactUnblock']) expect(await refusal(field, { contactId: id }, rival)).toEqual([['ContactNotFound', 'input.contactId']]);
    await expect(ask('contactBlock', { contactId: id }, { by: person(house.tenantId, ['conversation:read']) })).rejects.toThrow('contact:update');
    const both = await Promise.all(['a', 'b', 'c'].map((name) => ask('contactCreate', { name, identifier: 'same' }, { select: '__typename' })));
    expect(both.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
  });

  it('is made once of those who name the same addresses at once, in whatever order', async () => {
    const inboxId = encodeId('inb', house.inboxId);
    for (let round = 0; round < 8; round += 1) {
      const addresses = Array.from({ length: 10 }, (_, index) => ({ inboxId, externalId: `${round}-${index}` }));
      const answers = await Promise.all([addresses, addresses.toReversed(), addresses, addresses.toReversed()].map((given) => ask('contactCreate', { name: 'X', addresses: given }, { select: '__typename' })));
      expect(answers.map(({ userErrors }) => userErrors.length).toSorted()).toEqual([0, 1, 1, 1]);
    }
    expect(await refusal('contactCreate', { addresses: [{ inboxId, externalId: 'z' }, { inboxId, externalId: '0-0' }] })).toEqual([['ContactTaken', 'input.addresses.1.externalId']]);
  });
});
