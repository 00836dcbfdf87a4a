// What a message is to the WhatsApp Cloud API, kind by kind.
import type { ChoicesContent, ContactsContent, LocationContent, MediaContent, Said } from './content.js';
import type { OutboundMessage } from './channel.port.js';
import type { Json } from './payload.js';
import { templatePart } from './whatsapp.templates.js';

/** The body of `POST /{phone-number-id}/messages`. */
export const whatsappBody = ({ to, said, files, replyTo, reaction, clientReference }: OutboundMessage, uploaded: readonly string[] = []): Json => ({
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to,
  ...(replyTo === null ? {} : { context: { message_id: replyTo } }),
  ...(reaction ? { type: 'reaction', reaction: { message_id: reaction.to, emoji: reaction.emoji ?? '' } } : said.content?.kind === 'media' ? mediaOf(said, said.content, files, uploaded) : partOf(said)),
  biz_opaque_callback_data: clientReference,
});

const words = (said: Said): string => (said.text ?? '').toWellFormed();

/** @throws for what `sends` of the channel does not name */
function partOf(said: Said): Json {
  const { content, type } = said;
  if (type === 'TEXT') return { type: 'text', text: { preview_url: false, body: words(said) } };
  if (content?.kind === 'location') return { type: 'location', location: location(content) };
  if (content?.kind === 'contacts') return { type: 'contacts', contacts: contacts(content) };
  if (content?.kind === 'choices') return { type: 'interactive', interactive: interactive(content, words(said)) };
  if (content?.kind === 'template') return { type: 'template', template: templatePart(content) };
  throw new Error(`WhatsApp is not sent ${type}.`);
}

/** Without what is absent: the API refuses null. */
const present = (part: Record<string, unknown>): Json => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null));

const location = ({ latitude, longitude, name, address }: Omit<LocationContent, 'kind'>): Json => present({ latitude, longitude, name, address });

const contacts = ({ contacts: cards }: ContactsContent): Json[] => cards.map(({ name, organization, phones, emails }) => ({
  // A name needs one of its parts besides the whole.
  name: { formatted_name: name, first_name: name },
  ...(organization === null ? {} : { org: { company: organization } }),
  phones: phones.map((phone) => ({ phone })),
  emails: emails.map((email) => ({ email })),
}));

function interactive({ listButton, header, footer, sections }: ChoicesContent, body: string): Json {
  const around = {
    ...(header === null ? {} : { header: { type: 'text', text: header } }),
    body: { text: body },
    ...(footer === null ? {} : { footer: { text: footer } }),
  };
  if (listButton === null) {
    const buttons = sections.flatMap(({ options }) => options).map(({ id, title }) => ({ type: 'reply', reply: { id, title } }));
    return { type: 'button', ...around, action: { buttons } };
  }
  const rows = sections.map(({ title, options }) => ({ ...present({ title }), rows: options.map((option) => present({ ...option })) }));
  return { type: 'list', ...around, action: { button: listButton, sections: rows } };
}

/** One a message, by its id at the provider. */
function mediaOf(said: Said, { voice }: MediaContent, [file]: OutboundMessage['files'], [id = '']: readonly string[]): Json {
  const kind = said.type.toLowerCase();
  const part = { id, caption: said.text === null ? null : words(said), filename: said.type === 'DOCUMENT' ? file?.fileName ?? null : null, voice: voice || null };
  return { type: kind, [kind]: present(part) };
}
