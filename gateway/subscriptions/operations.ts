// What one socket may ask: operations pass the same gate as over HTTP, refusals are `error` frames, nothing here throws.
import type { Context, OperationResult, ServerOptions, SubscribePayload } from 'graphql-ws';
import { GraphQLError, type ExecutionArgs, type ExecutionResult, type FormattedExecutionResult } from 'graphql';
import { randomUUID } from 'node:crypto';
import { anonymous } from '../../subgraphs/kernel/base/actor.js';
import { SubgraphUnavailable } from '../../subgraphs/kernel/base/subgraph-port.js';
import { Unavailable } from '../access/access.refusals.js';
import type { OperationContext } from '../data-sources/subgraph.data-source.js';
import type { AcceptedOperation, Documents } from '../documents.js';
import { tooCostly, type ErrorPublisher } from '../errors.js';
import type { GraphServer } from '../graphql.server.js';
import { nameOf, publishedCode, UNREAD, type UsageTally } from '../usage/usage.tally.js';
import { CLOSE, type Connection } from './connection.js';
import type { SubscriptionPlans } from './plan.js';
import { recheck, type RecheckParts } from './recheck.js';
import type { LiveResults, SubscriptionRunner } from './run.js';

/** Most operations under way on one socket. */
export const MAX_OPERATIONS = 100;

export interface OperationParts extends RecheckParts {
  server: GraphServer;
  documents: Documents;
  plans: SubscriptionPlans;
  runner: SubscriptionRunner;
  errors: ErrorPublisher;
  tally: UsageTally;
}

/** What `onSubscribe` hands to `subscribe` and `execute` through the library's context value. */
interface Prepared {
  accepted: AcceptedOperation;
  variables: Record<string, unknown>;
  context: OperationContext;
  live: LiveResults | null;
  connection: Connection;
}

export type Init = Record<string, unknown> | undefined;
export type SocketContext = Context<Init, Connection>;
type Hooks = Required<Pick<ServerOptions<Init, Connection>, 'onSubscribe' | 'subscribe' | 'execute' | 'onNext' | 'onError'>>;

export function operationHooks(parts: OperationParts): Hooks {
  const prepared = new WeakMap<ExecutionArgs, Prepared>();
  const taken = (args: ExecutionArgs): Prepared => {
    const found = prepared.get(args);
    if (!found) throw new Error('An operation was not prepared');
    return found;
  };
  return {
    onSubscribe: async (ctx, _id, payload) => {
      const context = contextOf(ctx.extra);
      try {
        const outcome = await prepare(parts, ctx, payload, context);
        if (!('accepted' in outcome)) return outcome;
        // What is no subscription is counted when it has run.
        if (outcome.live) parts.tally.count(context.actor(), nameOf(outcome.accepted.operation));
        const { document, operationName } = outcome.accepted;
        const args: ExecutionArgs = { schema: parts.documents.schema, document, operationName };
        prepared.set(args, outcome);
        return args;
      } catch (error) {
        // An `error` frame would end the subscription for good; a client that comes back takes it up again.
        if (error instanceof SubgraphUnavailable || error instanceof Unavailable) {
          ctx.extra.close(CLOSE.tryAgainLater, 'Unavailable: reconnect and resume');
        }
        return [parts.errors.publishedError(error, context.correlationId)];
      }
    },
    subscribe: (args) => taken(args).live as OperationResult,
    execute: async (args) => (await execute(parts, taken(args))) as ExecutionResult,
    // Results are formatted already; the library would otherwise call toJSON on their errors.
    onNext: (_ctx, _id, _payload, _args, result) => result as FormattedExecutionResult,
    onError: (ctx, _id, _payload, errors) => {
      const published = errors.map((error) => parts.errors.publish(error));
      if (published[0]) parts.tally.count(contextOf(ctx.extra).actor(), UNREAD, publishedCode(published[0]));
      return published;
    },
  };
}

/** On a socket the rights of the caller are those of now, at every event. */
const contextOf = (connection: Connection): OperationContext => ({
  correlationId: randomUUID(),
  actor: () => connection.caller?.actor ?? anonymous(connection.origin.ip, connection.origin.userAgent),
});

async function prepare(
  parts: OperationParts, ctx: SocketContext, payload: SubscribePayload, context: OperationContext,
): Promise<Prepared | readonly GraphQLError[]> {
  const { documents, plans, runner } = parts;
  const connection = ctx.extra;
  if (Object.keys(ctx.subscriptions).length > MAX_OPERATIONS) {
    return [tooCostly(`A socket carries at most ${MAX_OPERATIONS} operations at a time.`, 'subscriptions')];
  }
  // As over HTTP: who asks is known at this moment, or nothing runs.
  const refused = await recheck(connection, parts);
  if (refused) return [refused];
  const accepted = documents.accept(payload.query, payload.operationName);
  if (Array.isArray(accepted)) return accepted;
  const live = accepted.operation.operation === 'subscription';
  const writes = accepted.operation.operation === 'mutation';
  await parts.admission.begin({ actor: context.actor(), page: connection.page }, { live, writes, language: connection.language });
  const variables = payload.variables ?? {};
  const wrong = documents.variableErrors(accepted, variables);
  if (wrong.length > 0) return wrong;
  if (!live) return { accepted, variables, context, live: null, connection };
  const interrupted = (): Promise<void> => connection.leave(CLOSE.restarted, 'Interrupted: reconnect and resume');
  const results = await runner.start(plans.planOf(accepted), variables, context, interrupted);
  return Array.isArray(results) ? results : { accepted, variables, context, live: results, connection };
}

/** A query or mutation, through the same server as over HTTP. */
async function execute({ server, errors }: OperationParts, prepared: Prepared): Promise<FormattedExecutionResult> {
  const { accepted: { query, operationName }, variables, context, connection } = prepared;
  connection.running += 1;
  try {
    const { body } = await server.executeOperation({ query, operationName, variables }, { contextValue: context });
    if (body.kind !== 'single') throw new Error('The gateway does not deliver incrementally');
    return body.singleResult;
  } catch (error) {
    return { errors: [errors.publish(error, context.correlationId)] };
  } finally {
    connection.running -= 1;
  }
}
