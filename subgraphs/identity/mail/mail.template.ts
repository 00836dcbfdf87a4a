// What a mail says: each kind in the product's four languages, rendered as plain text and as HTML that loads nothing from elsewhere.

import { PRODUCT, footerOf, type Brand } from './mail.brand.js';

export interface MailText {
  subject: string;
  /** Paragraphs in reading order. */
  lines: string[];
  /** The one thing to do about it, after the first paragraph. */
  action?: { label: string; url: string };
}

export type MailLanguage = 'en' | 'es' | 'fr' | 'pt';

/** `kind` in capitals, e.g. `PASSWORD_RESET`; the texts live beside the slice that sends them. */
/** Beside its parameters each is told under whose name the mail goes. */
export interface MailTemplate<Params> extends Record<MailLanguage, (params: Params, product: string) => MailText> {
  kind: string;
}

export const defineMail = <Params>(template: MailTemplate<Params>): MailTemplate<Params> => template;

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

/** @param locale a BCP 47 tag; English when its language is none of ours */
export function render<Params>(template: MailTemplate<Params>, locale: string, params: Params, brand: Brand | null = null): RenderedMail {
  const language = languageOf(locale);
  const { subject, lines: [first = '', ...others], action } = template[language](params, brand?.name ?? PRODUCT);
  const rest = [...others, ...(brand ? footerOf(brand, language) : [])];
  const text = [first, ...(action ? [`${action.label}: ${action.url}`] : []), ...rest].join('\n\n');
  const paragraphs = [
    escaped(first), ...(action ? [`<a href="${escaped(action.url)}">${escaped(action.label)}</a>`] : []), ...rest.map(escaped),
  ].map((content) => `<p>${content}</p>`);
  return { subject, text: `${text}\n`, html: `<!doctype html><html lang="${language}"><body>${paragraphs.join('')}</body></html>` };
}

function languageOf(locale: string): MailLanguage {
  const language = locale.split('-')[0]?.toLowerCase();
  return language === 'es' || language === 'fr' || language === 'pt' ? language : 'en';
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
