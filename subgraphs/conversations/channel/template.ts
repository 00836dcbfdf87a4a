// Templates: messages that the provider has approved before, with places to fill in. The same for every channel that has them.

export type TemplatePart = 'HEADER' | 'BODY' | 'BUTTON';
/** COUPON: the code that a button copies. */
export type TemplateSlotType = 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | 'LOCATION' | 'COUPON';

/** A place that must be filled in. */
export interface TemplateSlot {
  part: TemplatePart;
  /** Which button, from 1; null elsewhere. */
  button: number | null;
  /** Among those of its part, or of its button, from 1. */
  position: number;
  /** Null where places have numbers. */
  name: string | null;
  type: TemplateSlotType;
}

export interface TemplateButton {
  /** As the provider calls it: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE`, … */
  type: string;
  text: string;
  url: string | null;
}

export interface TemplateForm {
  header: { format: string; text: string | null } | null;
  /** With its places as the provider writes them: `{{1}}`, `{{name}}`. */
  body: string;
  footer: string | null;
  buttons: TemplateButton[];
  slots: TemplateSlot[];
  /** What the provider is told instead of its name and language; absent: those. */
  sentAs?: string;
}

export interface Template extends TemplateForm {
  /** The provider's id. */
  externalId: string;
  name: string;
  language: string;
  category: string;
  /** As the provider calls it; only APPROVED is sent. */
  status: string;
}

export type TemplateList = { kind: 'listed'; templates: Template[] } | { kind: 'failed'; message: string };

export const APPROVED = 'APPROVED';

const PLACE = /\{\{\s*([^{}]+?)\s*\}\}/g;

/** What stands between the braces of a text, each once. */
export const placesIn = (text: string): string[] => [...new Set([...text.matchAll(PLACE)].map(([, place]) => place ?? ''))];

/** The text with its places filled in. */
export const fillPlaces = (text: string, valueOf: (place: string) => string): string => text.replace(PLACE, (_, place: string) => valueOf(place));

/** What a place is filled with. */
export type TemplateValue =
  | { type: 'text'; text: string }
  | { type: 'currency'; currency: string; amountMinor: number; fallback: string }
  | { type: 'dateTime'; fallback: string }
  | { type: 'media'; media: 'IMAGE' | 'VIDEO' | 'DOCUMENT'; url: string; fileName: string | null }
  | { type: 'location'; latitude: number; longitude: number; name: string | null; address: string | null }
  | { type: 'coupon'; code: string };

export interface TemplateParameter {
  part: TemplatePart;
  button: number | null;
  position: number | null;
  name: string | null;
  value: TemplateValue;
}

export interface TemplateContent {
  kind: 'template';
  name: string;
  language: string;
  parameters: TemplateParameter[];
  /** As its form says. */
  sentAs?: string;
}

/** What a person reads of a value. */
export function shownValue(value: TemplateValue): string {
  switch (value.type) {
    case 'text': return value.text;
    case 'currency': case 'dateTime': return value.fallback;
    case 'media': return value.fileName ?? value.url;
    case 'location': return value.name ?? value.address ?? `${value.latitude}, ${value.longitude}`;
    case 'coupon': return value.code;
  }
}
