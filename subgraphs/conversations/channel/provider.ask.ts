// Asking a provider's API for something that may be asked again: no message is sent by it, so every failure may be repeated.
import type { RefusalClass, SendOptions } from './channel.port.js';
import { clean, isRecord, type Json } from './payload.js';
import { readJson, reasonOf, shorten } from './provider.call.js';

export interface ProviderQuestion {
  /** For words: `WhatsApp`. */
  provider: string;
  url: string;
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  body?: string;
  /** What must not be in any text that is stored or shown, should the provider repeat it. */
  secrets: readonly string[];
}

/** `refused`: it said no, and why. `unreachable`: no complete answer; ask again later. */
export type ProviderAnswer =
  | { kind: 'answer'; body: Json }
  | { kind: 'refused'; class: RefusalClass; code: string; message: string }
  | { kind: 'unreachable'; code: string; message: string };

export type ProviderFault = Exclude<ProviderAnswer, { kind: 'answer' }>;

/**
 * @param refusal what an answer other than 2xx means; null: nothing that is known, so that it may pass
 */
export async function askProvider(
  { provider, url, method = 'GET', headers = {}, body, secrets }: ProviderQuestion,
  refusal: (status: number, body: unknown) => { class: RefusalClass; code: string; message: string } | null,
  { fetch: request = fetch, signal }: Pick<SendOptions, 'fetch' | 'signal'>,
): Promise<ProviderAnswer> {
  const redacted = (text: string): string => shorten(secrets.filter((secret) => secret !== '').reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), clean(text)));
  if (!Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value))) {
    return { kind: 'refused', class: 'reauthorise', code: 'invalid-token', message: 'The token is not printable ASCII.' };
  }
  try {
    // Redirects are not followed: they would carry the secret elsewhere.
    const response = await request(url, { method, redirect: 'manual', signal, headers: { accept: 'application/json', ...headers }, ...(body === undefined ? {} : { body }) });
    const answer = await readJson(response);
    if (response.ok && isRecord(answer)) return { kind: 'answer', body: answer };
    const known = response.ok ? null : refusal(response.status, answer);
    if (known) return { kind: 'refused', ...known, message: redacted(known.message) };
    return { kind: 'unreachable', code: `http-${response.status}`, message: `${provider} answered HTTP ${response.status} in a form it does not document.` };
  } catch (error) {
    return { kind: 'unreachable', code: 'unreachable', message: redacted(`${provider} gave no complete answer: ${reasonOf(error)}`) };
  }
}
