// Apollo's own gateway and server with their own data sources, as their documentation sets them up, over our subgraphs.
import { ApolloServer, type ApolloServerPlugin, type BaseContext } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource, type GraphQLDataSource } from '@apollo/gateway';
import type { IncomingMessage } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { givenIn } from '../../gateway/access/credential.js';
import type { ActorSigner, Authenticator } from '../../gateway/actor.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { ACTOR_HEADER } from '../../subgraphs/kernel/base/actor.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { federate } from '../../subgraphs/kernel/graphql/federate.js';
import { MergedContext, contextOf, mergedSchema } from './gateway.merged.js';
import type { BenchSubgraphs } from './gateway.world.js';

type Process = GraphQLDataSource['process'];

export interface Served {
  url: string;
  stop(): Promise<void>;
}

interface StockContext extends BaseContext {
  actor: Actor;
}

/** Every request is authenticated as in the product: a unique token, verified; its session remembered while changes are followed. */
const actorOf = async (request: IncomingMessage, authenticator: Authenticator): Promise<Actor> =>
  (await authenticator.authenticate(givenIn(request), { ip: '127.0.0.1', userAgent: null })).actor;

async function serve<Context extends BaseContext>(server: ApolloServer<Context>, context: (request: IncomingMessage) => Promise<Context>): Promise<Served> {
  const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 }, context: ({ req }) => context(req) });
  return { url: url.replace(/\/$/, ''), stop: () => server.stop() };
}

const SETTINGS = { nodeEnv: 'production', stopOnTerminationSignals: false } as const;

function stock(authenticator: Authenticator, source: (name: string) => GraphQLDataSource): Promise<Served> {
  const gateway = new ApolloGateway({ supergraphSdl: readSchemaFile('supergraph.graphql'), buildService: ({ name }) => source(name) });
  const server = new ApolloServer<StockContext>({ ...SETTINGS, gateway });
  return serve(server, async (request) => ({ actor: await actorOf(request, authenticator) }));
}

/** The subgraph's resolvers want their context, and it must end. */
class StockLocal extends LocalGraphQLDataSource {
  constructor(schema: GraphQLSchema, private readonly open: (actor: Actor) => ReturnType<typeof contextOf>) {
    super(schema);
  }

  override async process(options: Parameters<Process>[0]): ReturnType<Process> {
    const context = this.open((options.context as StockContext).actor);
    try {
      return await super.process({ ...options, context: context as unknown as Record<string, unknown> });
    } finally {
      await context.end();
    }
  }
}

export async function stockLocal(subgraphs: BenchSubgraphs, authenticator: Authenticator): Promise<Served> {
  const sources = new Map(await Promise.all(subgraphs.all.map(async (running) => {
    const { schema } = await federate(running.definition, running.services);
    return [running.name, new StockLocal(schema, (actor) => contextOf(running, subgraphs, actor, 'bench'))] as const;
  })));
  return stock(authenticator, (name) => {
    const source = sources.get(name);
    if (!source) throw new Error(`No subgraph ${name}`);
    return source;
  });
}

export function stockRemote(urls: Readonly<Record<string, string>>, authenticator: Authenticator, signer: ActorSigner): Promise<Served> {
  return stock(authenticator, (name) => new RemoteGraphQLDataSource({
    url: `${urls[name] ?? ''}/graphql`,
    willSendRequest: ({ request, context }) => {
      // Composition asks nothing of a subgraph: the supergraph is given.
      const { actor } = context as unknown as StockContext;
      request.http?.headers.set(ACTOR_HEADER, signer.sign(actor));
    },
  }));
}

export async function merged(subgraphs: BenchSubgraphs, authenticator: Authenticator): Promise<Served> {
  const ending: ApolloServerPlugin<MergedContext> = {
    requestDidStart: async () => ({ willSendResponse: async ({ contextValue }) => contextValue.end() }),
  };
  const server = new ApolloServer<MergedContext>({ ...SETTINGS, schema: await mergedSchema(subgraphs), plugins: [ending] });
  return serve(server, async (request) => new MergedContext(subgraphs, await actorOf(request, authenticator), 'bench'));
}
