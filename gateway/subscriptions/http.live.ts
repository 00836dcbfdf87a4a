// Live operations over HTTP: the same authentication, limits and rules as on a socket, one operation an answer.
import { GraphQLError } from 'graphql';
import type { HeaderMap } from '@apollo/server';
import { anonymous } from '../../subgraphs/kernel/base/actor.js';
import { codeOf, type TopLevelCode } from '../../subgraphs/kernel/base/errors.js';
import { answer, json, type Exchange } from '../../subgraphs/kernel/base/http.exchange.js';
import { SubgraphUnavailable } from '../../subgraphs/kernel/base/subgraph-port.js';
import { givenIn } from '../access/credential.js';
import { badRequest, tooCostly } from '../errors.js';
import { publishedCode, UNREAD } from '../usage/usage.tally.js';
import { holderOf } from './live.caps.js';
import { actorOf, contextOf, execute, prepare, type Asked, type LiveParts, type Prepared } from './operations.js';
import type { StreamFormat } from './stream.format.js';
import { StreamedAnswer } from './streamed.answer.js';

/** A status where it says more than 400. */
const STATUS: Partial<Record<TopLevelCode, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, RATE_LIMITED: 429 };

/** What Apollo Server would answer such an error with. */
function httpOf(error: unknown): { status: number; headers: Record<string, string> } {
  if (error instanceof SubgraphUnavailable) return { status: 503, headers: { 'retry-after': '1' } };
  const own = error instanceof GraphQLError ? (error.extensions['http'] as { status?: number; headers?: HeaderMap } | undefined) : undefined;
  const code = codeOf(error);
  return { status: own?.status ?? (code && STATUS[code]) ?? 400, headers: Object.fromEntries(own?.headers ?? []) };
}

/** Answers with a stream, or with JSON and a status that say why not. */
export async function serveLive(exchange: Exchange, parts: LiveParts, format: StreamFormat, asked: Asked): Promise<void> {
  const { authenticator, admission, clock, errors, logger, pages, peers, proxies, streams, tally } = parts;
  const { request, response, correlationId } = exchange;
  exchange.route = 'live';
  const [origin, page] = [proxies.originOf(request), pages.foreign(request)];
  const refuse = (refusals: readonly unknown[], peer?: StreamedAnswer): void => {
    const published = refusals.map((error) => errors.publish(error, correlationId));
    if (published[0]) tally.count(peer ? actorOf(peer) : anonymous(origin.ip, origin.userAgent), UNREAD, publishedCode(published[0]));
    const { status, headers } = httpOf(refusals[0]);
    if (!response.headersSent) answer(exchange, json(status, { errors: published }, headers));
  };
  let peer: StreamedAnswer;
  try {
    const caller = await authenticator.authenticate(givenIn(request), origin);
    await admission.admit({ actor: caller.actor, page });
    peer = new StreamedAnswer(response, format, caller, clock.now(), origin, page, request.headers['accept-language'] ?? null, (reason) =>
      logger.warn({ correlationId, reason }, 'a streamed answer was dropped'));
  } catch (error) {
    return refuse([error]);
  }
  // Who went away meanwhile closes nothing any more.
  if (!peer.open) return;
  const giveBack = streams.take(holderOf(peer.caller.actor));
  if (!giveBack) return refuse([tooCostly('Too many connections are open: close some, or try again later.', 'connections')], peer);
  peers.add(peer);
  response.once('close', () => {
    peers.delete(peer);
    giveBack();
  });
  const context = { ...contextOf(peer), correlationId };
  try {
    const outcome = await prepare(parts, peer, asked, context, (result) => peer.next(result));
    if (!('accepted' in outcome)) return refuse(outcome, peer);
    await tell(parts, peer, outcome, response);
  } catch (error) {
    if (response.headersSent) throw error;
    refuse([error], peer);
  }
}

async function tell(parts: LiveParts, peer: StreamedAnswer, prepared: Prepared, response: Exchange['response']): Promise<void> {
  const { live } = prepared;
  peer.begin();
  if (!live) {
    peer.next(JSON.stringify(await execute(parts, prepared)));
    return peer.finish(null);
  }
  response.once('close', () => void live.return());
  if (!peer.open) return void live.return();
  try {
    await live.next();
    peer.finish(null);
  } catch (error) {
    peer.finish([parts.errors.publish(error, prepared.context.correlationId)]);
  }
}

/** Of a subscription that no stream was asked for. */
export const notAcceptable = (): GraphQLError => badRequest(
  'Subscriptions are served over graphql-transport-ws, and over HTTP as `Accept: multipart/mixed;subscriptionSpec=1.0` or `Accept: text/event-stream`.', 'SUBSCRIPTION_OVER_HTTP');
