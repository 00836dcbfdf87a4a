// A planned subscription: the stream at its owner, and the federated answer to each of its events.
import { executeQueryPlan, type GraphQLDataSource } from '@apollo/gateway';
import { GraphQLError, type FormattedExecutionResult } from 'graphql';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { StreamInterrupted, SubgraphPort, SubgraphResult, SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { ActorSigner } from '../actor.js';
import { subgraphHeaders } from '../data-sources/subgraph.data-source.js';
import { fromSubgraph, type ErrorPublisher } from '../errors.js';
import { libraryLogger } from '../supergraph.js';
import type { Outlet } from './live.subscription.js';
import { EVENT_SOURCE, type SubscriptionPlan } from './plan.js';

type RequestContext = Parameters<typeof executeQueryPlan>[2];
/** What the executor reads of a request; the rest belongs to the server in front of it. */
type Used = 'request' | 'context' | 'document' | 'operation' | 'operationName' | 'source' | 'schema' | 'logger' | 'metrics';

export interface RunnerParts {
  subgraphs: Readonly<Record<string, SubgraphPort>>;
  dataSources: Readonly<Record<string, GraphQLDataSource>>;
  signer: ActorSigner;
  errors: ErrorPublisher;
  logger: Logger;
}

export class SubscriptionRunner {
  constructor(private readonly parts: RunnerParts) {}

  /** The stream at the owner of the field, or why it refuses. @throws SubgraphUnavailable */
  async open({ primary }: SubscriptionPlan, variables: Record<string, unknown>, as: Outlet): Promise<SubgraphStream | GraphQLError[]> {
    const port = this.parts.subgraphs[primary.serviceName];
    if (!port) throw new Error(`No subgraph "${primary.serviceName}" to subscribe to`);
    const used = new Set(primary.variableUsages ?? []);
    const opened = await port.subscribe({
      query: primary.operation,
      operationName: primary.operationName,
      variables: Object.fromEntries(Object.entries(variables).filter(([name]) => used.has(name))),
      headers: subgraphHeaders(as, this.parts.signer),
    });
    return isStream(opened) ? opened : this.#refusal(opened, primary.serviceName);
  }

  #refusal({ errors }: SubgraphResult, serviceName: string): GraphQLError[] {
    if (!errors?.length) return [new GraphQLError(`The subgraph ${serviceName} answered a subscription without a stream`)];
    return errors.map((error) => fromSubgraph(error, serviceName));
  }

  /** One event, completed. The executor merges into what it is given, so every execution has its own copy. */
  async complete(
    plan: SubscriptionPlan, event: SubgraphResult, variables: Record<string, unknown>, as: Outlet,
  ): Promise<FormattedExecutionResult> {
    const { dataSources, errors, logger } = this.parts;
    const { state } = plan;
    const { document, operation, operationName, query } = plan.operation;
    const source: GraphQLDataSource = { process: async () => structuredClone(event) };
    const requestContext: Pick<RequestContext, Used> = {
      request: { query, operationName, variables },
      context: as, document, operation, operationName: operationName ?? null, source: query, schema: state.schema,
      logger: libraryLogger(logger),
      metrics: {},
    };
    const result = await executeQueryPlan(
      plan.perEvent, { ...dataSources, [EVENT_SOURCE]: source }, requestContext as RequestContext, plan.operationContext,
      state.supergraphSchema, state.apiSchema,
    );
    const data = result.data ?? null;
    if (!result.errors?.length) return { data };
    return { errors: result.errors.map((error) => errors.publish(error, as.correlationId)), data };
  }

  /** What subscribers see of an error that ended their stream. */
  published(error: unknown, { correlationId }: Outlet): GraphQLError {
    return this.parts.errors.publishedError(error, correlationId);
  }

  interrupted({ primary }: SubscriptionPlan, error: StreamInterrupted, { correlationId }: Outlet): void {
    this.parts.logger.warn({ err: error, correlationId, subgraph: primary.serviceName }, 'a live stream was interrupted');
  }
}

const isStream = (opened: SubgraphStream | SubgraphResult): opened is SubgraphStream => Symbol.asyncIterator in opened;
