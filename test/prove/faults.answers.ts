// What an answer of the product is to whoever asked: whole, partial or refused in its published form; anything else is a violation.
import type { GraphAnswer } from '../kit/platform.js';

export type Verdict =
  | { kind: 'whole'; data: Record<string, unknown> }
  /** Some fields are there; the errors name the others. */
  | { kind: 'partial'; data: Record<string, unknown>; missing: string[] }
  /** A typed error instead of an answer. */
  | { kind: 'refused'; status: number }
  /** The connection broke or was not taken: what a dead process looks like from outside. */
  | { kind: 'unanswered' }
  | { kind: 'wrong'; why: string };

/** What must never leave the house: places in the code, words of the database or the system, addresses inside. */
const INSIDE = /\bat .{0,200}\.[jt]s:\d+|node_modules|\b(?:ECONN\w+|ENOSPC|EPIPE)\b|No space left|could not (?:extend|write)|relation "|permission denied|postgres(?:ql)?:\/\/|redis:\/\/|127\.0\.0\.1:\d/i;

export function judgeGraph(status: number, text: string): Verdict {
  if (INSIDE.test(text)) return wrong(`it tells what is inside: ${text.slice(0, 300)}`);
  let answer: GraphAnswer;
  try {
    answer = JSON.parse(text) as GraphAnswer;
  } catch {
    return wrong(`HTTP ${status} without JSON: ${JSON.stringify(text.slice(0, 200))}`);
  }
  const { data = null, errors = [] } = answer;
  const untyped = errors.find(({ extensions }) => extensions?.['code'] !== 'INTERNAL' || typeof extensions['reference'] !== 'string');
  if (untyped) return wrong(`HTTP ${status}, an error that is not one of a fault of ours: ${JSON.stringify(untyped)}`);
  if (data === null) return errors.length > 0 ? { kind: 'refused', status } : wrong(`HTTP ${status}, neither data nor errors`);
  if (errors.length === 0) return status === 200 ? { kind: 'whole', data } : wrong(`HTTP ${status} with a whole answer`);
  const missing = errors.map(({ path }) => path?.join('.') ?? '');
  if (missing.includes('')) return wrong(`partial, with an error that names no field: ${JSON.stringify(errors)}`);
  // A page on which nothing is left is blank, whatever it says.
  if (Object.values(data).every((field) => field === null)) return { kind: 'refused', status };
  return { kind: 'partial', data, missing };
}

/** A provider reads the status alone: 200 is an acknowledgement, 5xx means later. */
export function judgeWebhook(status: number, text: string): Verdict {
  if (INSIDE.test(text)) return wrong(`it tells what is inside: ${text.slice(0, 300)}`);
  if (status === 200) return { kind: 'whole', data: {} };
  return status >= 500 && text !== '' ? { kind: 'refused', status } : wrong(`the webhook was answered with ${status} ${text.slice(0, 200)}`);
}

/** Longer than any time limit of the product: whoever still waits then would wait for ever. */
const PATIENCE_MS = 30_000;

/** @throws what is neither an answer nor a broken connection */
export async function asked(url: string, request: RequestInit, judge: (status: number, text: string) => Verdict): Promise<Verdict> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(PATIENCE_MS) });
    return judge(response.status, await response.text());
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'TimeoutError') return wrong(`no answer within ${PATIENCE_MS / 1000} s`);
    if (message !== 'fetch failed' && message !== 'terminated') throw error;
    return { kind: 'unanswered' };
  }
}

export const askGraph = (url: string, query: string, variables: Record<string, unknown>, accessToken: string): Promise<Verdict> => asked(`${url}/graphql`, {
  method: 'POST', body: JSON.stringify({ query, variables }), headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
}, judgeGraph);

const wrong = (why: string): Verdict => ({ kind: 'wrong', why });
