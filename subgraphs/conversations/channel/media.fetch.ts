// Getting a file by an address that a provider gave. A secret goes only where it belongs, however the way is redirected.
import { AddressRefused } from '../../kernel/base/public-address.js';
import { clean, isRecord } from './payload.js';
import type { MediaAnswer, MediaOptions } from './media.port.js';

const MOST_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface MediaAddress {
  url: string;
  /** A header value, and whom it may be shown. */
  authorization?: { value: string; isFor: (url: URL) => boolean };
}

const again = (message: string): MediaAnswer => ({ kind: 'refused', again: true, message });
const never = (reason: 'EXPIRED' | 'NOT_ALLOWED', message: string): MediaAnswer => ({ kind: 'refused', again: false, reason, message });

/** Asks for a file and follows where it is. Each address on the way must be one that may be called. */
export async function fetchFile({ url: given, authorization }: MediaAddress, { fetch: request, signal }: Omit<MediaOptions, 'providers'>): Promise<MediaAnswer> {
  let url = URL.parse(given);
  for (let hop = 0; url && hop <= MOST_REDIRECTS; hop += 1) {
    const headers: Record<string, string> = authorization?.isFor(url) ? { authorization: authorization.value } : {};
    let answer: Response;
    try {
      answer = await request(url.href, { headers, signal, redirect: 'manual' });
    } catch (error) {
      return failure(error);
    }
    if (!REDIRECTS.has(answer.status)) return fileOf(answer);
    await answer.body?.cancel();
    url = URL.parse(answer.headers.get('location') ?? '', url.href);
  }
  return never('NOT_ALLOWED', url ? 'The file is behind too many redirects.' : 'The address of the file is none.');
}

function failure(error: unknown): MediaAnswer {
  const cause: unknown = isRecord(error) && error.cause !== undefined ? error.cause : error;
  if (cause instanceof AddressRefused) return never('NOT_ALLOWED', cause.message);
  return again(`The provider could not be reached: ${clean(isRecord(cause) ? String(cause.message || cause.code || cause.name) : String(cause)).slice(0, 200)}`);
}

async function fileOf(answer: Response): Promise<MediaAnswer> {
  const { status, body } = answer;
  const length = Number(answer.headers.get('content-length') ?? Number.NaN);
  if (status === 200) return { kind: 'file', bytes: body ?? empty(), length: Number.isSafeInteger(length) ? length : null };
  await body?.cancel();
  return refusalOf(status);
}

async function* empty(): AsyncGenerator<Uint8Array> {}

/** 401 and 403: an address whose time is over, or a token that may be renewed. */
function refusalOf(status: number): MediaAnswer {
  if (status === 404 || status === 410) return never('EXPIRED', `The provider has no such file (any more): HTTP ${status}.`);
  return again(`The provider answered HTTP ${status}.`);
}
