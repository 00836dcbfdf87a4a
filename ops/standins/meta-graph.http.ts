// What the parts of the Graph API stand-in share: errors as Meta words them.
import { randomUUID } from 'node:crypto';
import { isRecord, type Json } from './standin.server.js';

export { isRecord, type Json };

/** Why a request is refused, by the code that Meta documents. */
export interface Flaw {
  code: number;
  message: string;
}

export const flaw = (code: number, message: string): Flaw => ({ code, message });

export function graphError({ code, message }: Flaw): Json {
  return { error: { message: `(#${code}) ${message}`, type: 'OAuthException', code, fbtrace_id: randomUUID().replaceAll('-', '').slice(0, 23) } };
}

/** A text of 1 to `most` characters. */
export const isText = (value: unknown, most: number): value is string => typeof value === 'string' && value !== '' && value.length <= most;
