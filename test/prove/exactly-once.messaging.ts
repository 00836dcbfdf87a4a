// What Messenger and Instagram can tell, in every kind the product knows and one it does not: the raw events of the corpus, after Meta's documentation.
import type { CorpusChannel, Life, Unit } from './exactly-once.shapes.js';
import { oneOf, type Random } from './seeded.js';

type Json = Record<string, unknown>;
export type MessagingChannel = Exclude<CorpusChannel, 'WHATSAPP'>;

const KINDS: Record<string, (word: string) => Json> = {
  text: (word) => ({ text: `${word} – già 👋` }),
  answer: (word) => ({ text: word, reply_to: { mid: `mid.before.${word}` } }),
  'quick reply': (word) => ({ text: 'Red', quick_reply: { payload: word } }),
  image: (word) => ({ attachments: [{ type: 'image', payload: { url: `https://cdn.example/${word}` } }] }),
  files: (word) => ({ text: word, attachments: [{ type: 'file', payload: { url: `https://cdn.example/${word}/1` } }, { type: 'file', payload: { url: `https://cdn.example/${word}/2` } }] }),
  location: () => ({ attachments: [{ type: 'location', payload: { coordinates: { lat: 45, long: 7 } } }] }),
  link: (word) => ({ text: 'https://l', attachments: [{ type: 'fallback', payload: null, title: word, URL: 'https://l' }] }),
  'story mention': (word) => ({ attachments: [{ type: 'story_mention', payload: { url: `https://story/${word}` } }] }),
  advertisement: (word) => ({ text: word, referral: { source: 'ADS', ad_id: word, ads_context_data: { ad_title: 'Pizza' } } }),
  unsupported: () => ({ is_unsupported: true }),
};

/** The page is told when units become a delivery: each inbox has its own. */
export const PAGE = 'PAGE';

const said = (customer: string, at: number, part: Json): Json => ({ sender: { id: customer }, recipient: { id: PAGE }, timestamp: at, ...part });
const fromPage = (customer: string, at: number, part: Json): Json => ({ sender: { id: PAGE }, recipient: { id: customer }, timestamp: at, ...part });

export const messagingGreeting = (channel: MessagingChannel, customer: string, at: number): Unit => ({
  channel, kind: 'message', section: 'messaging', part: said(customer, at, { message: { mid: `mid.hello.${customer}`, text: `hello ${customer}` } }), messageId: `mid.hello.${customer}`,
});

/** What the provider tells of a message that was sent: its echo, and that it was received. `long ago` is before anything: a mark that covers nothing else. */
export const messagingEcho = (customer: string, mid: string, text: string, metadata: string, at: number): Json => fromPage(customer, at, { message: { mid, text, metadata, is_echo: true } });
export const messagingDelivered = (customer: string, mid: string, longAgo: number): Json => said(customer, longAgo, { delivery: { mids: [mid], watermark: longAgo } });

export function messagingLife(channel: MessagingChannel, { from: customer, tick, turns, random }: Life): Unit[] {
  const units: Unit[] = [];
  const unit = (kind: string, part: Json, more: Partial<Unit> = {}): void => { units.push({ channel, kind, section: 'messaging', part, ...more }); };
  const kinds = Object.keys(KINDS);
  const echoes: string[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const word = `${customer}-${turn}`;
    const mid = `mid.${word}`;
    const kind = kinds[(turn + Number(customer.slice(-2)) * turns) % kinds.length] ?? 'text';
    unit('message', said(customer, tick(), { message: { mid, ...KINDS[kind]?.(word) } }), { messageId: mid, label: `${channel.toLowerCase()} ${kind}` });
    for (const { kind: about, part } of saidAbout(mid, word, random)) unit(about, said(customer, tick(), part));
    if (turn % 3 !== 1) continue;
    const echo = `mid.echo.${word}`;
    echoes.push(echo);
    unit('echo', fromPage(customer, tick(), { message: { mid: echo, text: `echo ${word}`, is_echo: true } }), { messageId: echo });
    if (random() < 0.4) unit('deletion', fromPage(customer, tick(), { message: { mid: echo, is_echo: true, is_deleted: true } }));
  }
  unit('message', said(customer, tick(), { postback: { mid: `mid.postback.${customer}`, title: 'Menu', payload: 'MENU' } }), { messageId: `mid.postback.${customer}`, label: `${channel.toLowerCase()} postback` });
  // Also of people whom nobody knows yet: it may come before anything else of theirs.
  units.push(...marks(channel, customer, echoes, tick));
  const later = `mid.echo.later.${customer}`;
  unit('echo', fromPage(customer, tick(), { message: { mid: later, text: `later ${customer}`, is_echo: true } }), { messageId: later });
  return units;
}

function saidAbout(mid: string, word: string, random: Random): { kind: string; part: Json }[] {
  const facts: { kind: string; part: Json }[] = [];
  if (random() < 0.4) for (const edit of [1, 2]) facts.push({ kind: 'edit', part: { message_edit: { mid, text: `${word} edited ${edit}`, num_edit: edit } } });
  if (random() < 0.2) facts.push({ kind: 'deletion', part: { message: { mid, is_deleted: true } } });
  if (random() < 0.4) facts.push({ kind: 'reaction', part: { reaction: { mid, action: 'react', reaction: 'love', emoji: oneOf(['❤️', '😮'], random) } } });
  if (random() < 0.2) facts.push({ kind: 'reaction', part: { reaction: { mid, action: 'unreact' } } });
  return facts;
}

/** "Up to here", early ones and late ones, and of one message at two moments: some cover a part of what the business wrote until then, the last everything. */
function marks(channel: MessagingChannel, customer: string, echoes: readonly string[], tick: () => number): Unit[] {
  const [first = `mid.nobody.${customer}`, last = first] = [echoes[0], echoes.at(-1)];
  const at = tick();
  const earlier = at - 1;
  const read: Json = channel === 'MESSENGER' ? { watermark: at } : { mid: last };
  const reads: Partial<Unit> = channel === 'MESSENGER' ? {} : { report: [last, 'READ'] };
  return [
    { channel, kind: 'watermark', section: 'messaging', part: said(customer, at, { delivery: { mids: [first], watermark: at } }), report: [first, 'DELIVERED'] },
    { channel, kind: 'watermark', section: 'messaging', part: said(customer, at, { read }), ...reads },
    { channel, kind: 'watermark', section: 'messaging', part: said(customer, earlier, { delivery: { mids: [first], watermark: earlier } }), report: [first, 'DELIVERED'] },
    ...(channel === 'MESSENGER' ? [] : [{ channel, kind: 'watermark', section: 'messaging', part: said(customer, earlier, { read }), ...reads } satisfies Unit]),
    { channel, kind: 'watermark', section: 'messaging', part: said(customer, at - 60_000, { delivery: { watermark: at - 60_000 } }) },
  ];
}
