// How live results are written into one HTTP answer: multipart as Apollo's clients read it, and server-sent events.
import type { GraphQLFormattedError } from 'graphql';

/** A way to write one answer that goes on. Everything here is text that is complete in itself: a reader need not wait for what comes next. */
export interface StreamFormat {
  headers: Readonly<Record<string, string>>;
  /** Before anything else. */
  opening: string;
  /** @param json one result */
  result(json: string): string;
  /** The operation ended by itself. */
  complete: string;
  /** The operation was ended, and why. */
  refused(errors: readonly GraphQLFormattedError[]): string;
  /** That somebody is still there. */
  heartbeat: string;
}

const BOUNDARY = 'graphql';
/** A part is over when the boundary after it has come, so that each brings it along. */
const part = (json: string): string => `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${json}\r\n--${BOUNDARY}`;

/** Multipart subscriptions over HTTP, version 1.0, of Apollo's router and clients. */
const MULTIPART: StreamFormat = {
  headers: { 'content-type': `multipart/mixed;boundary="${BOUNDARY}";subscriptionSpec=1.0` },
  opening: `\r\n--${BOUNDARY}`,
  result: (json) => part(`{"payload":${json}}`),
  complete: '--\r\n',
  refused: (errors) => `${part(JSON.stringify({ payload: null, errors }))}--\r\n`,
  heartbeat: part('{}'),
};

/** GraphQL over server-sent events, "distinct connections mode", of graphql-sse. JSON has no line breaks of its own. */
const EVENTS: StreamFormat = {
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  opening: ':\n\n',
  result: (json) => `event: next\ndata: ${json}\n\n`,
  complete: 'event: complete\ndata:\n\n',
  refused: (errors) => `event: next\ndata: ${JSON.stringify({ errors })}\n\nevent: complete\ndata:\n\n`,
  heartbeat: ':\n\n',
};

/** What the header `Accept` asks for; null: neither. */
export function formatIn(accept = ''): StreamFormat | null {
  for (const wanted of accept.toLowerCase().split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const [type, ...parameters] = wanted.split(';').map((word) => word.trim());
    if (type === 'text/event-stream') return EVENTS;
    if (type === 'multipart/mixed' && parameters.some((one) => /^subscriptionspec="?1\.0"?$/.test(one))) return MULTIPART;
  }
  return null;
}
