// The templates of a Twilio account (its Content API): listed with what WhatsApp said of them, and how one is sent: by its id, its places by the names in their braces.
// Source: "Content and approvals", "Content types overview" and "Send templates" of Twilio's documentation.
import type { SendOptions } from './channel.port.js';
import { clean, identifier, isRecord, type Json } from './payload.js';
import { askProvider } from './provider.ask.js';
import { APPROVED, placesIn, shownValue, type Template, type TemplateButton, type TemplateContent, type TemplateForm, type TemplateList, type TemplateSlot } from './template.js';
import type { TwilioAccount } from './twilio.media.js';

const PROVIDER = 'Twilio';
const [PAGE, PAGES] = [100, 100];
const CONTENT_URL = 'https://content.twilio.com';

/** Beside Twilio's own API, which is at another host; whatever else is configured answers for both. */
const contentAt = (api: string): string => (new URL(api).host === 'api.twilio.com' ? CONTENT_URL : api);

/** @param refusal what an answer other than 2xx means */
export async function listTwilioTemplates({ accountSid, authToken }: TwilioAccount, refusal: Parameters<typeof askProvider>[1], options: SendOptions): Promise<TemplateList> {
  const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  const url = new URL(`${contentAt(options.providers.twilio)}/v1/ContentAndApprovals`);
  url.searchParams.set('PageSize', String(PAGE));
  const found: Dated[] = [];
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await askProvider({ provider: PROVIDER, url: url.href, headers: { authorization: `Basic ${basic}` }, secrets: [authToken, basic] }, refusal, options);
    if (answer.kind !== 'answer') return { kind: 'failed', message: answer.message };
    const { contents, meta } = answer.body;
    if (!Array.isArray(contents)) return { kind: 'failed', message: `${PROVIDER} answered without a list of templates.` };
    found.push(...contents.filter(isRecord).flatMap((one) => readContent(one) ?? []));
    const next = isRecord(meta) ? identifier(meta.next_page_url) : null;
    if (next === null) return { kind: 'listed', templates: inOrder(found) };
    // The address of the next page is made here: what the answer calls it could lead anywhere, with the token.
    const { searchParams } = URL.parse(next, CONTENT_URL) ?? new URL(CONTENT_URL);
    for (const name of ['Page', 'PageToken']) url.searchParams.set(name, searchParams.get(name) ?? '');
  }
  return { kind: 'failed', message: 'The list of templates has no end.' };
}

interface Dated {
  template: Template;
  changedAt: number;
}

/** Of two of one name and language the last holds: one that may be sent before one that may not, then the newer. */
const inOrder = (found: readonly Dated[]): Template[] => found
  .toSorted((one, other) => Number(one.template.status === APPROVED) - Number(other.template.status === APPROVED) || one.changedAt - other.changedAt).map(({ template }) => template);

/** Null for what has no name, language or id: nothing could be sent of it. */
function readContent(one: Json): Dated | null {
  const approval = isRecord(one.approval_requests) ? one.approval_requests : {};
  const [externalId, language] = [identifier(one.sid), identifier(one.language)];
  // WhatsApp's own name of it is unique; before it was submitted it has none.
  const name = identifier(approval.name) ?? identifier(one.friendly_name);
  if (externalId === null || name === null || language === null) return null;
  const types = isRecord(one.types) ? one.types : {};
  const type = identifier(approval.content_type) ?? '';
  const part = [types[type], ...Object.values(types)].find(isRecord) ?? {};
  const changedAt = Date.parse(String(one.date_updated));
  return {
    changedAt: Number.isNaN(changedAt) ? 0 : changedAt,
    template: {
      externalId, name, language, category: (identifier(approval.category) ?? 'UNKNOWN').toUpperCase(), status: (identifier(approval.status) ?? 'UNSUBMITTED').toUpperCase(),
      ...formOf(part, isRecord(one.variables) ? Object.keys(one.variables) : []), sentAs: externalId,
    },
  };
}

function formOf(part: Json, variables: readonly string[]): TemplateForm {
  const [title, media] = [identifier(part.header_text), identifier(Array.isArray(part.media) ? part.media[0] : part.media)];
  const header = title !== null ? { format: 'TEXT', text: title } : media !== null ? { format: 'MEDIA', text: media } : null;
  const body = identifier(part.body) ?? identifier(part.title) ?? '';
  const actions = (Array.isArray(part.actions) ? part.actions as unknown[] : []).filter(isRecord);
  const buttons = actions.map((action): TemplateButton => ({ type: identifier(action.type) ?? 'QUICK_REPLY', text: identifier(action.title) ?? '', url: identifier(action.url) }));
  const places = new Map<string, Pick<TemplateSlot, 'part' | 'button'>>();
  const note = (names: readonly string[], at: Pick<TemplateSlot, 'part' | 'button'>): void => { for (const place of names) if (!places.has(place)) places.set(place, at); };
  note(placesIn(body), { part: 'BODY', button: null });
  note(placesIn(header?.text ?? ''), { part: 'HEADER', button: null });
  actions.forEach(({ title: words, url, id, code }, index) => note(placesIn([words, url, id, code].map((text) => identifier(text) ?? '').join(' ')), { part: 'BUTTON', button: index + 1 }));
  // What stands elsewhere, as on the cards of a carousel.
  note(variables, { part: 'BODY', button: null });
  const slots = [...places].map(([place, at], index): TemplateSlot => {
    const number = /^\d{1,3}$/.test(place) ? Number(place) : null;
    return { ...at, position: number ?? index + 1, name: number === null ? clean(place) : null, type: 'TEXT' };
  });
  return { header, body, footer: identifier(part.footer) ?? identifier(part.subtitle), buttons, slots };
}

/** Fields of a message that is this template. */
export function templateFields({ sentAs, parameters }: TemplateContent): [string, string][] {
  const values = Object.fromEntries(parameters.map(({ name, position, value }) => [name ?? String(position), shownValue(value)]));
  return [['ContentSid', sentAs ?? ''], ...(parameters.length === 0 ? [] : [['ContentVariables', JSON.stringify(values)] as [string, string]])];
}
