// A subgraph behind its port, seen by the query plan executor: text in, JSON out, the signed actor always with it.
import type { GraphQLDataSource } from '@apollo/gateway';
import { GraphQLError, Kind, parse, type SelectionSetNode } from 'graphql';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { ACTOR_HEADER, CORRELATION_HEADER } from '../../subgraphs/kernel/base/actor.js';
import { LOCALE_HEADER } from '../../subgraphs/kernel/base/language.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { SubgraphUnavailable, type SubgraphPort } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { ActorSigner } from '../actor.js';

/** What every operation carries through the executor. `actor` is asked per fetch: on a socket it changes over time. */
export interface OperationContext {
  correlationId: string;
  actor: () => Actor;
  /** In which amounts and dates are written for whoever asks; absent or null: they did not say. */
  locale?: string | null;
  /** Set when a subgraph refused a mutation of it for being too many. */
  rateLimited?: boolean;
}

type Process = GraphQLDataSource['process'];

/** The headers a subgraph trusts: who is asking, signed now, and on whose behalf it is logged. */
export const subgraphHeaders = (context: OperationContext, signer: ActorSigner): Record<string, string> => ({
  [ACTOR_HEADER]: signer.sign(context.actor()),
  [CORRELATION_HEADER]: context.correlationId,
  ...(context.locale ? { [LOCALE_HEADER]: context.locale } : {}),
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
      const { data, errors, extensions } = await this.port.execute({
        query: request.query,
        operationName: request.operationName,
        variables: request.variables,
        headers: subgraphHeaders(context, this.signer),
      });
      if (extensions?.rateLimited) context.rateLimited = true;
      return { data, errors };
    } catch (error) {
      if (!(error instanceof SubgraphUnavailable)) throw error;
      // Thrown, it would reach the client without a path; so each field that is not there says so.
      return { errors: fieldsOf(request.query).map((field) => new GraphQLError(error.message, { path: [field], originalError: error })) };
    } finally {
      finished();
    }
  }
}

/** What a fetch asks for, as keys of the answer: of the root, or of the entities that it completes. */
function fieldsOf(query: string): string[] {
  const keys = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (selection.kind === Kind.FIELD && selection.name.value === '_entities' && selection.selectionSet) collect(selection.selectionSet);
      else if (selection.kind === Kind.FIELD && selection.name.value !== '__typename') keys.add(selection.alias?.value ?? selection.name.value);
    }
  };
  for (const definition of parse(query).definitions) if (definition.kind === Kind.OPERATION_DEFINITION) collect(definition.selectionSet);
  return [...keys];
}
