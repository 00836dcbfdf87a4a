// One call of an endpoint: signed as Standard Webhooks has it, to where it was given and nowhere else, and no longer than it may take.
import { fetchGiven } from '../../kernel/base/given-address.js';
import { AddressRefused } from '../../kernel/base/public-address.js';
import { standardHeaders } from '../../kernel/crypto/standard-webhooks.js';

/** Source: the specification asks for 15 to 30 seconds; a till that takes longer than this has lost its customer. */
export const TIMEOUT_MS = 10_000;

export interface Call {
  url: string;
  secrets: readonly [string, ...string[]];
  webhookId: string;
  body: string;
  toLoopback: boolean;
}

export interface Called {
  /** Null: no answer came. */
  status: number | null;
  /** Null: it was taken. For a person, and without anything the endpoint said: that is not ours to keep. */
  failure: string | null;
  /** Seconds that it asked to be left alone for. */
  retryAfter: number | null;
  durationMs: number;
}

/** Never rejects: whatever goes wrong is an outcome. */
export async function call({ url, secrets, webhookId, body, toLoopback }: Call, timeoutMs = TIMEOUT_MS): Promise<Called> {
  const begun = performance.now();
  const outcome = (status: number | null, failure: string | null, retryAfter: number | null = null): Called => ({ status, failure, retryAfter, durationMs: Math.round(performance.now() - begun) });
  try {
    const response = await fetchGiven(url, toLoopback)(url, {
      method: 'POST', body, signal: AbortSignal.timeout(timeoutMs),
      // The time of the attempt, as the specification has it: receivers refuse what is old.
      headers: { 'content-type': 'application/json', 'user-agent': 'Switchboard', ...standardHeaders(webhookId, body, secrets, new Date()) },
    });
    // Nothing of the answer but its status is of interest, so that none of it is read.
    await response.body?.cancel();
    const { status } = response;
    if (response.ok) return outcome(status, null);
    const redirected = status >= 300 && status < 400 ? ' Redirects are not followed: give the address they lead to.' : '';
    return outcome(status, `The endpoint answered HTTP ${status}.${redirected}`, secondsOf(response.headers.get('retry-after')));
  } catch (error) {
    return outcome(null, reasonOf(error, timeoutMs));
  }
}

/** Of the two forms of the header the one that is used. */
const secondsOf = (header: string | null): number | null => (header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null);

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `The endpoint did not answer within ${timeoutMs / 1_000} seconds.`;
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AddressRefused) return `The endpoint is not called: ${cause.message}`;
  const { code } = (cause ?? error) as { code?: unknown };
  return `The endpoint could not be reached${typeof code === 'string' ? ` (${code})` : ''}.`;
}
