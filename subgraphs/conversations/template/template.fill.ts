// A template with what staff gave for its places: nothing missing, nothing too much, each of the right kind.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Said } from '../channel/content.js';
import { APPROVED, fillPlaces, shownValue, type TemplateContent, type TemplateForm, type TemplateParameter, type TemplateSlot, type TemplateValue } from '../channel/template.js';
import { db } from '../tables.js';

const AT = ['input', 'template'];
/** Source: "Template components" of Meta's WhatsApp documentation: the body, filled in. */
const MAX_BODY = 1_024;

const mismatch = (message: string, parameter: string | null, field: readonly string[]): Refusal =>
  new Refusal('TemplateMismatch', ErrorCode.TEMPLATE_MISMATCH, message, [...AT, ...field], { parameter });

/** How a place is called: `body 2`, `body name`, `header`, `button 1`. */
const called = ({ part, button, position, name }: Pick<TemplateSlot, 'part' | 'button' | 'name'> & { position: number | null }): string =>
  [part.toLowerCase(), part === 'BUTTON' ? button : part === 'BODY' || name !== null ? name ?? position : null].filter((word) => word !== null).join(' ');

const KINDS: Record<TemplateSlot['type'], (value: TemplateValue) => boolean> = {
  TEXT: ({ type }) => ['text', 'currency', 'dateTime'].includes(type),
  IMAGE: (value) => value.type === 'media' && value.media === 'IMAGE', VIDEO: (value) => value.type === 'media' && value.media === 'VIDEO',
  DOCUMENT: (value) => value.type === 'media' && value.media === 'DOCUMENT', LOCATION: ({ type }) => type === 'location', COUPON: ({ type }) => type === 'coupon',
};

/** @throws Refusal TemplateMismatch */
export async function fillTemplate({ tx }: UnitOfWork, inboxId: string, asked: TemplateContent): Promise<Said> {
  const known = await db(tx).selectFrom('MessageTemplate').select(['status', 'form']).where('inboxId', '=', inboxId).where('name', '=', asked.name).where('language', '=', asked.language).executeTakeFirst();
  if (!known) throw mismatch('This inbox has no such template in this language. `messageTemplatesSync` fetches those of the channel.', null, ['name']);
  if (known.status !== APPROVED) throw mismatch(`The channel does not let this template be sent: it is ${known.status}.`, null, ['name']);
  const form = known.form as TemplateForm;
  const filled = new Map<TemplateSlot, TemplateParameter>();
  asked.parameters.forEach((parameter, index) => {
    const slot = slotFor(form.slots, parameter, index);
    if (filled.has(slot)) throw mismatch('This is given twice.', called(slot), ['parameters', String(index)]);
    checkValue(slot, parameter.value, index);
    filled.set(slot, { ...parameter, position: slot.position, name: slot.name });
  });
  const missing = form.slots.find((slot) => !filled.has(slot));
  if (missing) throw mismatch(`The template needs ${called(missing)}: ${missing.type.toLowerCase()}.`, called(missing), ['parameters']);
  const inBody = form.slots.filter(({ part }) => part === 'BODY');
  const body = fillPlaces(form.body, (place) => {
    const slot = inBody.find(({ name, position }) => (name ?? String(position)) === place);
    const parameter = slot && filled.get(slot);
    return parameter ? shownValue(parameter.value) : '';
  });
  if (body.length > MAX_BODY) throw mismatch(`The text would have ${body.length} characters; ${MAX_BODY} is the most.`, 'body', ['parameters']);
  // In the template's own order, which is what positions mean to the channel.
  const parameters = form.slots.flatMap((slot) => filled.get(slot) ?? []);
  return { type: 'TEMPLATE', text: body === '' ? null : body, content: { ...asked, parameters, ...(form.sentAs === undefined ? {} : { sentAs: form.sentAs }) } };
}

function slotFor(slots: readonly TemplateSlot[], { part, button, position, name }: TemplateParameter, index: number): TemplateSlot {
  const own = slots.filter((slot) => slot.part === part && (part !== 'BUTTON' || slot.button === (button ?? 1)));
  const slot = name !== null ? own.find((one) => one.name === name) : position !== null ? own.find((one) => one.position === position) : own.length === 1 ? own[0] : undefined;
  if (!slot) throw mismatch('The template has no such place.', called({ part, button: button ?? 1, position, name }), ['parameters', String(index)]);
  return slot;
}

function checkValue(slot: TemplateSlot, value: TemplateValue, index: number): void {
  const field = ['parameters', String(index)];
  if (!KINDS[slot.type](value)) throw mismatch(`This takes ${slot.type.toLowerCase()}, not ${value.type}.`, called(slot), field);
  // Source: "Cloud API error codes" of Meta's developer documentation, 132018.
  if (slot.type === 'TEXT' && /[\n\t]| {5}/.test(shownValue(value))) throw mismatch('A parameter has no line breaks, tabs or more than four spaces in a row.', called(slot), field);
}
