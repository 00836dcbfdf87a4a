// From what staff gave for a template to what is asked of it: each value well-formed. Whether the template takes it is asked where the template is known.
import { invalidInput } from '../../kernel/base/errors.js';
import { currencyExponent } from '../channel/payload.js';
import type { Said } from '../channel/content.js';
import type { TemplateParameter, TemplateValue } from '../channel/template.js';
import { composePlace } from '../message/message.compose.place.js';
import { checked, type Path } from '../message/message.compose.text.js';
import type { TemplateInput, TemplateParameterInput } from './template.inputs.js';

const [NAME, LINE, TEXT, URL_LENGTH, COUPON, MANY] = [512, 200, 1_024, 2_000, 15, 100];

/** Each value that a parameter can have, and what it makes of it. */
const VALUES: { [Key in keyof TemplateParameterInput]?: (value: NonNullable<TemplateParameterInput[Key]>, at: Path) => TemplateValue } = {
  text: (value, at) => ({ type: 'text', text: checked(value, 'The text', TEXT, at) }),
  dateTime: (value, at) => ({ type: 'dateTime', fallback: checked(value, 'It', LINE, at) }),
  coupon: (value, at) => ({ type: 'coupon', code: checked(value, 'The code', COUPON, at) }),
  currency: ({ currency, amountMinor, fallback }, at) => {
    if (currencyExponent(currency) === null) throw invalidInput('It is no currency of ISO 4217.', [...at, 'currency']);
    if (!Number.isSafeInteger(amountMinor) || amountMinor < 0 || amountMinor > 1e12) throw invalidInput('It is a whole number of minor units.', [...at, 'amountMinor']);
    return { type: 'currency', currency, amountMinor, fallback: checked(fallback, 'It', LINE, [...at, 'fallback']) };
  },
  location: (value, at) => {
    const { kind: _, ...place } = composePlace(value, at);
    return { type: 'location', ...place };
  },
  imageUrl: (value, at) => media('IMAGE', value, at),
  videoUrl: (value, at) => media('VIDEO', value, at),
  documentUrl: (value, at) => media('DOCUMENT', value, at),
};
const NAMES = Object.keys(VALUES) as (keyof typeof VALUES)[];

function media(kind: 'IMAGE' | 'VIDEO' | 'DOCUMENT', url: string, at: Path): TemplateValue {
  checked(url, 'The address', URL_LENGTH, at);
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') throw invalidInput('The address begins with https://.', at);
  const fileName = new URL(url).pathname.split('/').at(-1)?.replaceAll('%20', ' ') ?? '';
  return { type: 'media', media: kind, url, fileName: kind === 'DOCUMENT' && fileName !== '' ? fileName : null };
}

/** @throws Refusal InputInvalid */
export function composeTemplate({ name, language, parameters }: TemplateInput, at: Path): Said {
  if ((parameters?.length ?? 0) > MANY) throw invalidInput(`At most ${MANY} parameters.`, [...at, 'parameters']);
  const given = (parameters ?? []).map((parameter, index) => composeParameter(parameter, [...at, 'parameters', String(index)]));
  return { type: 'TEMPLATE', text: null, content: {
    kind: 'template', name: checked(name, 'The name', NAME, [...at, 'name']), language: checked(language, 'The language', LINE, [...at, 'language']), parameters: given,
  } };
}

function composeParameter(parameter: TemplateParameterInput, at: Path): TemplateParameter {
  const { part, button, position, name } = parameter;
  const [value, second] = NAMES.filter((one) => parameter[one] !== null && parameter[one] !== undefined);
  if (!value || second) throw invalidInput(`Give exactly one of ${NAMES.join(', ')}.`, second ? [...at, second] : at);
  const [place, called] = [position ?? null, name ?? null];
  if (place !== null && called !== null) throw invalidInput('A place has a name or a position.', [...at, 'position']);
  return {
    part: part ?? 'BODY', button: part === 'BUTTON' ? button ?? 1 : null, position: place, name: called === null ? null : checked(called, 'The name', LINE, [...at, 'name']),
    value: (VALUES[value] as (given: unknown, at: Path) => TemplateValue)(parameter[value], [...at, value]),
  };
}
