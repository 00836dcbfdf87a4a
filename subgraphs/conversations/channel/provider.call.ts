// One call to a provider's API: what an answer, a silence or a failure to connect means for a message that must not be sent twice.
import type { SendOptions, SendOutcome } from './channel.port.js';
import { clean, isRecord } from './payload.js';

const MAX_RESPONSE_BYTES = 1024 * 1024;
const MAX_MESSAGE_LENGTH = 1000;

// Failures of connecting: no byte of the request left. Anything later may have reached the provider.
const NEVER_CONNECTED = new Set<unknown>(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

export interface ProviderCall {
  /** For words: `WhatsApp`. */
  provider: string;
  url: string;
  /** Sent with the authorization of `secret` in one form or another. */
  headers: Record<string, string>;
  body: string;
  /** What must not be in any text that is stored or shown, should the provider repeat it: the secret, and in other forms. */
  secret: string | readonly [string, ...string[]];
  classify(status: number, body: unknown): SendOutcome;
}

/** Posts once. Redirects are not followed: they would carry the secret elsewhere. */
export async function callProvider({ provider, url, headers, body, secret, classify }: ProviderCall, { fetch: request = fetch, signal }: SendOptions): Promise<SendOutcome> {
  const secrets = typeof secret === 'string' ? [secret] : secret;
  if (!isPrintable(secrets[0])) {
    return { kind: 'refused', class: 'reauthorise', code: 'invalid-token', message: 'The access token of this inbox is empty or not printable ASCII.' };
  }
  if (signal.aborted) return { kind: 'refused', class: 'retry', code: 'aborted', message: 'The attempt was ended before anything was sent.' };
  try {
    const response = await request(url, { method: 'POST', redirect: 'manual', signal, headers, body });
    const outcome = classify(response.status, await readJson(response));
    // Providers repeat a malformed token in their error text. Redact before cutting.
    return outcome.kind === 'accepted' ? outcome : { ...outcome, message: shorten(redact(outcome.message, secrets)) };
  } catch (error) {
    const code = connectFailure(error);
    return code === null
      ? { kind: 'unclear', message: `No complete answer from ${provider}: ${reasonOf(error)}` }
      : { kind: 'refused', class: 'retry', code, message: `${provider} could not be reached: ${reasonOf(error)}` };
  }
}

const isPrintable = (secret: string): boolean => /^[\x21-\x7e]+$/.test(secret);

const redact = (text: string, secrets: readonly string[]): string => secrets.reduce((left, secret) => left.replaceAll(secret, '[access token]'), text);

/** What a status means whose answer says nothing more. 408 is the one client error that a server may send with the work under way. */
export function outcomeOfStatus(status: number, code: string, message: string, transient = false): SendOutcome {
  if (status < 400 || status >= 500 || status === 408) return { kind: 'unclear', message: `${message} (HTTP ${status})` };
  return { kind: 'refused', class: status === 429 || transient ? 'retry' : status === 401 ? 'reauthorise' : 'permanent', code, message };
}

export function shorten(text: string): string {
  return text.slice(0, MAX_MESSAGE_LENGTH).toWellFormed();
}

/** The JSON of a response of at most 1 MiB; null when it is larger or no JSON. */
export async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_RESPONSE_BYTES) return null;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

/** The error code when connecting itself failed, else null. fetch wraps the reason in `cause`, and several in `errors`. */
function connectFailure(error: unknown): string | null {
  const cause = isRecord(error) && isRecord(error.cause) ? error.cause : {};
  const reasons: unknown[] = Array.isArray(cause.errors) && cause.errors.length > 0 ? cause.errors : [cause];
  const connecting = (reason: unknown) => isRecord(reason) && (reason.syscall === 'connect' || NEVER_CONNECTED.has(reason.code));
  return reasons.every(connecting) ? String(cause.code ?? 'ECONNREFUSED') : null;
}

export function reasonOf(error: unknown): string {
  const cause = isRecord(error) && isRecord(error.cause) ? error.cause : error;
  if (!isRecord(cause)) return String(cause);
  return shorten(clean(String(cause.message || cause.code || cause.name)));
}
