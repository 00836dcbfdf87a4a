// A subgraph behind its port, seen by the query plan executor: text in, JSON out, the signed actor always with it.
import type { GraphQLDataSource } from '@apollo/gateway';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { ACTOR_HEADER, CORRELATION_HEADER } from '../../subgraphs/kernel/base/actor.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import type { SubgraphPort } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { ActorSigner } from '../actor.js';

/** What every operation carries through the executor. `actor` is asked per fetch: on a socket it changes over time. */
export interface OperationContext {
  correlationId: string;
  actor: () => Actor;
}

type Process = GraphQLDataSource['process'];

/** The headers a subgraph trusts: who is asking, signed now, and on whose behalf it is logged. */
export const subgraphHeaders = (context: OperationContext, signer: ActorSigner): Record<string, string> => ({
  [ACTOR_HEADER]: signer.sign(context.actor()),
  [CORRELATION_HEADER]: context.correlationId,
});

const isOperationContext = (context: object): context is OperationContext => 'correlationId' in context && 'actor' in context;

export class SubgraphDataSource implements GraphQLDataSource {
  constructor(
    private readonly name: string,
    private readonly port: SubgraphPort,
    private readonly signer: ActorSigner,
    private readonly metrics: Metrics,
  ) {}

  async process({ request, context }: Parameters<Process>[0]): ReturnType<Process> {
    if (!request.query) throw new Error(`A fetch from ${this.name} has no query text`);
    if (!isOperationContext(context)) throw new Error(`A fetch from ${this.name} has no actor`);
    const finished = this.metrics.subgraphFetches.startTimer({ subgraph: this.name });
    try {
      const { data, errors } = await this.port.execute({
        query: request.query,
        operationName: request.operationName,
        variables: request.variables,
        headers: subgraphHeaders(context, this.signer),
      });
      return { data, errors };
    } finally {
      finished();
    }
  }
}
