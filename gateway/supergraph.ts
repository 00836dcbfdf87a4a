// The composed graph: ApolloGateway over our data sources for queries and mutations, its planner and schemas for live ones.
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { Supergraph as ComposedSupergraph, type Schema } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { NodeIdentity, withoutIdentity } from './node-identity.js';

/** One supergraph, immutable: what planning and executing needs. */
export interface SupergraphState {
  /** What clients see. */
  schema: GraphQLSchema;
  /** The same, as the planner's library represents it. */
  apiSchema: Schema;
  /** Everything, with what clients do not see. */
  supergraphSchema: GraphQLSchema;
  planner: QueryPlanner;
}

type Loaded = Awaited<ReturnType<ApolloGateway['load']>>;

/** ApolloGateway as the GraphQL server uses it, with node identity and without what must not leave the house. */
export interface GraphGateway {
  load: () => Promise<Loaded>;
  onSchemaLoadOrUpdate: ApolloGateway['onSchemaLoadOrUpdate'];
  /** Queries and mutations are planned over this supergraph from now on. @throws when it is none */
  update: (supergraphSdl: string) => void;
  stop: () => Promise<void>;
}

/** Reads the supergraph. @throws when the SDL is not a supergraph or names a subgraph without a data source. */
export function buildState(supergraphSdl: string, dataSources: Readonly<Record<string, GraphQLDataSource>>): SupergraphState {
  const supergraph = ComposedSupergraph.build(supergraphSdl, { validateSupergraph: false });
  for (const { name } of supergraph.subgraphsMetadata()) {
    if (!dataSources[name]) throw new Error(`The supergraph names the subgraph "${name}", which this gateway was not given.`);
  }
  const apiSchema = supergraph.apiSchema();
  return {
    schema: apiSchema.toGraphQLJSSchema(),
    apiSchema,
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    planner: new QueryPlanner(supergraph),
  };
}

export function buildGateway(
  supergraphSdl: string,
  dataSources: Readonly<Record<string, GraphQLDataSource>>,
  logger: Logger,
): GraphGateway {
  // The library reports the host to its vendor unless told otherwise, and takes the answer from the environment alone.
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true';
  let update: ((supergraphSdl: string) => void) | null = null;
  const gateway = new ApolloGateway({
    supergraphSdl: async (hooks) => {
      ({ update } = hooks);
      return { supergraphSdl };
    },
    buildService: ({ name }) => {
      const source = dataSources[name];
      if (!source) throw new Error(`No data source for the subgraph "${name}"`);
      return source;
    },
    logger: libraryLogger(logger),
    __exposeQueryPlanExperimental: false,
  });
  return {
    load: async () => {
      const { schema } = await gateway.load();
      let identity = new NodeIdentity(schema);
      gateway.onSchemaLoadOrUpdate(({ apiSchema }) => { identity = new NodeIdentity(apiSchema); });
      return {
        schema,
        executor: async (context) => {
          const identified = identity.identified(context.document);
          const { data, errors, extensions } = await gateway.executor({ ...context, document: identified.document });
          const incomplete: unknown = extensions?.['valueCompletion'];
          if (incomplete && identified.keys.size === 0) {
            logger.warn({ incomplete }, 'a subgraph answered null where its schema says never');
          }
          return withoutIdentity({ data, errors }, identified);
        },
      };
    },
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    update: (sdl) => {
      if (!update) throw new Error('A supergraph is replaced when one has been loaded');
      update(sdl);
    },
    stop: () => gateway.stop(),
  };
}

/** Libraries log lines of text: theirs, at one level less than ours. */
export const libraryLogger = (logger: Logger) => ({
  debug: (message: unknown) => logger.trace(String(message)),
  info: (message: unknown) => logger.debug(String(message)),
  warn: (message: unknown) => logger.warn(String(message)),
  error: (message: unknown) => logger.error(String(message)),
});
