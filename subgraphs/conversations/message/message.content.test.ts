// What messages hold besides text, and what is later said about them, as the graph shows it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NUMBER, TestConversations } from '../../../test/kit/conversations.js';
import { whatsappDelivery } from '../../../ops/standins/sign-webhook.js';
import { encodeId } from '../../kernel/base/ids.js';

let house: TestConversations;
beforeAll(async () => { house = await TestConversations.boot({ sending: true }); });
afterAll(() => house?.close());

let time = 1_760_000_000;
type Part = Record<string, unknown>;
const part = (from: string, id: string, type: string, body: unknown, more: Part = {}): Part => ({ from, id, timestamp: String(time += 1), type, [type]: body, ...more });
const deliver = (...messages: Part[]): Promise<void> => house.deliver(whatsappDelivery(NUMBER, { messages }));
const echo = (...echoes: Part[]): Promise<void> => house.deliver(whatsappDelivery(NUMBER, { message_echoes: echoes }, 'smb_message_echoes'));

const LIST = `query ($id: ID!) { conversation(id: $id) { waitingSince unreadCount lastMessage { text } messages { nodes {
  direction type text status forwarded editedAt deletedAt author { __typename } replyTo { text } referral { source sourceId headline }
  reactions { emoji fromCustomer } content { __typename
    ... on MediaContent { voice media { mimeType fileName sha256 } } ... on LocationContent { latitude longitude name address } ... on ContactsContent { contacts { name phones } }
    ... on ChoiceContent { choiceId answers { name value } } ... on OrderContent { catalogId products { productId quantity priceMinor currency } }
    ... on SystemContent { event phone } ... on ShareContent { shared url title } } } } } }`;
interface Shown { waitingSince: string | null; unreadCount: number; messages: { nodes: Part[] } }
const conversationOf = async (from: string): Promise<string> => (await house.rows<{ id: string }>(`select c.id from conversations.conversation c
  join conversations.contact_identity i using (tenant_id, contact_id) where i.external_id = $1`, [from]))[0]?.id ?? '';
async function shown(from: string): Promise<Shown> {
  const { data, errors } = await house.ask(LIST, { id: encodeId('conv', await conversationOf(from)) });
  expect(errors).toBeUndefined();
  return data?.['conversation'] as Shown;
}
/** Oldest first. */
const listed = async (from: string): Promise<Part[]> => (await shown(from)).messages.nodes.toReversed();

describe('a message', () => {
  it('shows what it holds, what it answers and what brought the customer', async () => {
    const from = '15550002000';
    await deliver(
      part(from, 'c1', 'text', { body: 'Is this still available?' }, { context: { referred_product: { product_retailer_id: 'p1' } } }),
      part(from, 'c2', 'image', { id: '10', mime_type: 'image/jpeg', caption: 'Look' }, { context: { id: 'c1' } }),
      part(from, 'c3', 'location', { latitude: 45.07, longitude: 7.69, name: 'Mole' }, { context: { forwarded: true } }),
      part(from, 'c4', 'order', { catalog_id: '19', product_items: [{ product_retailer_id: 'pizza', quantity: 2, item_price: 9.5, currency: 'EUR' }] }),
      part(from, 'c5', 'interactive', { type: 'button_reply', button_reply: { id: 'yes', title: 'Yes, please' } }, { context: { id: 'never seen' } }),
      part(from, 'c6', 'hologram', {}),
    );
    expect(await listed(from)).toMatchObject([
      { type: 'TEXT', content: null, replyTo: null, referral: { source: 'PRODUCT', sourceId: 'p1' }, author: { __typename: 'Contact' } },
      { type: 'IMAGE', text: 'Look', replyTo: { text: 'Is this still available?' }, content: { __typename: 'MediaContent', voice: false, media: [{ mimeType: 'image/jpeg' }] } },
      { type: 'LOCATION', text: 'Mole', forwarded: true, content: { __typename: 'LocationContent', latitude: 45.07, longitude: 7.69 } },
      { type: 'ORDER', text: null, content: { catalogId: '19', products: [{ productId: 'pizza', quantity: 2, priceMinor: 950, currency: 'EUR' }] } },
      { type: 'CHOICE', text: 'Yes, please', replyTo: null, content: { choiceId: 'yes', answers: [] } },
      { type: 'UNSUPPORTED', text: null, content: null },
    ]);
  });

  it('of the business in its own app is outbound and nobody waits any more; a second time nothing', async () => {
    const from = '15550002001';
    await deliver(part(from, 'e1', 'text', { body: 'Are you open?' }));
    for (let round = 0; round < 2; round += 1) await echo({ ...part('390612345', 'e2', 'text', { body: 'We are' }), timestamp: '1760000500', to: from });
    expect(await shown(from)).toMatchObject({ waitingSince: null, unreadCount: 1, messages: { nodes: [
      { direction: 'OUTBOUND', status: 'SENT', text: 'We are', author: null }, { direction: 'INBOUND', text: 'Are you open?' },
    ] } });
    await echo({ ...part('390612345', 'e3', 'reaction', { message_id: 'e1', emoji: '❤️' }), to: from });
    await deliver(part(from, 'e4', 'reaction', { message_id: 'e1', emoji: '👍' }));
    expect((await listed(from))[0]).toMatchObject({ reactions: [{ emoji: '❤️', fromCustomer: false }, { emoji: '👍', fromCustomer: true }] });
  });
});

/** Every order of these. */
const orders = <Item>(items: readonly Item[]): Item[][] =>
  items.length < 2 ? [[...items]] : items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));

describe('what is said about a message', () => {
  const steps: Record<string, (from: string, id: string) => Part> = {
    message: (from, id) => part(from, id, 'text', { body: 'Frist' }),
    'older edit': (from, id) => ({ ...part(from, `${id}-1`, 'edit', { original_message_id: id, message: { type: 'text', text: { body: 'Fist' } } }), timestamp: '1761000001' }),
    'newer edit': (from, id) => ({ ...part(from, `${id}-2`, 'edit', { original_message_id: id, message: { type: 'image', image: { id: '7', caption: 'First' } } }), timestamp: '1761000002' }),
    reaction: (from, id) => ({ ...part(from, `${id}-3`, 'reaction', { message_id: id, emoji: '😮' }), timestamp: '1761000003' }),
    'reaction taken off': (from, id) => ({ ...part(from, `${id}-4`, 'reaction', { message_id: id }), timestamp: '1761000004' }),
    deletion: (from, id) => ({ ...part(from, `${id}-5`, 'revoke', { original_message_id: id }), timestamp: '1761000005' }),
  };
  const EDITED = { type: 'IMAGE', text: 'First', editedAt: '2025-10-20T22:40:02.000Z', deletedAt: null };
  const GONE = { type: 'TEXT', text: null, content: null, editedAt: null, deletedAt: '2025-10-20T22:40:05.000Z' };

  it.each<[string, string[], Part]>([
    ['edits and a reaction', ['message', 'older edit', 'newer edit', 'reaction'], { ...EDITED, reactions: [{ emoji: '😮', fromCustomer: true }] }],
    ['a reaction that was taken off', ['message', 'reaction', 'reaction taken off'], { type: 'TEXT', text: 'Frist', reactions: [] }],
    ['a deletion', ['message', 'newer edit', 'deletion'], GONE],
  ])('ends the same in every order, each delivered twice: %s', async (_name, names, expected) => {
    const seen = await Promise.all(orders(names).map(async (order, index) => {
      const from = `1555${names.length}${names.at(-1)?.length ?? 0}${String(index).padStart(4, '0')}`;
      for (const name of order) for (const space of ['', ' ']) {
        const { body } = { body: whatsappDelivery(NUMBER, { messages: [steps[name]?.(from, `m-${from}`) ?? {}] }) };
        expect((await house.receive(body + space)).status).toBe(200);
        const [row] = await house.rows<{ id: string }>(`select id from conversations.webhook_delivery where status = 'RECEIVED' and body = $1`, [Buffer.from(body + space)]);
        if (row) await house.services.ingest.ingest(house.tenantId, row.id);
      }
      return listed(from);
    }));
    expect(seen).toHaveLength(names.length === 4 ? 24 : 6);
    for (const messages of seen) expect(messages).toMatchObject([expected]);
    expect(await house.rows(`select 1 from conversations.message m left join conversations.message_amendment a on a.external_id = m.external_id and a.kind = 'EDIT'
      where m.deleted_at is not null and coalesce(m.raw, a.said) is not null`)).toEqual([]);
  });
});

describe('a customer whose number has changed', () => {
  it('goes on in the same conversation, and is written to by the new one', async () => {
    const [old, fresh] = ['15550003000', '15550003001'];
    await deliver(part(old, 'n1', 'text', { body: 'Hello' }), part(old, 'n2', 'system', { type: 'user_changed_number', body: 'Ana has a new number', wa_id: fresh }));
    await deliver({ ...part(fresh, 'n3', 'text', { body: 'It is me' }), timestamp: String(Math.floor(Date.now() / 1000)) });
    expect(await listed(old)).toMatchObject([
      { text: 'Hello' }, { type: 'SYSTEM', content: { event: 'NUMBER_CHANGED', phone: `+${fresh}` } }, { text: 'It is me' },
    ]);
    const conversation = await conversationOf(fresh);
    expect(conversation).toBe(await conversationOf(old));
    await house.queue(conversation, 'Good to know');
    expect(await house.drain(conversation)).toBe(1);
    expect((await house.taken()).at(-1)?.body).toMatchObject({ to: fresh });
  });

  it('keeps apart from somebody who has that number already', async () => {
    const [old, taken] = ['15550003002', '15550003003'];
    await deliver(part(taken, 't1', 'text', { body: 'I was here' }), part(old, 't2', 'system', { type: 'user_changed_number', wa_id: taken }));
    expect(await conversationOf(old)).not.toBe(await conversationOf(taken));
  });
});
