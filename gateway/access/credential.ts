// Which credential a call carries: one access token or one API key, wherever it was put. Two different ones are refused.
import type { IncomingMessage } from 'node:http';
import { apiKeyHash, isApiKey, looksLikeApiKey } from '../../subgraphs/kernel/base/api-key.js';
import { ambiguous, keyRefused, tokenRefused } from './access.refusals.js';

/** What a call says, each header as often as it was sent: Node would drop a second `Authorization` silently. */
export interface Given {
  authorization: readonly string[];
  apiKey: readonly string[];
}

export type Credential = { kind: 'token'; token: string } | { kind: 'api_key'; hash: string } | { kind: 'delegation'; token: string };

/** Shown by workers that act for somebody (kernel/base/delegation.ts). */
const DELEGATION = /^Delegation +([\w-]+\.[\w-]+)$/;
const BEARER = /^Bearer +([\w.~+/=-]+)$/i;

export const givenIn = ({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>): Given => ({
  authorization: headersDistinct['authorization'] ?? [], apiKey: headersDistinct['x-api-key'] ?? [],
});

/** What `connection_init` says; null when it names no credential; undefined when one of them is no text. */
export function givenInInit(init: Record<string, unknown> | undefined): Given | null | undefined {
  const named = (wanted: string): unknown[] =>
    Object.entries(init ?? {}).filter(([name, value]) => name.toLowerCase() === wanted && value !== null && value !== undefined).map(([, value]) => value);
  const [authorization, apiKey] = [named('authorization'), named('x-api-key')];
  if (authorization.length + apiKey.length === 0) return null;
  const text = (values: unknown[]): values is string[] => values.every((value) => typeof value === 'string');
  return text(authorization) && text(apiKey) ? { authorization, apiKey } : undefined;
}

/** @returns null for a caller who gives nothing. @throws UNAUTHENTICATED for what is no credential, and for several */
export function credentialOf({ authorization, apiKey }: Given): Credential | null {
  const headers = authorization.map((text) => text.trim()).filter(Boolean);
  // The same header twice is two wishes, whatever they say.
  if (headers.length > 1) throw ambiguous();
  const delegation = DELEGATION.exec(headers[0] ?? '')?.[1];
  if (delegation !== undefined) {
    if (apiKey.length > 0) throw ambiguous();
    return { kind: 'delegation', token: delegation };
  }
  const bearer = headers.map((text) => {
    const token = BEARER.exec(text)?.[1];
    if (token === undefined) throw tokenRefused('invalid');
    return token;
  });
  const keys = apiKey.map((text) => text.trim()).filter(Boolean);
  const [text, ...others] = new Set([...bearer, ...keys]);
  if (text === undefined) return null;
  if (others.length > 0) throw ambiguous();
  if (keys.length === 0 && !looksLikeApiKey(text)) return { kind: 'token', token: text };
  // Most wrong keys are mistyped ones: their checksum tells without asking anybody.
  if (!isApiKey(text)) throw keyRefused('invalid');
  return { kind: 'api_key', hash: apiKeyHash(text) };
}
