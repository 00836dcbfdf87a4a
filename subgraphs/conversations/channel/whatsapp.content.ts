// What a WhatsApp Cloud API message object says, kind by kind. A kind, or a shape of one, that is not here is UNSUPPORTED and keeps its raw object.
import { UNSUPPORTED, text, type MediaReference, type MessageType, type OrderedProduct, type Referral, type Said, type SharedContact } from './content.js';
import { identifier, isRecord, minorUnits, phoneOf, sha256Of, words, type Json } from './payload.js';

type Reader = (part: Json, message: Json) => Said | null;

const MEDIA: Record<string, MessageType> = { image: 'IMAGE', video: 'VIDEO', audio: 'AUDIO', document: 'DOCUMENT', sticker: 'STICKER' };

// Source: "Webhooks: messages" of Meta's WhatsApp Cloud API documentation.
const READERS: Record<string, Reader> = {
  text: ({ body }) => (typeof body === 'string' ? text(identifier(body) ?? '') : null),
  ...Object.fromEntries(Object.keys(MEDIA).map((kind) => [kind, (part: Json): Said | null => readMedia(kind, part)])),
  location: readLocation,
  button: ({ payload, text: title }) => choice(payload ?? title, title),
  interactive: readInteractive,
  order: readOrder,
  system: readSystem,
};

/** What it says; UNSUPPORTED for kinds and shapes this version cannot show. */
export function readSaid(message: Json): Said {
  const { type } = message;
  if (type === 'contacts') return readContacts(message['contacts']) ?? UNSUPPORTED;
  const reader = typeof type === 'string' && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  const part = reader ? message[type as string] : undefined;
  return (reader && isRecord(part) ? reader(part, message) : null) ?? UNSUPPORTED;
}

/** What brought the customer: an advertisement or post they clicked, or a product they ask about. */
export function readReferral({ referral, context }: Json): Referral | null {
  if (isRecord(referral)) {
    const source = referral['source_type'] === 'post' ? 'POST' : 'AD';
    return { source, sourceId: identifier(referral['source_id']), url: identifier(referral['source_url']), headline: words(referral['headline']), body: words(referral['body']) };
  }
  const product = isRecord(context) ? context['referred_product'] : undefined;
  if (!isRecord(product)) return null;
  return { source: 'PRODUCT', sourceId: identifier(product['product_retailer_id']), url: null, headline: null, body: null };
}

function readMedia(kind: string, part: Json): Said | null {
  const media: MediaReference = {
    externalId: identifier(part['id']), url: identifier(part['url']), mimeType: identifier(part['mime_type']), fileName: words(part['filename']), sha256: sha256Of(part['sha256']),
  };
  if (media.externalId === null && media.url === null) return null;
  return { type: MEDIA[kind] ?? 'UNSUPPORTED', text: words(part['caption']), content: { kind: 'media', media: [media], voice: part['voice'] === true } };
}

function readLocation({ latitude, longitude, name, address }: Json): Said | null {
  const within = (degrees: unknown, most: number): degrees is number => typeof degrees === 'number' && Math.abs(degrees) <= most;
  if (!within(latitude, 90) || !within(longitude, 180)) return null;
  return { type: 'LOCATION', text: words(name) ?? words(address), content: { kind: 'location', latitude, longitude, name: words(name), address: words(address) } };
}

function readContacts(list: unknown): Said | null {
  if (!Array.isArray(list)) return null;
  const contacts = list.filter(isRecord).flatMap((card): SharedContact[] => {
    const name = isRecord(card['name']) ? words(card['name']['formatted_name']) ?? words(card['name']['first_name']) : null;
    if (name === null) return [];
    const values = (entries: unknown, key: string): string[] =>
      (Array.isArray(entries) ? entries : []).filter(isRecord).flatMap((entry) => words(entry[key]) ?? []);
    return [{ name, organization: isRecord(card['org']) ? words(card['org']['company']) : null, phones: values(card['phones'], 'phone'), emails: values(card['emails'], 'email') }];
  });
  if (contacts.length === 0) return null;
  return { type: 'CONTACTS', text: contacts.map(({ name }) => name).join(', '), content: { kind: 'contacts', contacts } };
}

function readInteractive(part: Json): Said | null {
  const reply = part['button_reply'] ?? part['list_reply'];
  if (isRecord(reply)) return choice(reply['id'] ?? reply['title'], reply['title'], words(reply['description']));
  const form = part['nfm_reply'];
  if (!isRecord(form)) return null;
  const answers = formAnswers(form['response_json']);
  return answers && { type: 'CHOICE', text: words(form['body']), content: { kind: 'choice', choiceId: identifier(form['name']) ?? 'form', description: null, answers } };
}

function choice(id: unknown, title: unknown, description: string | null = null): Said | null {
  const [choiceId, said] = [identifier(id), words(title)];
  if (choiceId === null || said === null) return null;
  return { type: 'CHOICE', text: said, content: { kind: 'choice', choiceId, description, answers: null } };
}

/** A form's answers are JSON within JSON; each is shown as text. */
function formAnswers(json: unknown): Record<string, string> | null {
  try {
    const parsed: unknown = typeof json === 'string' ? JSON.parse(json) : json;
    if (!isRecord(parsed)) return null;
    // The token belongs to who made the form and says nothing of the customer.
    const said = Object.entries(parsed).filter(([key]) => key !== 'flow_token');
    return Object.fromEntries(said.map(([key, value]) => [identifier(key) ?? '_', identifier(typeof value === 'string' ? value : JSON.stringify(value)) ?? '']));
  } catch {
    return null;
  }
}

function readOrder({ catalog_id: catalog, product_items: items, text: note }: Json): Said | null {
  if (!Array.isArray(items)) return null;
  const products = items.filter(isRecord).flatMap((item): OrderedProduct[] => {
    const [productId, quantity] = [identifier(item['product_retailer_id']), quantityOf(item['quantity'])];
    if (productId === null || quantity === null) return [];
    const currency = identifier(item['currency']);
    return [{ productId, quantity, priceMinor: minorUnits(item['item_price'], currency), currency }];
  });
  return products.length === 0 ? null : { type: 'ORDER', text: words(note), content: { kind: 'order', catalogId: identifier(catalog), products } };
}

/** A number or its digits, as large as a number of the graph can be. */
function quantityOf(value: unknown): number | null {
  const number = typeof value === 'number' || (typeof value === 'string' && /^\d{1,10}$/.test(value)) ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number >= 1 && number < 2 ** 31 ? number : null;
}

function readSystem({ type, body, wa_id: number }: Json): Said | null {
  const event = type === 'user_changed_number' ? 'NUMBER_CHANGED' : type === 'customer_identity_changed' ? 'IDENTITY_CHANGED' : null;
  return event && { type: 'SYSTEM', text: words(body), content: { kind: 'system', event, phone: phoneOf(identifier(number)) } };
}
