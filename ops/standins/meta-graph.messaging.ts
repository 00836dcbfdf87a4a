// What the stand-in takes as a message of Messenger or Instagram: the shapes and limits of "Send API" of Meta's Messenger Platform documentation.
import { flaw, isRecord, isText, type Flaw, type Json } from './meta-graph.http.js';

const MAX_MESSENGER_TEXT_LENGTH = 2000;
const SENDER_ACTIONS = ['mark_seen', 'typing_on', 'typing_off', 'react', 'unreact'];

export const isRecipient = (body: unknown): body is { recipient: { id: string }; sender_action?: string } => isRecord(body) && isRecord(body.recipient);

/** Null for a message or an action that Meta would take. */
export function messagingFlaw({ recipient, messaging_type: type, message, tag, reply_to: answered, sender_action: action, payload }: Json): Flaw | null {
  if (!isRecord(recipient) || typeof recipient.id !== 'string' || recipient.id === '') return flaw(100, 'The parameter recipient is required');
  if (action !== undefined) return message === undefined ? actionFlaw(action, payload) : flaw(100, 'sender_action is sent without message');
  if (!['RESPONSE', 'UPDATE', 'MESSAGE_TAG'].includes(String(type))) return flaw(100, 'The parameter messaging_type must be RESPONSE, UPDATE or MESSAGE_TAG');
  if ((type === 'MESSAGE_TAG') !== (tag !== undefined)) return flaw(100, 'A tag is given with the messaging type MESSAGE_TAG, and only with it');
  if (answered !== undefined && !(isRecord(answered) && isText(answered.mid, 1_000))) return flaw(100, 'The parameter reply_to needs a mid');
  const text = isRecord(message) ? message.text : undefined;
  if (isRecord(message) && isRecord(message.attachment)) return null;
  if (typeof text !== 'string' || text === '') return flaw(100, "The parameter message['text'] is required");
  if (text.length > MAX_MESSENGER_TEXT_LENGTH) return flaw(100, `Length of param message[text] must be less than or equal to ${MAX_MESSENGER_TEXT_LENGTH}`);
  const replies = isRecord(message) ? message.quick_replies : undefined;
  return replies === undefined ? null : quickRepliesFlaw(replies);
}

function actionFlaw(action: unknown, payload: unknown): Flaw | null {
  if (!SENDER_ACTIONS.includes(String(action))) return flaw(100, `sender_action must be one of ${SENDER_ACTIONS.join(', ')}`);
  if (action !== 'react' && action !== 'unreact') return null;
  if (!isRecord(payload) || !isText(payload.message_id, 1_000)) return flaw(100, 'payload.message_id is required');
  return (action === 'react') === isText(payload.reaction, 64) ? null : flaw(100, 'payload.reaction is given to react, and only then');
}

function quickRepliesFlaw(replies: unknown): Flaw | null {
  if (!Array.isArray(replies) || replies.length < 1 || replies.length > 13) return flaw(100, 'Param message[quick_replies] has 1 to 13 elements');
  const good = replies.every((one) => isRecord(one) && one.content_type === 'text' && isText(one.title, 20) && isText(one.payload, 1_000));
  return good ? null : flaw(100, 'Param message[quick_replies] needs content_type, a title of at most 20 and a payload of at most 1,000 characters');
}
