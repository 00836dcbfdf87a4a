// One subgraph alone on its own database, asked as the gateway would ask it: with a signed actor, over its port.
import { generateActorKeys, ACTOR_HEADER, ActorVerifier, CORRELATION_HEADER, anonymous, signActor, type Actor, type ActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { systemClock, type Clock } from '../../subgraphs/kernel/base/clock.js';
import { readConfig, type Config } from '../../subgraphs/kernel/base/config.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { LOCALE_HEADER } from '../../subgraphs/kernel/base/language.js';
import { silentLogger, type Logger } from '../../subgraphs/kernel/base/logger.js';
import type { SubgraphResult, SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { startSubgraph, type RunningSubgraph, type SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { PostgresBus } from '../../subgraphs/kernel/messaging/bus.postgres.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { withoutMarks } from './marks.js';

export interface TestSubgraph<Services> {
  running: RunningSubgraph<Services>;
  database: TestDatabase;
  bus: PostgresBus;
  /** What the gateway in front of it would sign with. */
  keys: ActorKeys;
  /** @param locale as the gateway would tell it */
  ask(query: string, variables?: Record<string, unknown>, actor?: Actor, locale?: string): Promise<SubgraphResult>;
  subscribe(query: string, variables: Record<string, unknown>, actor: Actor): Promise<SubgraphStream | SubgraphResult>;
  close(): Promise<void>;
}

/** Of every subgraph that `bootSubgraph` starts, in base64. */
export const TEST_MASTER_KEY = Buffer.alloc(32, 7).toString('base64');

export interface TestOptions {
  clock?: Clock;
  config?: Partial<Config>;
  maxConnections?: number;
  logger?: Logger;
}

/** A person of `tenant` with exactly these permissions. */
export const person = (tenant: string, permissions: string[], sub: string = newId()): Actor => ({
  kind: 'user', sub, apiKey: null, tenant, session: newId(), permissions, epoch: 0, ip: '127.0.0.1', userAgent: 'test',
});

export async function bootSubgraph<Services>(module: SubgraphModule<Services>, options: TestOptions = {}): Promise<TestSubgraph<Services>> {
  const { name, migrations } = module.definition;
  const database = await createTestDatabase([{ schema: name, migrations }]);
  const keys = generateActorKeys();
  const clock = options.clock ?? systemClock;
  const url = database.urls.app[name];
  if (!url) throw new Error(`${name} has no app role.`);
  const bus = await PostgresBus.open(url, silentLogger);
  const running = await startSubgraph(module, {
    databaseUrl: url, maxConnections: options.maxConnections ?? 8, bus, clock, logger: options.logger ?? silentLogger,
    config: { ...readConfig({ LOG_LEVEL: 'silent', NODE_ENV: 'test' }), ...options.config },
    verifier: new ActorVerifier(keys.publicKey), masterKey: environmentMasterKey(TEST_MASTER_KEY),
  });
  const headers = (actor: Actor): Record<string, string> => ({
    [ACTOR_HEADER]: signActor(actor, keys.privateKey, clock.now()), [CORRELATION_HEADER]: 'test-correlation',
  });
  return {
    running, database, bus, keys,
    ask: (query, variables = {}, actor = anonymous('127.0.0.1', 'test'), locale = '') => running.port.execute({ query, variables, headers: { ...headers(actor), ...(locale === '' ? {} : { [LOCALE_HEADER]: locale }) } }),
    subscribe: async (query, variables, actor) => withoutMarks(await running.port.subscribe({ query, variables, headers: headers(actor) })),
    close: async () => {
      await running.close();
      await bus.close();
      await database.drop();
    },
  };
}
