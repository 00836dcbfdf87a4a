// The message templates of the stand-in's business accounts: listed in pages, and held to what a message gives them.
import { flaw, isRecord, type Flaw, type Json } from './meta-graph.http.js';

/** As `GET /{waba-id}/message_templates` shows one. */
export interface StandInTemplate {
  id: string;
  name: string;
  language: string;
  category: string;
  status: string;
  parameter_format?: 'POSITIONAL' | 'NAMED';
  components: Json[];
}

/** What a business account has from the beginning: that of the demo. */
export const SAMPLE_TEMPLATES: Readonly<Record<string, StandInTemplate[]>> = {
  419561257915477: [
    { id: '1', name: 'hello_world', language: 'en_US', category: 'UTILITY', status: 'APPROVED', components: [{ type: 'BODY', text: 'Welcome and congratulations!' }] },
    { id: '2', name: 'table_ready', language: 'en', category: 'UTILITY', status: 'APPROVED', components: [{ type: 'BODY', text: 'Your table for {{1}} is ready, {{2}}.' }] },
  ],
};

const PAGE = 25;

/** A page of the list, as the Graph API cuts it. */
export function templatePage(templates: readonly StandInTemplate[], query: URLSearchParams, url: string): Json {
  const limit = Math.min(Number(query.get('limit') ?? PAGE), 100);
  const start = Number(Buffer.from(query.get('after') ?? '', 'base64').toString() || 0);
  const end = start + limit;
  const cursor = (place: number): string => Buffer.from(String(place)).toString('base64');
  const next = new URL(url);
  next.searchParams.set('after', cursor(end));
  return { data: templates.slice(start, end), paging: { cursors: { before: cursor(start), after: cursor(end) }, ...(end < templates.length ? { next: next.href } : {}) } };
}

const slots = (text: unknown): string[] => [...String(text ?? '').matchAll(/\{\{\s*([^{}]+?)\s*\}\}/g)].map(([, name]) => name ?? '');
const of = (template: StandInTemplate, type: string): Json | undefined => template.components.find((component) => component.type === type);

/** Codes of "Cloud API error codes": 132000 the number of parameters, 132001 no such template, 132005/132012 their form, 132015 paused, 132016 disabled. */
export function templateFlaw({ name, language, components }: Json, templates: readonly StandInTemplate[]): Flaw | null {
  const code = isRecord(language) ? language.code : undefined;
  const template = templates.find((one) => one.name === name && one.language === code);
  if (!template || !['APPROVED', 'PAUSED', 'DISABLED'].includes(template.status)) return flaw(132001, 'Template name does not exist in the translation');
  if (template.status !== 'APPROVED') return template.status === 'PAUSED' ? flaw(132015, 'Template is paused') : flaw(132016, 'Template is disabled');
  const given = (Array.isArray(components) ? components : []).filter(isRecord);
  const parametersOf = (type: string, index?: string): Json[] => {
    const component = given.find((one) => one.type === type && (index === undefined || one.index === index));
    return Array.isArray(component?.parameters) ? component.parameters.filter(isRecord) : [];
  };
  return headerFlaw(of(template, 'HEADER'), parametersOf('header')) ?? linesFlaw(template, slots(of(template, 'BODY')?.text), parametersOf('body')) ?? buttonsFlaw(template, parametersOf);
}

function headerFlaw(header: Json | undefined, parameters: readonly Json[]): Flaw | null {
  const format = String(header?.format ?? 'NONE').toLowerCase();
  if (!['image', 'video', 'document', 'location'].includes(format)) return linesFlaw(null, slots(header?.text), parameters);
  const [parameter] = parameters;
  if (parameters.length !== 1) return flaw(132012, `header: Format mismatch, expected ${format.toUpperCase()}, received UNKNOWN`);
  const value = parameter?.[format];
  const whole = parameter?.type === format && isRecord(value) && (format === 'location' ? typeof value.latitude === 'number' : value.id !== undefined || value.link !== undefined);
  return whole ? null : flaw(132012, `header: Format mismatch, expected ${format.toUpperCase()}`);
}

function linesFlaw(template: StandInTemplate | null, names: readonly string[], parameters: readonly Json[]): Flaw | null {
  const wanted = new Set(names).size;
  if (parameters.length !== wanted) return flaw(132000, `Number of parameters does not match the expected number of params: localizable_params (${parameters.length}) does not match (${wanted})`);
  for (const parameter of parameters) {
    if (template?.parameter_format === 'NAMED' && !names.includes(String(parameter.parameter_name))) return flaw(132000, 'Parameter name is missing or unknown');
    const { type, text } = parameter;
    if (!['text', 'currency', 'date_time'].includes(String(type)) || (type === 'text' && (typeof text !== 'string' || text === '')) || (type !== 'text' && !isRecord(parameter[String(type)]))) {
      return flaw(132012, 'Parameter format does not match format in the created template');
    }
    if (typeof text === 'string' && /[\n\t]| {5}/.test(text)) return flaw(100, 'Param text cannot have new-line/tab characters or more than 4 consecutive spaces');
  }
  return null;
}

function buttonsFlaw(template: StandInTemplate, parametersOf: (type: string, index: string) => readonly Json[]): Flaw | null {
  const buttons = of(template, 'BUTTONS')?.buttons;
  for (const [index, button] of (Array.isArray(buttons) ? buttons.filter(isRecord) : []).entries()) {
    const wanted = button.type === 'COPY_CODE' || (button.type === 'URL' && slots(button.url).length > 0) ? 1 : 0;
    const parameters = parametersOf('button', String(index));
    if (button.type !== 'QUICK_REPLY' && parameters.length !== wanted) return flaw(wanted > parameters.length ? 131008 : 132000, `Button at index ${index} needs ${wanted} parameters`);
  }
  return null;
}
