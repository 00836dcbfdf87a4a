// What the stand-in takes as a WhatsApp message: the shapes and limits of "Messages" of Meta's Cloud API documentation, kind by kind.
import { flaw, isRecord, isText, type Flaw, type Json } from './meta-graph.http.js';
import { templateFlaw, type StandInTemplate } from './meta-graph.templates.js';

const MAX_TEXT_LENGTH = 4096;
const missing = (parameter: string): Flaw => flaw(131008, `Required parameter is missing: ${parameter}`);
const invalid = (parameter: string): Flaw => flaw(131009, `Parameter value is not valid: ${parameter}`);

type Check = (part: Json, body: Json, templates: readonly StandInTemplate[]) => Flaw | null;

const KINDS: Record<string, Check> = {
  text: textFlaw, location: locationFlaw, interactive: interactiveFlaw, reaction: reactionFlaw,
  template: (part, _body, templates) => templateFlaw(part, templates),
  ...Object.fromEntries(['image', 'video', 'audio', 'document', 'sticker'].map((kind) => [kind, (part: Json) => mediaFlaw(kind, part)])),
};

/** Null for a message that Meta would take. */
export function whatsappFlaw(body: Json, templates: readonly StandInTemplate[]): Flaw | null {
  if (body.messaging_product !== 'whatsapp') return flaw(100, 'The parameter messaging_product is required and must be "whatsapp"');
  if (typeof body.to !== 'string' || body.to === '') return flaw(100, 'The parameter to is required');
  if (body.context !== undefined && !(isRecord(body.context) && isText(body.context.message_id, 1_000))) return invalid('context.message_id');
  const { type } = body;
  if (type === 'contacts') return contactsFlaw(body.contacts);
  const check = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (!check) return flaw(100, 'Param type must be one of the documented kinds');
  const part = body[type as string];
  return isRecord(part) ? check(part, body, templates) : missing(String(type));
}

function textFlaw({ body }: Json): Flaw | null {
  if (typeof body !== 'string' || body === '') return flaw(100, "The parameter text['body'] is required");
  return body.length > MAX_TEXT_LENGTH ? flaw(100, `Param text['body'] must be at most ${MAX_TEXT_LENGTH} characters long`) : null;
}

function locationFlaw({ latitude, longitude, name, address }: Json): Flaw | null {
  if (typeof latitude !== 'number' || Math.abs(latitude) > 90) return invalid('location.latitude');
  if (typeof longitude !== 'number' || Math.abs(longitude) > 180) return invalid('location.longitude');
  return [name, address].every((line) => line === undefined || isText(line, 1_000)) ? null : invalid('location.name');
}

function reactionFlaw({ message_id: id, emoji }: Json): Flaw | null {
  if (!isText(id, 1_000)) return missing('reaction.message_id');
  return typeof emoji === 'string' ? null : missing('reaction.emoji');
}

function mediaFlaw(kind: string, { id, link, caption, filename }: Json): Flaw | null {
  if ((id === undefined) === (link === undefined)) return missing(`${kind}.id or ${kind}.link`);
  if (id !== undefined && !isText(id, 200)) return invalid(`${kind}.id`);
  if (link !== undefined && !/^https?:\/\//.test(String(link))) return invalid(`${kind}.link`);
  if (caption !== undefined && (['audio', 'sticker'].includes(kind) || !isText(caption, 1024))) return invalid(`${kind}.caption`);
  return filename === undefined || (kind === 'document' && isText(filename, 255)) ? null : invalid(`${kind}.filename`);
}

function contactsFlaw(contacts: unknown): Flaw | null {
  if (!Array.isArray(contacts) || contacts.length === 0) return missing('contacts');
  const whole = contacts.every((card) => {
    const name = isRecord(card) ? card.name : undefined;
    return isRecord(name) && isText(name.formatted_name, 1_000) && ['first_name', 'last_name', 'middle_name', 'suffix', 'prefix'].some((part) => isText(name[part], 1_000));
  });
  return whole ? null : missing('contacts.name');
}

function interactiveFlaw({ type, header, body, footer, action }: Json): Flaw | null {
  if (type !== 'button' && type !== 'list') return invalid('interactive.type');
  if (!isRecord(body) || !isText(body.text, type === 'list' ? 4096 : 1024)) return invalid('interactive.body.text');
  if (header !== undefined && !(isRecord(header) && header.type === 'text' && isText(header.text, 60))) return invalid('interactive.header');
  if (footer !== undefined && !(isRecord(footer) && isText(footer.text, 60))) return invalid('interactive.footer');
  if (!isRecord(action)) return missing('interactive.action');
  return type === 'list' ? listFlaw(action) : buttonsFlaw(action);
}

function buttonsFlaw({ buttons }: Json): Flaw | null {
  if (!Array.isArray(buttons) || buttons.length < 1 || buttons.length > 3) return invalid('interactive.action.buttons');
  const replies = buttons.map((button) => (isRecord(button) && button.type === 'reply' && isRecord(button.reply) ? button.reply : {}));
  if (!replies.every(({ id, title }) => isText(id, 256) && isText(title, 20))) return invalid('interactive.action.buttons.reply');
  return new Set(replies.map(({ id }) => id)).size === replies.length ? null : invalid('interactive.action.buttons.reply.id: duplicated');
}

function listFlaw({ button, sections }: Json): Flaw | null {
  if (!isText(button, 20)) return invalid('interactive.action.button');
  if (!Array.isArray(sections) || sections.length < 1 || sections.length > 10 || !sections.every(isRecord)) return invalid('interactive.action.sections');
  const rows = sections.flatMap(({ rows: own }) => (Array.isArray(own) ? own as unknown[] : []));
  if (rows.length < 1 || rows.length > 10) return flaw(131009, 'Total row count exceed max allowed count: 10');
  if (!sections.every(({ title }) => (title === undefined && sections.length === 1) || isText(title, 24))) return invalid('interactive.action.sections.title');
  const good = rows.every((row) => isRecord(row) && isText(row.id, 200) && isText(row.title, 24) && (row.description === undefined || isText(row.description, 72)));
  return good ? null : invalid('interactive.action.sections.rows');
}
