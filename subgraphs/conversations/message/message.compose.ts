// From what staff gave to what a message says: which parts go together, and what each may hold on any channel and on this one.
import { invalidInput } from '../../kernel/base/errors.js';
import { inputId } from '../../kernel/graphql/context.js';
import type { ChannelName } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import { text as plain, type ContactsContent, type MessageType, type Said } from '../channel/content.js';
import { composeMedia } from '../attachment/attachment.compose.js';
import { composeTemplate } from '../template/template.compose.js';
import { checkChoices, composeChoices } from './message.compose.choices.js';
import { composePlace } from './message.compose.place.js';
import { checked, checkedOrNull, type Path } from './message.compose.text.js';
import type { LocationInput } from './message.location.inputs.js';
import type { MessageParts, SharedContactInput } from './message.parts.inputs.js';

/** The longest text of any channel, in characters. */
export const MAX_TEXT = 4_096;
const [NAME, FEW] = [200, 10];

/** A message before it has a conversation. */
export interface Composed {
  said: Said;
  /** UUID of the message it answers. */
  replyToId: string | null;
}

type Parts = Omit<MessageParts, 'idempotencyKey'>;

/** What can be in a message besides its text: at most one of them. Each makes what it says of it and of the text. */
const PARTS = {
  location: (parts: Parts, words: string | null, at: Path): Said => withoutText(words, composeLocation(parts.location!, at)),
  contacts: (parts: Parts, words: string | null, at: Path): Said => withoutText(words, composeContacts(parts.contacts!, at)),
  template: (parts: Parts, words: string | null, at: Path): Said => withoutText(words, composeTemplate(parts.template!, at)),
  media: (parts: Parts, words: string | null): Said => composeMedia(parts.media!, words),
  choices: (parts: Parts, words: string | null, at: Path): Said => composeChoices(parts.choices!, words, at),
} satisfies Partial<Record<keyof Parts, unknown>>;
const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];

/** Where a kind of message is in the input. */
const FIELD: Partial<Record<MessageType, string>> = { LOCATION: 'location', CONTACTS: 'contacts', CHOICES: 'choices', TEMPLATE: 'template', DOCUMENT: 'media' };

/** @throws Refusal InputInvalid for what no channel takes */
export function compose(parts: Parts): Composed {
  const [part, second] = NAMES.filter((name) => parts[name] !== null && parts[name] !== undefined);
  if (second) throw invalidInput(`A message has one of ${NAMES.join(', ')}, not several.`, ['input', second]);
  const words = parts.text === null || parts.text === undefined ? null : checked(parts.text, 'The text', MAX_TEXT, ['input', 'text']);
  if (!part && words === null) throw invalidInput('The message is empty: give a text or another part.', ['input', 'text']);
  const said = part ? PARTS[part](parts, words, ['input', part]) : plain(words ?? '');
  return { said, replyToId: parts.replyToId === null || parts.replyToId === undefined ? null : inputId('msg', parts.replyToId, ['input', 'replyToId']) };
}

/** @throws Refusal InputInvalid for what this channel does not take */
export function checkSendable({ said, replyToId }: Composed, channel: ChannelName): void {
  const { sends, sending, textLimit: { most, unit } } = channelFor(channel);
  if (!sends.has(said.type)) throw invalidInput('This channel does not take that.', ['input', FIELD[said.type] ?? 'text']);
  if (replyToId !== null && !sending.replies) throw invalidInput('On this channel no message answers one in particular.', ['input', 'replyToId']);
  if (said.content?.kind === 'choices') checkChoices(said.content, said.text ?? '', sending.choices);
  if (said.type !== 'TEXT' && said.type !== 'CHOICES') return;
  const length = unit === 'bytes' ? Buffer.byteLength(said.text ?? '') : (said.text ?? '').length;
  if (length > most) throw invalidInput(`The text has ${length} ${unit}; this channel takes ${most} at the most.`, ['input', 'text']);
}

/** @throws Refusal InputInvalid */
export function checkKey(idempotencyKey: string): void {
  if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
    throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
  }
}

function withoutText(words: string | null, said: Said): Said {
  if (words !== null) throw invalidInput('This part takes no text: send that as a message of its own.', ['input', 'text']);
  return said;
}

function composeLocation(place: LocationInput, at: Path): Said {
  const content = composePlace(place, at);
  return { type: 'LOCATION', text: content.name ?? content.address, content };
}

function composeContacts(cards: readonly SharedContactInput[], at: Path): Said {
  if (cards.length < 1 || cards.length > FEW) throw invalidInput(`Between 1 and ${FEW} cards.`, at);
  const lines = (values: readonly string[] | null | undefined, field: Path): string[] => {
    if ((values?.length ?? 0) > FEW) throw invalidInput(`At most ${FEW}.`, field);
    return (values ?? []).map((value, index) => checked(value, 'It', NAME, [...field, String(index)]));
  };
  const content: ContactsContent = { kind: 'contacts', contacts: cards.map((card, index) => {
    const field = [...at, String(index)];
    return {
      name: checked(card.name, 'The name', NAME, [...field, 'name']), organization: checkedOrNull(card.organization, 'The organization', NAME, [...field, 'organization']),
      phones: lines(card.phones, [...field, 'phones']), emails: lines(card.emails, [...field, 'emails']),
    };
  }) };
  return { type: 'CONTACTS', text: content.contacts.map(({ name }) => name).join(', '), content };
}
