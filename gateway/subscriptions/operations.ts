// What is asked over a stream, whichever transport: it passes the same gate as over HTTP, and is known by who asks at this moment.
import { GraphQLError, type FormattedExecutionResult } from 'graphql';
import { randomUUID } from 'node:crypto';
import { anonymous, type Actor } from '../../subgraphs/kernel/base/actor.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import type { OperationContext } from '../data-sources/subgraph.data-source.js';
import type { AcceptedOperation, Documents } from '../documents.js';
import { tooCostly, type ErrorPublisher } from '../errors.js';
import type { GraphServer } from '../graphql.server.js';
import type { Proxies } from '../proxies.js';
import type { Pages } from '../settings/pages.js';
import { nameOf, type UsageTally } from '../usage/usage.tally.js';
import type { FanOut } from './fan-out.js';
import { holderOf, type Cap } from './live.caps.js';
import type { LiveSubscription } from './live.subscription.js';
import { CLOSE, type Peer } from './peer.js';
import type { Peers } from './peers.js';
import type { SubscriptionPlans } from './plan.js';
import { recheck, type RecheckParts } from './recheck.js';

export interface OperationParts extends RecheckParts {
  server: GraphServer;
  documents: Documents;
  plans: SubscriptionPlans;
  fanOut: FanOut;
  /** Of live subscriptions. */
  cap: Cap;
  errors: ErrorPublisher;
  tally: UsageTally;
  metrics: Metrics;
}

/** What both transports are made of. */
export interface LiveParts extends OperationParts {
  pages: Pages;
  proxies: Proxies;
  peers: Peers;
  /** Of sockets and streamed answers. */
  streams: Cap;
}

/** As GraphQL over HTTP has it. */
export interface Asked {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

export interface Prepared {
  accepted: AcceptedOperation;
  variables: Record<string, unknown>;
  context: OperationContext;
  /** Of a subscription; null: a query or mutation, which has not run yet. */
  live: LiveSubscription | null;
}

/** The rights of the caller are those of now, at every event. */
export const contextOf = (peer: Peer): OperationContext => ({ correlationId: randomUUID(), actor: () => actorOf(peer) });

export const actorOf = ({ caller, origin }: Peer): Actor => caller?.actor ?? anonymous(origin.ip, origin.userAgent);

/**
 * What is to run, or why not. A subscription stands when this returns.
 * @param next told of each result, as JSON
 * @throws SubgraphUnavailable, Unavailable: whoever asks is to come back
 */
export async function prepare(
  parts: OperationParts, peer: Peer, asked: Asked, context: OperationContext, next: (json: string) => void,
): Promise<Prepared | readonly GraphQLError[]> {
  const { documents, admission, tally } = parts;
  // As over HTTP: who asks is known at this moment, or nothing runs.
  const refused = await recheck(peer, parts);
  if (refused) return [refused];
  const met = documents.accept(asked.query, asked.operationName);
  if (Array.isArray(met)) return met;
  const { operation } = met.operation;
  await admission.begin({ actor: context.actor(), page: peer.page }, {
    live: operation === 'subscription', writes: operation === 'mutation', delegated: peer.caller?.proof?.kind === 'delegation', language: peer.language,
  });
  // The graph may have become another while it was waited.
  const accepted = documents.accept(asked.query, asked.operationName);
  if (Array.isArray(accepted)) return accepted;
  const variables = asked.variables ?? {};
  const wrong = documents.variableErrors(accepted, variables);
  if (wrong.length > 0) return wrong;
  if (operation !== 'subscription') return { accepted, variables, context, live: null };
  const live = await listen(parts, peer, { accepted, variables, context }, next);
  if (Array.isArray(live)) return live;
  // What is no subscription is counted when it has run.
  tally.count(context.actor(), nameOf(accepted.operation));
  return { accepted, variables, context, live };
}

async function listen(
  { plans, fanOut, cap, metrics }: OperationParts, peer: Peer, { accepted, variables, context }: Omit<Prepared, 'live'>, next: (json: string) => void,
): Promise<LiveSubscription | GraphQLError[]> {
  const giveBack = cap.take(holderOf(context.actor()));
  if (!giveBack) return [tooCostly('Too many live subscriptions are open: end some, or try again later.', 'subscriptions')];
  const outlet = {
    ...context, next,
    ended: () => {
      giveBack();
      metrics.liveSubscriptions.dec();
    },
    interrupted: () => void peer.leave(CLOSE.restarted, 'Interrupted: reconnect and resume'),
  };
  try {
    const live = await fanOut.subscribe({ plan: plans.planOf(accepted), variables, outlet });
    if (Array.isArray(live)) giveBack();
    else metrics.liveSubscriptions.inc();
    return live;
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** A query or mutation, through the same server as over HTTP. */
export async function execute({ server, errors }: OperationParts, { accepted: { query, operationName }, variables, context }: Prepared): Promise<FormattedExecutionResult> {
  try {
    const { body } = await server.executeOperation({ query, operationName, variables }, { contextValue: context });
    if (body.kind !== 'single') throw new Error('The gateway does not deliver incrementally');
    return body.singleResult;
  } catch (error) {
    return { errors: [errors.publish(error, context.correlationId)] };
  }
}
