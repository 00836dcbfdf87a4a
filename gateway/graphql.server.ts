// Queries and mutations, over HTTP and sockets: one Apollo Server without anything that phones home or tells too much.
import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestContext } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../subgraphs/kernel/base/metrics.js';
import type { OperationContext } from './data-sources/subgraph.data-source.js';
import type { ErrorPublisher } from './errors.js';
import { MAX_TOKENS } from '../subgraphs/kernel/base/document-size.js';
import { nameOf, publishedCode, type UsageTally } from './usage/usage.tally.js';
import { libraryLogger, type GraphGateway } from './supergraph.js';

export type GraphServer = ApolloServer<OperationContext>;

export interface GraphServerParts {
  errors: ErrorPublisher;
  metrics: Metrics;
  logger: Logger;
  tally: UsageTally;
}

export async function startGraphServer(gateway: GraphGateway, parts: GraphServerParts): Promise<GraphServer> {
  const { errors, logger } = parts;
  const server = new ApolloServer<OperationContext>({
    gateway,
    nodeEnv: 'production',
    introspection: true,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError: (_formatted, error) => errors.publish(error),
    logger: libraryLogger(logger),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      operations(parts),
    ],
  });
  await server.start();
  return server;
}

/** Ties errors to their request, measures and counts. */
const operations = ({ errors, metrics, tally }: GraphServerParts): ApolloServerPlugin<OperationContext> => ({
  requestDidStart: async () => {
    const finished = metrics.graphqlOperations.startTimer();
    return {
      didEncounterErrors: async ({ errors: encountered, contextValue }) => {
        for (const error of encountered) errors.note(error, contextValue.correlationId);
      },
      willSendResponse: async ({ operation, response, contextValue }: GraphQLRequestContext<OperationContext>) => {
        const result = response.body?.kind === 'single' ? response.body.singleResult : null;
        const failures = result?.errors ?? [];
        const ours = failures.some(({ extensions }) => extensions?.['code'] === 'INTERNAL');
        if (ours && result?.data === undefined && response.http.status === 400) response.http.status = 500;
        tally.count(contextValue.actor(), nameOf(operation), failures[0] ? publishedCode(failures[0]) : contextValue.rateLimited ? 'RATE_LIMITED' : undefined);
        finished({ type: operation?.operation ?? 'unknown', outcome: failures.length > 0 ? 'error' : 'ok' });
      },
    };
  },
});
