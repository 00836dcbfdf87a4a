// What messages hold, the same for every channel. Text that a person can read stands beside it, in the message's own `text`.
import type { TemplateContent } from './template.js';

export const MESSAGE_TYPES = [
  'TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'LOCATION', 'CONTACTS', 'CHOICE', 'ORDER', 'SHARE', 'SYSTEM', 'UNSUPPORTED',
  'CHOICES', 'TEMPLATE',
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** A file at the provider: by the provider's id, by its address, or both. */
export interface MediaReference {
  externalId: string | null;
  url: string | null;
  /** As the sender claims it. */
  mimeType: string | null;
  fileName: string | null;
  /** Lower-case hexadecimal, as the provider claims it. */
  sha256: string | null;
}

export interface MediaContent {
  kind: 'media';
  media: MediaReference[];
  /** A voice note, recorded for this message. */
  voice: boolean;
}

export interface LocationContent {
  kind: 'location';
  /** Degrees, WGS 84. */
  latitude: number;
  longitude: number;
  name: string | null;
  address: string | null;
}

export interface SharedContact {
  name: string;
  organization: string | null;
  phones: string[];
  emails: string[];
}

export interface ContactsContent {
  kind: 'contacts';
  contacts: SharedContact[];
}

/** A button, list row, quick reply or form that the customer chose; its title is the message's text. */
export interface ChoiceContent {
  kind: 'choice';
  /** What the sender of the buttons called it. */
  choiceId: string;
  description: string | null;
  /** Answers of a form, as the provider gives them. */
  answers: Record<string, string> | null;
}

export interface ChoiceOption {
  /** What the customer's choice will be called when it comes back. */
  id: string;
  title: string;
  description: string | null;
}

export interface ChoiceSection {
  title: string | null;
  options: ChoiceOption[];
}

/** Offered to the customer, who chooses one. What is asked is the message's text. */
export interface ChoicesContent {
  kind: 'choices';
  /** What opens the list; null: the options are buttons, in one section without a title. */
  listButton: string | null;
  header: string | null;
  footer: string | null;
  sections: ChoiceSection[];
}

export interface OrderedProduct {
  /** The seller's own id of it. */
  productId: string;
  quantity: number;
  /** Of one, in minor units of the currency; null where none is said. */
  priceMinor: number | null;
  /** ISO 4217. */
  currency: string | null;
}

export interface OrderContent {
  kind: 'order';
  catalogId: string | null;
  products: OrderedProduct[];
}

/** Something that lives elsewhere: a story, a post, a reel, a link. */
export interface ShareContent {
  kind: 'share';
  shared: 'STORY_MENTION' | 'STORY_REPLY' | 'POST' | 'REEL' | 'LINK';
  url: string | null;
  title: string | null;
}

/** Told by the channel, not written by anybody. */
export interface SystemContent {
  kind: 'system';
  event: 'NUMBER_CHANGED' | 'IDENTITY_CHANGED';
  /** The customer's new phone number with its plus sign. */
  phone: string | null;
}

export type MessageContent = MediaContent | LocationContent | ContactsContent | ChoiceContent | OrderContent | ShareContent | SystemContent
  | ChoicesContent | TemplateContent;

/** What brought the customer here: an advertisement, a post, a link, a product they ask about. */
export interface Referral {
  source: 'AD' | 'POST' | 'LINK' | 'PRODUCT';
  sourceId: string | null;
  url: string | null;
  headline: string | null;
  body: string | null;
}

/** What a message of either direction says. */
export interface Said {
  type: MessageType;
  /** The words, a caption, the title of a choice; null where there are none, and always when the type is UNSUPPORTED. */
  text: string | null;
  /** Null for TEXT and UNSUPPORTED. */
  content: MessageContent | null;
}

export const text = (words: string): Said => ({ type: 'TEXT', text: words, content: null });
export const UNSUPPORTED: Said = { type: 'UNSUPPORTED', text: null, content: null };
