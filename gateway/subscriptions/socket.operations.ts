// Operations of a WebSocket as graphql-ws asks for them: refusals are `error` frames, nothing here throws.
import type { Context, OperationResult, ServerOptions } from 'graphql-ws';
import type { ExecutionArgs, ExecutionResult, FormattedExecutionResult } from 'graphql';
import { SubgraphUnavailable } from '../../subgraphs/kernel/base/subgraph-port.js';
import { Unavailable } from '../access/access.refusals.js';
import { tooCostly } from '../errors.js';
import { publishedCode, UNREAD } from '../usage/usage.tally.js';
import type { Connection } from './connection.js';
import { actorOf, contextOf, execute, prepare, type OperationParts, type Prepared } from './operations.js';
import { CLOSE } from './peer.js';

/** Most operations under way on one socket. */
export const MAX_OPERATIONS = 100;

export type Init = Record<string, unknown> | undefined;
export type SocketContext = Context<Init, Connection>;
type Hooks = Required<Pick<ServerOptions<Init, Connection>, 'onSubscribe' | 'subscribe' | 'execute' | 'onNext' | 'onError'>>;

export function operationHooks(parts: OperationParts): Hooks {
  /** What `onSubscribe` hands to `subscribe` and `execute`. */
  const prepared = new WeakMap<ExecutionArgs, Prepared & { connection: Connection }>();
  const taken = (args: ExecutionArgs): Prepared & { connection: Connection } => {
    const found = prepared.get(args);
    if (!found) throw new Error('An operation was not prepared');
    return found;
  };
  return {
    onSubscribe: async ({ extra: connection, subscriptions }, id, payload) => {
      if (Object.keys(subscriptions).length > MAX_OPERATIONS) {
        return [tooCostly(`A socket carries at most ${MAX_OPERATIONS} operations at a time.`, 'subscriptions')];
      }
      const context = contextOf(connection);
      const before = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
      try {
        // Written here and not by the library, which would make the same text again for each of many subscribers.
        const outcome = await prepare(parts, connection, payload, context, (json) => connection.send(`${before}${json}}`));
        if (!('accepted' in outcome)) return outcome;
        const { document, operationName } = outcome.accepted;
        const args: ExecutionArgs = { schema: parts.documents.schema, document, operationName };
        prepared.set(args, { ...outcome, connection });
        return args;
      } catch (error) {
        // An `error` frame would end the subscription for good; a client that comes back takes it up again.
        if (error instanceof SubgraphUnavailable || error instanceof Unavailable) {
          connection.close(CLOSE.tryAgainLater, 'Unavailable: reconnect and resume');
        }
        return [parts.errors.publishedError(error, context.correlationId)];
      }
    },
    subscribe: (args) => taken(args).live as OperationResult,
    execute: async (args) => {
      const { connection, ...operation } = taken(args);
      connection.running += 1;
      try {
        return (await execute(parts, operation)) as ExecutionResult;
      } finally {
        connection.running -= 1;
      }
    },
    // Results are formatted already; the library would otherwise call toJSON on their errors.
    onNext: (_ctx, _id, _payload, _args, result) => result as FormattedExecutionResult,
    onError: ({ extra }, _id, _payload, errors) => {
      const published = errors.map((error) => parts.errors.publish(error));
      if (published[0]) parts.tally.count(actorOf(extra), UNREAD, publishedCode(published[0]));
      return published;
    },
  };
}
