// What the parts of the Graph API stand-in share: reading bodies, answering, and errors as Meta words them.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Json = Record<string, unknown>;

/** Why a request is refused, by the code that Meta documents. */
export interface Flaw {
  code: number;
  message: string;
}

export const flaw = (code: number, message: string): Flaw => ({ code, message });

const MAX_BODY_BYTES = 1024 * 1024;

export function graphError({ code, message }: Flaw): Json {
  return { error: { message: `(#${code}) ${message}`, type: 'OAuthException', code, fbtrace_id: randomUUID().replaceAll('-', '').slice(0, 23) } };
}

/** The JSON of a body, null when it is none, undefined when it exceeds 1 MiB (read to its end, so that the caller hears why). */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text of 1 to `most` characters. */
export const isText = (value: unknown, most: number): value is string => typeof value === 'string' && value !== '' && value.length <= most;

export function reply(response: ServerResponse, status: number, body?: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }).end(text);
}
