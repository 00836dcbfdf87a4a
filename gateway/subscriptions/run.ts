// Runs a planned subscription: opens the stream at its owner, then completes the federated answer for every event.
import { executeQueryPlan, type GraphQLDataSource } from '@apollo/gateway';
import { GraphQLError, type FormattedExecutionResult } from 'graphql';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { StreamInterrupted, type SubgraphPort, type SubgraphResult, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { ActorSigner } from '../actor.js';
import { subgraphHeaders, type OperationContext } from '../data-sources/subgraph.data-source.js';
import { fromSubgraph, type ErrorPublisher } from '../errors.js';
import { libraryLogger, type SupergraphState } from '../supergraph.js';
import { LiveIterator } from './live.iterator.js';
import { EVENT_SOURCE, type SubscriptionPlan } from './plan.js';

export type LiveResults = AsyncIterableIterator<FormattedExecutionResult, undefined, undefined>;
type RequestContext = Parameters<typeof executeQueryPlan>[2];
/** What the executor reads of a request; the rest belongs to the server in front of it. */
type Used = 'request' | 'context' | 'document' | 'operation' | 'operationName' | 'source' | 'schema' | 'logger' | 'metrics';

export interface RunnerParts {
  state: SupergraphState;
  subgraphs: Readonly<Record<string, SubgraphPort>>;
  dataSources: Readonly<Record<string, GraphQLDataSource>>;
  signer: ActorSigner;
  errors: ErrorPublisher;
  logger: Logger;
}

export class SubscriptionRunner {
  constructor(private readonly parts: RunnerParts) {}

  /**
   * The live results, or why the owner refuses.
   * @param interrupted called and waited for before the results fail because the way to their owner broke: what follows is
   * not an error of the subscription, and must not reach the client as one
   */
  async start(
    plan: SubscriptionPlan, variables: Record<string, unknown>, context: OperationContext, interrupted: () => Promise<void>,
  ): Promise<LiveResults | GraphQLError[]> {
    const { primary } = plan;
    const port = this.parts.subgraphs[primary.serviceName];
    if (!port) throw new Error(`No subgraph "${primary.serviceName}" to subscribe to`);
    const used = new Set(primary.variableUsages ?? []);
    const opened = await port.subscribe({
      query: primary.operation,
      operationName: primary.operationName,
      variables: Object.fromEntries(Object.entries(variables).filter(([name]) => used.has(name))),
      headers: subgraphHeaders(context, this.parts.signer),
    });
    if (!isStream(opened)) return this.#refusal(opened, primary.serviceName);
    return new LiveIterator(
      opened,
      (event) => this.#complete(plan, event, variables, context),
      async (error) => {
        if (!(error instanceof StreamInterrupted)) return this.parts.errors.publishedError(error, context.correlationId);
        this.parts.logger.warn({ err: error, correlationId: context.correlationId, subgraph: primary.serviceName }, 'a live stream was interrupted');
        await interrupted();
        return error;
      },
    );
  }

  #refusal({ errors }: SubgraphResult, serviceName: string): GraphQLError[] {
    if (!errors?.length) return [new GraphQLError(`The subgraph ${serviceName} answered a subscription without a stream`)];
    return errors.map((error) => fromSubgraph(error, serviceName));
  }

  /** One event, completed. The executor merges into what it is given, so every execution has its own copy. */
  async #complete(
    plan: SubscriptionPlan, event: SubgraphResult, variables: Record<string, unknown>, context: OperationContext,
  ): Promise<FormattedExecutionResult> {
    const { state, dataSources, errors, logger } = this.parts;
    const { document, operation, operationName, query } = plan.operation;
    const source: GraphQLDataSource = { process: async () => structuredClone(event) };
    const requestContext: Pick<RequestContext, Used> = {
      request: { query, operationName, variables },
      context, document, operation, operationName: operationName ?? null, source: query, schema: state.schema,
      logger: libraryLogger(logger),
      metrics: {},
    };
    const result = await executeQueryPlan(
      plan.perEvent, { ...dataSources, [EVENT_SOURCE]: source }, requestContext as RequestContext, plan.operationContext,
      state.supergraphSchema, state.apiSchema,
    );
    const data = result.data ?? null;
    if (!result.errors?.length) return { data };
    return { errors: result.errors.map((error) => errors.publish(error, context.correlationId)), data };
  }
}

const isStream = (opened: SubgraphStream | SubgraphResult): opened is SubgraphStream => Symbol.asyncIterator in opened;
