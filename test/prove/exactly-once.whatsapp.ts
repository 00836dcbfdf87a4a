// What WhatsApp can tell, in every kind the product knows and one it does not: the raw objects of the corpus, after Meta's documentation.
import { createHash } from 'node:crypto';
import { oneOf, type Random } from './seeded.js';
import type { Life, Unit } from './exactly-once.shapes.js';

type Json = Record<string, unknown>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

/** Each kind of message, by its name. */
const KINDS: Record<string, (word: string) => Json> = {
  text: (word) => ({ type: 'text', text: { body: `${word} – è già qui 👋 a/b` } }),
  answer: (word) => ({ type: 'text', text: { body: word }, context: { id: `wamid.before.${word}`, forwarded: true } }),
  advertisement: (word) => ({ type: 'text', text: { body: word }, referral: { source_type: 'ad', source_id: word, source_url: 'https://fb.me/x', headline: 'Pizza', body: 'Two for one' } }),
  image: (word) => ({ type: 'image', image: { id: word, mime_type: 'image/jpeg', sha256: sha256(word), caption: word } }),
  video: (word) => ({ type: 'video', video: { id: word, mime_type: 'video/mp4', sha256: sha256(word) } }),
  voice: (word) => ({ type: 'audio', audio: { id: word, mime_type: 'audio/ogg; codecs=opus', voice: true } }),
  document: (word) => ({ type: 'document', document: { id: word, mime_type: 'application/pdf', filename: `${word}.pdf` } }),
  sticker: (word) => ({ type: 'sticker', sticker: { id: word, mime_type: 'image/webp', animated: false } }),
  location: (word) => ({ type: 'location', location: { latitude: 45.07, longitude: 7.68, name: word } }),
  contacts: (word) => ({ type: 'contacts', contacts: [{ name: { formatted_name: word }, phones: [{ phone: '+15550001' }], emails: [{ email: 'a@example.test' }] }] }),
  button: (word) => ({ type: 'button', button: { payload: word, text: 'Yes' } }),
  choice: (word) => ({ type: 'interactive', interactive: { type: 'list_reply', list_reply: { id: word, title: 'Margherita', description: 'with basil' } } }),
  form: (word) => ({ type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: JSON.stringify({ flow_token: 't', guests: word }) } } }),
  order: (word) => ({ type: 'order', order: { catalog_id: word, text: 'please', product_items: [{ product_retailer_id: 'P1', quantity: 2, item_price: 9.5, currency: 'EUR' }] } }),
  identity: (word) => ({ type: 'system', system: { type: 'customer_identity_changed', body: word } }),
  unsupported: (word) => ({ type: 'unsupported', errors: [{ code: 131051, title: word }] }),
};

const seconds = (at: number): string => String(Math.floor(at / 1000));
const STATES = ['sent', 'delivered', 'read', 'failed'];
const ANOTHER: Json = { errors: [{ code: 131047, title: 'Re-engagement message' }] };

const unit = (kind: string, section: Unit['section'], part: Json, more: Partial<Unit> = {}): Unit => ({ channel: 'WHATSAPP', kind, section, part, ...more });

const message = (from: string, id: string, at: number, part: Json): Json => ({ from, id, timestamp: seconds(at), ...part });

/** One report about a message of the business. */
export const report = (id: string, status: string, at: number, more: Json = {}): Json => ({
  id, status, timestamp: seconds(at), recipient_id: '15550000000', ...(status === 'failed' ? { errors: [{ code: 131026, title: 'Undeliverable' }] } : {}), ...more,
});

export const greeting = (from: string, name: string, at: number): Unit =>
  unit('message', 'messages', message(from, `wamid.hello.${from}`, at, { type: 'text', text: { body: `hello ${from}` } }), { name, messageId: `wamid.hello.${from}` });

/** A customer who writes in every kind, edits, takes back and reacts, and a business that answers in its own app. */
export function whatsappLife({ from, name, tick, turns, random }: Life): Unit[] {
  const units: Unit[] = [];
  const kinds = Object.keys(KINDS);
  for (let turn = 0; turn < turns; turn += 1) {
    const word = `${from}-${turn}`;
    const id = `wamid.${word}`;
    const kind = kinds[(turn + Number(from.slice(-2)) * turns) % kinds.length] ?? 'text';
    units.push(unit('message', 'messages', message(from, id, tick(), KINDS[kind]?.(word) ?? {}), { name, messageId: id, label: `whatsapp ${kind}` }));
    units.push(...saidAbout(from, id, word, tick, random));
    if (turn % 3 === 2) units.push(...echoed(from, word, tick, random));
  }
  // Of messages that nobody will ever see.
  for (const at of [tick(), tick()]) units.push(unit('status', 'statuses', report(`wamid.nobody.${from}`, 'read', at), { report: [`wamid.nobody.${from}`, 'READ'] }));
  return units;
}

function saidAbout(from: string, id: string, word: string, tick: () => number, random: Random): Unit[] {
  const about = (kind: string, eventId: string, part: Json, at = tick()): Unit => unit(kind, 'messages', message(from, `wamid.${eventId}`, at, part));
  const units: Unit[] = [];
  if (random() < 0.4) {
    const at = tick();
    const edit = (number: number, when: number): Unit => about('edit', `edit${number}.${word}`, { type: 'edit', edit: { original_message_id: id, message: { type: 'text', text: { body: `${word} edited ${number}` } } } }, when);
    // The last two are of the same moment: the greater id holds.
    units.push(edit(1, at), edit(2, tick() + 2_000), edit(3, tick() + 2_000));
  }
  if (random() < 0.2) units.push(about('deletion', `gone.${word}`, { type: 'revoke', revoke: { original_message_id: id } }));
  if (random() < 0.4) {
    units.push(about('reaction', `love.${word}`, { type: 'reaction', reaction: { message_id: id, emoji: '❤️' } }));
    if (random() < 0.5) units.push(about('reaction', `none.${word}`, { type: 'reaction', reaction: { message_id: id } }, tick() + 5_000));
  }
  return units;
}

function echoed(from: string, word: string, tick: () => number, random: Random): Unit[] {
  const id = `wamid.echo.${word}`;
  const echo = (kind: string, eventId: string, part: Json, more: Partial<Unit> = {}): Unit =>
    unit(kind, 'message_echoes', { from: '15550783881', to: from, id: eventId, timestamp: seconds(tick()), ...part }, more);
  const states = STATES.filter(() => random() < 0.6);
  return [
    echo('echo', id, { type: 'text', text: { body: `echo ${word}` } }, { messageId: id }),
    // Some are told again, at another moment and with another reason, whichever of the two comes first.
    ...states.flatMap((status) => [{}, ...(random() < 0.5 ? [ANOTHER] : [])].map((more) =>
      unit('status', 'statuses', report(id, status, tick(), status === 'failed' ? more : {}), { report: [id, status.toUpperCase()] }))),
    ...(random() < 0.3 ? [echo('deletion', `wamid.echo.gone.${word}`, { type: 'revoke', revoke: { original_message_id: id } })] : []),
    ...(random() < 0.3 ? [unit('reaction', 'messages', message(from, `wamid.echo.love.${word}`, tick(), { type: 'reaction', reaction: { message_id: id, emoji: oneOf(['👍', '🎉'], random) } }))] : []),
  ];
}

export interface Move {
  from: string;
  to: string;
  name: string;
}

/** The line that tells of it; the person is known by both numbers once it is read. */
export const moved = ({ from, to, name }: Move, at: number): Unit => {
  const id = `wamid.moved.${from}`;
  return unit('number change', 'messages', message(from, id, at, { type: 'system', system: { type: 'user_changed_number', wa_id: to, body: `${from} is ${to}` } }), { name, messageId: id });
};

/** One message under both numbers, as two deliveries that race: nothing but its id tells that it is one. */
export function underBothNumbers({ from, to, name }: Move, number: number, at: number): [Unit, Unit] {
  const id = `wamid.both.${from}.${number}`;
  const one = (waId: string): Unit => unit('message', 'messages', { id, timestamp: seconds(at), type: 'text', text: { body: `both ${from} ${number}` } }, { name, waId, messageId: id, label: 'whatsapp under two numbers' });
  return [one(from), one(to)];
}
