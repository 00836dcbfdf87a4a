// The corpus of the exactly-once proof: made anew from a seed at each run, in the order in which it happened. What it holds is what must be stored.
import { whatsappDelivery } from '../../ops/standins/sign-webhook.js';
import { PAGE, messagingGreeting, messagingLife, type MessagingChannel } from './exactly-once.messaging.js';
import { greeting, moved, underBothNumbers, whatsappLife, type Move } from './exactly-once.whatsapp.js';
import { CHANNELS, type CorpusChannel, type Life, type Unit } from './exactly-once.shapes.js';
import { seeded, upTo, type Random } from './seeded.js';

export interface Delivery {
  channel: CorpusChannel;
  units: readonly Unit[];
}

/** A message of the staff's: queued once, whatever its text is unique. */
export interface Send {
  channel: CorpusChannel;
  customer: string;
  text: string;
  /** What the provider says of it once it has it, furthest last. */
  reports: readonly string[];
}

export interface Corpus {
  /** Delivered and read before anything else: staff write to these people. */
  first: Delivery[];
  /** May come in any order, and beside the sends. */
  any: Delivery[];
  /** Comes when all that is read, in any order: a change of number holds from then on. */
  last: Delivery[];
  sends: Send[];
  /** The provider's ids of the messages that must be stored, by channel. */
  messages: Record<CorpusChannel, Set<string>>;
  /** `message id state` of what was reported, by channel. */
  reports: Record<CorpusChannel, Set<string>>;
  kinds: Record<string, number>;
}

export interface CorpusSize {
  /** Of each channel. */
  customers: number;
  turns: number;
  sends: number;
  movers: number;
  /** Of each who moved: messages that come under both numbers. */
  doubles: number;
}

/** As Meta batches them: one alone, or some together. */
const MOST_UNITS = 6;
/** Of ten, so many come again in another delivery. */
const TOLD_AGAIN = 0.1;
const STATES = ['sent', 'delivered', 'read'];

/** @param begin when it all began, in milliseconds: before now, as all of it is told late */
export function corpusOf(seed: number, begin: number, size: CorpusSize): Corpus {
  const random = seeded(seed);
  let at = begin;
  const tick = (): number => (at += 1_000 + upTo(4_000, random));
  const first: Unit[] = [];
  const lives: Unit[][] = [];
  for (const channel of CHANNELS) {
    for (let customer = 0; customer < size.customers; customer += 1) {
      const life: Life = { from: `1555${CHANNELS.indexOf(channel)}0000${String(customer).padStart(2, '0')}`, name: `Customer ${customer}`, turns: size.turns, random, tick, known: customer % 2 === 0 };
      // Staff can write to whoever is known.
      if (life.known) first.push(channel === 'WHATSAPP' ? greeting(life.from, life.name, tick()) : messagingGreeting(channel, life.from, tick()));
      lives.push(channel === 'WHATSAPP' ? whatsappLife(life) : messagingLife(channel, life));
    }
  }
  const moves = Array.from({ length: size.movers }, (_none, index): Move => ({ from: `155560000${index}`, to: `155570000${index}`, name: `Mover ${index}` }));
  const any = [...lives.flat(), ...moves.flatMap((move) => [greeting(move.from, move.name, tick()), moved(move, tick())])];
  const doubles = moves.flatMap((move) => Array.from({ length: size.doubles }, (_none, number) => underBothNumbers(move, number, tick())).flat());
  const again = any.filter(() => random() < TOLD_AGAIN);
  const corpus: Corpus = {
    first: first.map((unit) => ({ channel: unit.channel, units: [unit] })), any: packed([...any, ...again], random),
    last: doubles.map((unit) => ({ channel: unit.channel, units: [unit] })), sends: sendsOf(first, size.sends, random),
    messages: byChannel(), reports: byChannel(), kinds: {},
  };
  for (const unit of [...first, ...any, ...doubles]) {
    if (unit.messageId !== undefined) corpus.messages[unit.channel].add(unit.messageId);
    if (unit.report) corpus.reports[unit.channel].add(unit.report.join(' '));
    const kind = unit.label ?? `${unit.channel.toLowerCase()} ${unit.kind}`;
    corpus.kinds[kind] = (corpus.kinds[kind] ?? 0) + 1;
  }
  return corpus;
}

const byChannel = (): Record<CorpusChannel, Set<string>> => ({ WHATSAPP: new Set(), MESSENGER: new Set(), INSTAGRAM: new Set() });

const sendsOf = (first: readonly Unit[], count: number, random: Random): Send[] => Array.from({ length: count }, (_none, index) => {
  const unit = first[index % first.length];
  if (!unit) throw new Error('There is nobody to write to.');
  const { channel, part } = unit;
  const customer = channel === 'WHATSAPP' ? String(part['from']) : (part['sender'] as { id: string }).id;
  return { channel, customer, text: `staff write ${index}`, reports: channel === 'WHATSAPP' ? STATES.slice(0, 1 + upTo(STATES.length, random)) : STATES.slice(0, 1 + upTo(2, random)) };
});

/** Units of one channel in batches, in their order. */
function packed(units: readonly Unit[], random: Random): Delivery[] {
  const deliveries: { channel: CorpusChannel; units: Unit[]; room: number }[] = [];
  for (const unit of units) {
    const last = deliveries.findLast(({ channel }) => channel === unit.channel);
    if (last && last.units.length < last.room) last.units.push(unit);
    else deliveries.push({ channel: unit.channel, units: [unit], room: 1 + upTo(MOST_UNITS, random) });
  }
  return deliveries;
}

/** The bytes of a delivery to the inbox of this account. */
export function bodyOf({ channel, units }: Delivery, account: string): string {
  if (channel !== 'WHATSAPP') return messagingBody(channel, units.map(({ part }) => part), account);
  const value = (sections: readonly Unit['section'][]): Record<string, unknown[]> => {
    const ours = units.filter(({ section }) => sections.includes(section));
    const people = new Map(ours.flatMap(({ part, name, waId }) => (name === undefined ? [] : [[waId ?? String(part['from']), name] as const])));
    return { contacts: [...people].map(([number, name]) => ({ wa_id: number, profile: { name } })), ...Object.fromEntries(sections.map((section) => [section, ours.filter((unit) => unit.section === section).map(({ part }) => part)])) };
  };
  const own = JSON.parse(whatsappDelivery(account, value(['messages', 'statuses']))) as Envelope;
  const echoes = JSON.parse(whatsappDelivery(account, value(['message_echoes']), 'smb_message_echoes')) as Envelope;
  own.entry[0].changes.push(...echoes.entry[0].changes);
  return JSON.stringify(own);
}

interface Envelope { entry: [{ changes: unknown[] }] }

/** @param events in which `PAGE` stands for the account */
export const messagingBody = (channel: MessagingChannel, events: readonly unknown[], account: string): string =>
  JSON.stringify({ object: channel === 'MESSENGER' ? 'page' : 'instagram', entry: [{ id: account, time: 0, messaging: events }] }).replaceAll(`"${PAGE}"`, `"${account}"`);
