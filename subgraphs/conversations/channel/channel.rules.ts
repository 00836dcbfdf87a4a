// What a channel lets be sent, and when, as data. Who composes a message and who hands it over ask here; no channel's code decides it.

/** Lengths are in characters. */
export interface ButtonLimits {
  most: number;
  title: number;
  id: number;
  /** Of what the buttons answer. */
  text: number;
}

export interface ListLimits {
  rows: number;
  sections: number;
  title: number;
  description: number;
  id: number;
  sectionTitle: number;
  /** Of what opens the list. */
  button: number;
  text: number;
}

export interface ChoiceLimits {
  buttons: ButtonLimits;
  /** Null: it has no lists. */
  list: ListLimits | null;
  /** Null: it has none. */
  header: number | null;
  footer: number | null;
}

/** How long after the customer's last message they may be written to. A template may be sent at any time. */
export interface WindowRule {
  openMs: number;
  /** So long a person may still write, who says that they are one; null: nobody. */
  personMs: number | null;
}

/** One in so many milliseconds on average, `burst` at once. */
export interface Rate {
  everyMs: number;
  burst: number;
}

export interface Pace {
  /** Of the inbox as a whole. */
  number: Rate;
  /** Of the inbox and one person; null: no bound of its own. */
  pair: Rate | null;
  /** Codes by which the provider says that the inbox is too fast. */
  tooFast: ReadonlySet<string>;
}

export interface SendingRules {
  /** Null: it has no choices. */
  choices: ChoiceLimits | null;
  /** A message can answer one message in particular. */
  replies: boolean;
  /** What the business can react with. */
  reactions: 'ANY' | readonly string[];
  /** What it has sent may be changed and taken back by the business. */
  changes: boolean;
  /** Null: always. */
  window: WindowRule | null;
  /** Null: as fast as it can; what the provider refuses for its pace is tried again. */
  pace: Pace | null;
}

/** Of a channel that bounds nothing. */
export const UNBOUND: SendingRules = { choices: null, replies: false, reactions: [], changes: false, window: null, pace: null };

const DAY = 24 * 3_600_000;
/** Source: "Customer service windows" of Meta's WhatsApp documentation; the same for whoever resells it. */
export const WHATSAPP_WINDOW: WindowRule = { openMs: DAY, personMs: null };
/** Source: "Messaging windows" and "Human agent" of Meta's Messenger Platform and Instagram Platform documentation. */
const MESSAGING_WINDOW: WindowRule = { openMs: DAY, personMs: 7 * DAY };

// Source: "Interactive reply buttons messages" and "Interactive list messages" of Meta's WhatsApp Cloud API documentation.
export const WHATSAPP_RULES: SendingRules = {
  choices: {
    buttons: { most: 3, title: 20, id: 256, text: 1_024 },
    list: { rows: 10, sections: 10, title: 24, description: 72, id: 200, sectionTitle: 24, button: 20, text: 4_096 },
    header: 60, footer: 60,
  },
  replies: true,
  reactions: 'ANY',
  changes: false,
  window: WHATSAPP_WINDOW,
  // Source: "Throughput" and "Pair rate limits" of Meta's WhatsApp Cloud API documentation.
  pace: { number: { everyMs: 1_000 / 80, burst: 80 }, pair: { everyMs: 6_000, burst: 45 }, tooFast: new Set(['130429']) },
};

// Source: "Quick replies" and "Sender actions" of Meta's Messenger Platform and Instagram Platform documentation.
const QUICK_REPLIES = { most: 13, title: 20, id: 1_000 };
export const MESSENGER_RULES: SendingRules = {
  choices: { buttons: { ...QUICK_REPLIES, text: 2_000 }, list: null, header: null, footer: null }, replies: true, reactions: 'ANY', changes: false, window: MESSAGING_WINDOW, pace: null,
};
export const INSTAGRAM_RULES: SendingRules = {
  choices: { buttons: { ...QUICK_REPLIES, text: 1_000 }, list: null, header: null, footer: null }, replies: true, reactions: ['❤️'], changes: false, window: MESSAGING_WINDOW, pace: null,
};

/** Until when somebody may be written to. @param lastInboundAt null: they never wrote @returns null when the channel has no window; `never` when it has not opened */
export function windowClosesAt({ window }: SendingRules, lastInboundAt: Date | null, byPerson: boolean, never = new Date(0)): Date | null {
  if (window === null) return null;
  return lastInboundAt === null ? never : new Date(lastInboundAt.getTime() + (byPerson ? window.personMs ?? window.openMs : window.openMs));
}

/** Beyond what anybody may send, within what a person may. */
export const needsPerson = (rules: SendingRules, lastInboundAt: Date | null, now: Date): boolean =>
  rules.window !== null && rules.window.personMs !== null && (windowClosesAt(rules, lastInboundAt, false) ?? now) < now;
