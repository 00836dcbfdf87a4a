// Every kind of message that a customer can send, as an agent sees it: edited, taken back, reacted to and answered, told in the worst order.
import { expect, it } from '@jest/globals';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { whatsappDelivery } from '../../ops/standins/sign-webhook.js';
import { deliver } from '../kit/client.js';
import { until } from '../kit/until.js';
import type { JourneyPlatform } from './whatsapp.journey.js';

const FROM = '15550004444';
const FULL = `query { conversations(first: 100) { nodes { contact { name } messages(first: 50) { nodes {
  type text forwarded editedAt deletedAt referral { source headline } replyTo { text } reactions { emoji }
  content { __typename ... on MediaContent { media { mimeType fileName } } ... on ChoiceContent { choiceId } ... on OrderContent { products { productId quantity } } }
} } } } }`;

const said = (id: string, at: number, part: Record<string, unknown>): Record<string, unknown> => ({ from: FROM, id: `wamid.kinds.${id}`, timestamp: String(1_760_000_000 + at), ...part });
const text = (body: string): Record<string, unknown> => ({ type: 'text', text: { body } });

/** In the order in which they happened; each is a delivery. */
const TOLD = [
  said('1', 1, text('Two pizzas')),
  said('2', 2, { ...text('and this?'), context: { id: 'wamid.kinds.1', forwarded: true } }),
  said('3', 3, { type: 'image', image: { id: '77', mime_type: 'image/jpeg', caption: 'the menu' } }),
  said('4', 4, { type: 'document', document: { id: '78', mime_type: 'application/pdf', filename: 'party.pdf' } }),
  said('5', 5, { type: 'location', location: { latitude: 45.07, longitude: 7.68, name: 'Piazza Castello' } }),
  said('6', 6, { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'YES', title: 'Yes' } } }),
  said('7', 7, { type: 'order', order: { catalog_id: '9', product_items: [{ product_retailer_id: 'P1', quantity: 2, item_price: 9.5, currency: 'EUR' }] } }),
  said('8', 8, { ...text('from the ad'), referral: { source_type: 'ad', source_id: '5', headline: 'Two for one' } }),
  said('9', 9, text('a secret')),
  said('10', 10, { type: 'hologram', hologram: {} }),
  said('11', 11, { type: 'edit', edit: { original_message_id: 'wamid.kinds.1', message: text('Three pizzas') } }),
  said('12', 12, { type: 'revoke', revoke: { original_message_id: 'wamid.kinds.9' } }),
  said('13', 13, { type: 'reaction', reaction: { message_id: 'wamid.kinds.3', emoji: '😍' } }),
];

interface Shown {
  type: string;
  text: string | null;
  forwarded: boolean;
  editedAt: string | null;
  deletedAt: string | null;
  referral: unknown;
  replyTo: { text: string } | null;
  reactions: { emoji: string }[];
  content: Record<string, unknown> | null;
}

export function everyKindArrives(platform: () => JourneyPlatform): void {
  it('shows an agent every kind of message, and what became of it, although all of it was told backwards', async () => {
    const agent = await platform().signIn('agent@demo.test');
    for (const message of TOLD.toReversed()) {
      const body = whatsappDelivery(DEMO_INBOX.phoneNumberId, { contacts: [{ wa_id: FROM, profile: { name: 'Kim Kinds' } }], messages: [message] });
      expect(await deliver(platform().url, body)).toBe(200);
    }
    let shown: Shown[] = [];
    const said = (type: string, words: string | null): Shown | undefined => shown.find((one) => one.type === type && one.text === words);
    await until(async () => {
      const { data, errors } = await platform().ask(FULL, {}, agent);
      expect(errors).toBeUndefined();
      const { nodes } = data?.['conversations'] as { nodes: { contact: { name: string }; messages: { nodes: Shown[] } }[] };
      shown = nodes.find(({ contact }) => contact.name === 'Kim Kinds')?.messages.nodes ?? [];
      return shown.length === 10 && typeof said('TEXT', 'Three pizzas')?.editedAt === 'string' && shown.some(({ deletedAt }) => deletedAt !== null) && shown.some(({ reactions }) => reactions.length > 0);
    }, 'ten messages and what was said about them are there');
    expect(said('TEXT', 'and this?')).toMatchObject({ forwarded: true, replyTo: { text: 'Three pizzas' } });
    expect(said('IMAGE', 'the menu')).toMatchObject({ reactions: [{ emoji: '😍' }], content: { __typename: 'MediaContent', media: [{ mimeType: 'image/jpeg' }] } });
    expect(said('DOCUMENT', null)).toMatchObject({ content: { media: [{ fileName: 'party.pdf' }] } });
    expect(said('LOCATION', 'Piazza Castello')).toMatchObject({ content: { __typename: 'LocationContent' } });
    expect(said('CHOICE', 'Yes')).toMatchObject({ content: { choiceId: 'YES' } });
    expect(said('ORDER', null)).toMatchObject({ content: { products: [{ productId: 'P1', quantity: 2 }] } });
    expect(said('TEXT', 'from the ad')).toMatchObject({ referral: { source: 'AD', headline: 'Two for one' } });
    expect(shown.filter(({ type }) => type === 'UNSUPPORTED')).toHaveLength(1);
    expect(shown.filter(({ deletedAt }) => deletedAt !== null)).toMatchObject([{ text: null, content: null }]);
    expect(JSON.stringify(shown)).not.toContain('a secret');
  });
}
