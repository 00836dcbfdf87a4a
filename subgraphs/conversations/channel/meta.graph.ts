// What Meta's products share when messages go out: the Graph API's version, its errors and what they mean.
import type { RefusalClass, SendOutcome } from './channel.port.js';
import { clean, identifier, isRecord, type Json } from './payload.js';
import { outcomeOfStatus } from './provider.call.js';

export const META_GRAPH_URL = 'https://graph.facebook.com';
export const GRAPH_VERSION = 'v23.0';

/** Codes of one product by what they mean. Codes of the Graph API itself need not be repeated. */
export type GraphCodes = Partial<Record<RefusalClass, readonly number[]>>;

// Source: "Graph API error handling" of Meta's developer documentation.
const GRAPH_CODES: GraphCodes = { retry: [4, 17, 32, 613], reauthorise: [0, 104, 190] };

const classes = (codes: GraphCodes): [number, RefusalClass][] =>
  Object.entries(codes).flatMap(([name, numbers]) => numbers.map((code): [number, RefusalClass] => [code, name as RefusalClass]));

export interface GraphDialect {
  /** For words: `WhatsApp`. */
  provider: string;
  codes: GraphCodes;
  /** The provider's id of the message in the answer to a send that worked. */
  messageId(answer: Json): string | null;
}

/** How a product's answers to a send are read. A subcode that is known tells more than the code it comes with. */
export function graphClassifier({ provider, codes, messageId }: GraphDialect): (status: number, body: unknown) => SendOutcome {
  const known = new Map([...classes(GRAPH_CODES), ...classes(codes)]);
  return (status, body) => {
    const answer = isRecord(body) ? body : {};
    const id = messageId(answer);
    if (status >= 200 && status < 300 && id !== null) return { kind: 'accepted', externalId: id };
    const error = isRecord(answer.error) ? answer.error : null;
    const number = numberOf(error?.code);
    const code = number === null ? `http-${status}` : String(number);
    const message = error === null ? `${provider} answered HTTP ${status} without a message id or a Graph error.` : explain(error, provider);
    const meaning = known.get(numberOf(error?.error_subcode) ?? -1) ?? (number === null ? undefined : known.get(number));
    if (meaning !== undefined) return { kind: 'refused', class: meaning, code, message };
    return outcomeOfStatus(status, code, message, error?.is_transient === true);
  };
}

const numberOf = (code: unknown): number | null => (/^\d+$/.test(String(code)) ? Number(code) : null);

function explain({ message, error_data: data }: Json, provider: string): string {
  const parts = [message, isRecord(data) ? data.details : undefined].filter((part) => typeof part === 'string' && part !== '');
  return clean(parts.join(': ') || `${provider} gave no reason.`);
}

export const graphHeaders = (accessToken: string): Record<string, string> =>
  ({ authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', accept: 'application/json' });

/** `messages[0].id` of WhatsApp. */
export function firstMessageId({ messages }: Json): string | null {
  const sent: unknown = Array.isArray(messages) ? messages[0] : undefined;
  return isRecord(sent) ? identifier(sent.id) : null;
}

/** What an answer to anything but a send means; null: a fault of the provider's that may pass. */
export function graphRefusal(provider: string, codes: GraphCodes = {}): (status: number, body: unknown) => { class: RefusalClass; code: string; message: string } | null {
  const classify = graphClassifier({ provider, codes, messageId: () => null });
  return (status, body) => {
    const outcome = classify(status, body);
    return outcome.kind === 'refused' ? { class: outcome.class, code: outcome.code, message: outcome.message } : null;
  };
}
