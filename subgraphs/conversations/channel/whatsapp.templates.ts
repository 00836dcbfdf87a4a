// The templates of a WhatsApp business account: listed from the Graph API, and how one is sent.
import { GRAPH_VERSION, graphHeaders, graphRefusal } from './meta.graph.js';
import { clean, currencyExponent, identifier, isRecord, type Json } from './payload.js';
import { askProvider } from './provider.ask.js';
import type { SendOptions } from './channel.port.js';
import { placesIn, type Template, type TemplateButton, type TemplateContent, type TemplateList, type TemplateParameter, type TemplatePart, type TemplateSlot, type TemplateSlotType, type TemplateValue } from './template.js';

const PROVIDER = 'WhatsApp';
/** An account has 6,000 templates at the most. */
const [PAGE, PAGES] = [100, 100];

export async function listTemplates({ accessToken, businessAccountId }: { accessToken: string; businessAccountId: string }, options: SendOptions): Promise<TemplateList> {
  const templates: Template[] = [];
  let after: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const url = new URL(`${options.providers.meta}/${GRAPH_VERSION}/${encodeURIComponent(businessAccountId)}/message_templates`);
    url.searchParams.set('limit', String(PAGE));
    url.searchParams.set('fields', 'id,name,language,category,status,components');
    if (after !== null) url.searchParams.set('after', after);
    const answer = await askProvider({ provider: PROVIDER, url: url.href, headers: graphHeaders(accessToken), secrets: [accessToken] }, graphRefusal(PROVIDER), options);
    if (answer.kind !== 'answer') return { kind: 'failed', message: answer.message };
    const { body } = answer;
    if (!Array.isArray(body.data)) return { kind: 'failed', message: `${PROVIDER} answered without a list of templates.` };
    templates.push(...body.data.filter(isRecord).flatMap((one) => readTemplate(one) ?? []));
    // The address of the next page is made here: what the answer calls it could lead anywhere, with the token.
    const paging = isRecord(body.paging) ? body.paging : {};
    after = paging.next === undefined || !isRecord(paging.cursors) ? null : identifier(paging.cursors.after);
    if (after === null) return { kind: 'listed', templates };
  }
  return { kind: 'failed', message: 'The list of templates has no end.' };
}

/** Null for what has no name, language or id: nothing could be sent of it. */
export function readTemplate(one: Json): Template | null {
  const [externalId, name, language] = [identifier(one.id), identifier(one.name), identifier(one.language)];
  if (externalId === null || name === null || language === null) return null;
  const components = Array.isArray(one.components) ? one.components.filter(isRecord) : [];
  const of = (type: string): Json => components.find((component) => component.type === type) ?? {};
  const header = of('HEADER');
  const format = identifier(header.format);
  const buttons = (Array.isArray(of('BUTTONS').buttons) ? of('BUTTONS').buttons as unknown[] : []).filter(isRecord).map((button): TemplateButton =>
    ({ type: identifier(button.type) ?? 'UNKNOWN', text: identifier(button.text) ?? '', url: identifier(button.url) }));
  const form = { header: format === null ? null : { format, text: identifier(header.text) }, body: identifier(of('BODY').text) ?? '', footer: identifier(of('FOOTER').text), buttons };
  return {
    externalId, name, language, category: identifier(one.category) ?? 'UNKNOWN', status: identifier(one.status) ?? 'UNKNOWN', ...form,
    slots: [...headerSlots(form.header), ...textSlots('BODY', null, form.body), ...buttons.flatMap(buttonSlots)],
  };
}

const textSlots = (part: TemplatePart, button: number | null, text: string): TemplateSlot[] => placesIn(text)
  .map((place) => ({ place, number: /^\d{1,3}$/.test(place) ? Number(place) : null })).toSorted((one, other) => (one.number ?? 0) - (other.number ?? 0))
  .map(({ place, number }, index) => ({ part, button, position: number ?? index + 1, name: number === null ? clean(place) : null, type: 'TEXT' }));

function headerSlots(header: Template['header']): TemplateSlot[] {
  if (!header) return [];
  if (['IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION'].includes(header.format)) return [{ part: 'HEADER', button: null, position: 1, name: null, type: header.format as TemplateSlotType }];
  return textSlots('HEADER', null, header.text ?? '');
}

function buttonSlots({ type, url }: TemplateButton, index: number): TemplateSlot[] {
  const place = { part: 'BUTTON' as const, button: index + 1, position: 1, name: null };
  if (type === 'COPY_CODE') return [{ ...place, type: 'COUPON' }];
  return type === 'URL' && placesIn(url ?? '').length > 0 ? [{ ...place, type: 'TEXT' }] : [];
}

/** The part `template` of a message. */
export function templatePart({ name, language, parameters }: TemplateContent): Json {
  const of = (wanted: TemplatePart): TemplateParameter[] => parameters.filter(({ part }) => part === wanted);
  const component = (type: string, given: TemplateParameter[]): Json[] => (given.length === 0 ? [] : [{ type, parameters: given.map(parameterOf) }]);
  const buttons = of('BUTTON').map((parameter) => ({
    type: 'button', sub_type: parameter.value.type === 'coupon' ? 'copy_code' : 'url', index: String((parameter.button ?? 1) - 1), parameters: [parameterOf(parameter)],
  }));
  const components = [...component('header', of('HEADER')), ...component('body', of('BODY')), ...buttons];
  return { name, language: { code: language }, ...(components.length === 0 ? {} : { components }) };
}

const parameterOf = ({ name, value }: TemplateParameter): Json => ({ ...(name === null ? {} : { parameter_name: name }), ...valueOf(value) });

function valueOf(value: TemplateValue): Json {
  switch (value.type) {
    case 'text': return { type: 'text', text: value.text };
    case 'currency': return { type: 'currency', currency: { fallback_value: value.fallback, code: value.currency, amount_1000: thousandths(value) } };
    case 'dateTime': return { type: 'date_time', date_time: { fallback_value: value.fallback } };
    case 'coupon': return { type: 'coupon_code', coupon_code: value.code };
    case 'location': return { type: 'location', location: { latitude: value.latitude, longitude: value.longitude, name: value.name ?? '', address: value.address ?? '' } };
    case 'media': {
      const kind = value.media.toLowerCase();
      return { type: kind, [kind]: { link: value.url, ...(value.media === 'DOCUMENT' && value.fileName !== null ? { filename: value.fileName } : {}) } };
    }
  }
}

/** Of the major unit, whatever the currency's own minor unit is. */
const thousandths = ({ currency, amountMinor }: { currency: string; amountMinor: number }): number => Math.round(amountMinor * 10 ** (3 - (currencyExponent(currency) ?? 2)));
