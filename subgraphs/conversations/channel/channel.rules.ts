// What a channel lets be sent, and when, as data. Who composes a message and who hands it over ask here; no channel's code decides it.

export type AmendmentKind = 'REACTION' | 'EDIT' | 'DELETION';

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

export interface SendingRules {
  /** Null: it has no choices. */
  choices: ChoiceLimits | null;
  /** A message can answer one message in particular. */
  replies: boolean;
}

/** Of a channel that bounds nothing. */
export const UNBOUND: SendingRules = { choices: null, replies: false };

// Source: "Interactive reply buttons messages" and "Interactive list messages" of Meta's WhatsApp Cloud API documentation.
export const WHATSAPP_RULES: SendingRules = {
  choices: {
    buttons: { most: 3, title: 20, id: 256, text: 1_024 },
    list: { rows: 10, sections: 10, title: 24, description: 72, id: 200, sectionTitle: 24, button: 20, text: 4_096 },
    header: 60, footer: 60,
  },
  replies: true,
};

// Source: "Quick replies" of Meta's Messenger Platform and Instagram Platform documentation.
const QUICK_REPLIES = { most: 13, title: 20, id: 1_000 };
export const MESSENGER_RULES: SendingRules = {
  choices: { buttons: { ...QUICK_REPLIES, text: 2_000 }, list: null, header: null, footer: null }, replies: true,
};
export const INSTAGRAM_RULES: SendingRules = {
  choices: { buttons: { ...QUICK_REPLIES, text: 1_000 }, list: null, header: null, footer: null }, replies: true,
};
