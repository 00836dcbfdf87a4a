// What a message is to the Send API of Messenger and Instagram.
import type { OutboundMessage } from './channel.port.js';
import type { MessageType } from './content.js';
import type { Json } from './payload.js';

/** The body of `POST /{page-id}/messages`. The echo of the message carries `metadata` back. @throws for what `sends` of the channel does not name */
export function messagingBody({ to, said, files, replyTo, humanAgent, clientReference }: OutboundMessage): Json {
  const { content } = said;
  if (said.type !== 'TEXT' && content?.kind !== 'choices' && content?.kind !== 'media') throw new Error(`Messenger and Instagram are not sent ${said.type}.`);
  const options = content?.kind === 'choices' ? content.sections.flatMap((section) => section.options) : [];
  return {
    recipient: { id: to },
    ...(humanAgent ? { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' } : { messaging_type: 'RESPONSE' }),
    ...(replyTo === null ? {} : { reply_to: { mid: replyTo } }),
    message: content?.kind === 'media' ? { attachment: attachmentOf(said.type, files), metadata: clientReference } : {
      text: (said.text ?? '').toWellFormed(),
      ...(options.length === 0 ? {} : { quick_replies: options.map(({ id, title }) => ({ content_type: 'text', title, payload: id })) }),
      metadata: clientReference,
    },
  };
}

/** The body that reacts to a message; Instagram has one reaction, and a word for it. Source: "Sender actions" of Meta's documentation of both. */
export function reactionBody({ to, reaction }: OutboundMessage, word: string | null): Json {
  const { to: message, emoji } = reaction ?? { to: '', emoji: null };
  return {
    recipient: { id: to }, sender_action: emoji === null ? 'unreact' : 'react',
    payload: { message_id: message, ...(emoji === null ? {} : { reaction: word ?? emoji }) },
  };
}

const KINDS: Partial<Record<MessageType, string>> = { IMAGE: 'image', VIDEO: 'video', AUDIO: 'audio' };

/** One a message; Meta fetches it at once. */
function attachmentOf(type: MessageType, [file]: OutboundMessage['files']): Json {
  if (!file) throw new Error('A message with files has one.');
  return { type: KINDS[type] ?? 'file', payload: { url: file.url(), is_reusable: false } };
}
