// What all variants of the gateway benchmark share: a database with some hundred conversations, and the five subgraphs on it.
import type { KeyObject } from 'node:crypto';
import { decodeJwt, SignJWT } from 'jose';
import { Client } from 'pg';
import { createDemo } from '../../ops/demo/demo.js';
import { DEMO_PASSWORD, demoCommerceFacts, demoConversationsFacts, demoIdentityFacts } from '../../ops/demo/demo.facts.js';
import { placesOf, preparePlaces } from '../../ops/places.js';
import { demoCommerce } from '../../subgraphs/commerce/demo.js';
import { commerce } from '../../subgraphs/commerce/subgraph.js';
import { compliance } from '../../subgraphs/compliance/subgraph.js';
import { ingestMessage } from '../../subgraphs/conversations/message/message.ingest.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import type { ConversationsServices } from '../../subgraphs/conversations/services.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import { ACTOR_HEADER, ActorVerifier, anonymous, signActor, systemActor, type ActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { readConfig, type Config } from '../../subgraphs/kernel/base/config.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { startSubgraph, type RunningSubgraph, type SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { openBus } from '../../subgraphs/kernel/messaging/bus.open.js';
import type { Bus } from '../../subgraphs/kernel/messaging/bus.js';
import { runUnit } from '../../subgraphs/kernel/messaging/unit-of-work.js';
import { tenancy } from '../../subgraphs/tenancy/subgraph.js';
import { operation } from '../kit/client.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { closedLoop } from './load.js';

/** Four processes share 120 connections; the same for each. */
const POOL: Readonly<Record<string, number>> = { conversations: 8 };
const OTHER_POOL = 4;
const SEEDERS = 4;
const MESSAGES_EACH = 3;
const ORDERS_EACH = 2;

export interface WorldSize {
  conversations: number;
  /** Distinct access tokens of one session. */
  tokens: number;
}

export interface BenchSubgraphs {
  identity: RunningSubgraph<ReturnType<typeof identity.services>>;
  all: RunningSubgraph[];
  bus: Bus;
  verifier: ActorVerifier;
  close(): Promise<void>;
}

export const benchConfig = (): Config => readConfig({ LOG_LEVEL: 'silent', NODE_ENV: 'test', PORT: '0' });

async function bootAll(adminUrl: string, publicKey: KeyObject) {
  const config = benchConfig();
  const places = placesOf(config, adminUrl);
  const bus = await openBus(places.bus, silentLogger);
  const verifier = new ActorVerifier(publicKey);
  const boot = <Services>(module: SubgraphModule<Services>): Promise<RunningSubgraph<Services>> => {
    const { name } = module.definition;
    return startSubgraph(module, {
      databaseUrl: places.app(name), maxConnections: POOL[name] ?? OTHER_POOL, bus, clock: systemClock, logger: silentLogger, config, verifier,
      masterKey: environmentMasterKey(TEST_MASTER_KEY),
    });
  };
  const subgraphs = {
    identity: await boot(identity), tenancy: await boot(tenancy), conversations: await boot(conversations), commerce: await boot(commerce), compliance: await boot(compliance),
  };
  const all: RunningSubgraph[] = Object.values(subgraphs);
  const close = async (): Promise<void> => {
    for (const one of all) await one.close();
    await bus.close();
  };
  return { subgraphs, all, bus, verifier, close };
}

/** The five subgraphs as the product starts them, on a database that `prepareWorld` has filled. */
export async function startSubgraphs(adminUrl: string, publicKey: KeyObject): Promise<BenchSubgraphs> {
  const { subgraphs, ...rest } = await bootAll(adminUrl, publicKey);
  return { identity: subgraphs.identity, ...rest };
}

/** Fills an empty database through the subgraphs' own services. @returns access tokens, all valid for ten minutes */
export async function prepareWorld(adminUrl: string, keys: ActorKeys, size: WorldSize, say: (line: string) => void): Promise<string[]> {
  await preparePlaces(placesOf(benchConfig(), adminUrl), () => undefined);
  const { subgraphs, close } = await bootAll(adminUrl, keys.publicKey);
  try {
    await createDemo({
      identity: subgraphs.identity.services, tenancy: subgraphs.tenancy.services,
      conversations: subgraphs.conversations.services, commerce: subgraphs.commerce.services,
      compliance: subgraphs.compliance.services,
    });
    say(`storing ${size.conversations} conversations`);
    await closedLoop(size.conversations, SEEDERS, (index) => seed(index, subgraphs.conversations.services, (facts) => demoCommerce(subgraphs.commerce.services, facts)));
    await assign(adminUrl);
    const { data } = await subgraphs.identity.port.execute({
      query: operation('login'), variables: { input: { email: 'agent@demo.test', password: DEMO_PASSWORD } },
      headers: { [ACTOR_HEADER]: signActor(anonymous('127.0.0.1', 'bench'), keys.privateKey, systemClock.now()) },
    });
    const session = (data?.['login'] as { session: { accessToken: string } | null } | undefined)?.session;
    if (!session) throw new Error(`No session for the benchmark: ${JSON.stringify(data)}`);
    const { kid, privateKey } = await subgraphs.identity.services.signingKeys.keys();
    const claims = decodeJwt(session.accessToken);
    return await Promise.all(Array.from({ length: size.tokens }, (_none, index) =>
      new SignJWT({ ...claims, jti: `bench-${index}` }).setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' }).sign(privateKey)));
  } finally {
    await close();
  }
}

const uuid = (kind: string, index: number): string => `01930000-0000-7000-9${kind}00-${index.toString(16).padStart(12, '0')}`;

/** A contact who is a customer with orders, and their conversation. */
async function seed(index: number, { contacts, deps }: ConversationsServices, addCustomer: (facts: typeof demoCommerceFacts) => Promise<void>): Promise<void> {
  const { tenantId, inbox } = demoConversationsFacts;
  const inboxId = inbox.id ?? '';
  const externalId = `1555400${String(index).padStart(4, '0')}`;
  const name = `Customer ${index}`;
  const contactId = await contacts.create(tenantId, { id: uuid('1', index), name, inboxId, externalId, phone: `+${externalId}` }, 'bench');
  await addCustomer({ tenantId, customers: [{
    id: uuid('2', index), name, phone: `+${externalId}`, contactId,
    orders: Array.from({ length: ORDERS_EACH }, (_none, order) => ({
      id: uuid(String(3 + order), index), number: 10_000 + index * ORDERS_EACH + order, currency: 'EUR', totalMinor: BigInt(1_000 + index), fulfillmentStatus: 'COMPLETED' as const,
      chargeStatus: 'FULL' as const, placedAt: new Date(Date.UTC(2026, 9, 1 + order)),
    })),
  }] });
  for (let message = 0; message < MESSAGES_EACH; message += 1) {
    await runUnit(deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: 'bench' }, (unit) =>
      ingestMessage(unit, { tenantId, inboxId }, {
        kind: 'message', externalId: `wamid.bench-${index}-${message}`, contact: { externalId, name, phone: `+${externalId}` }, type: 'TEXT',
        text: `Message ${message} of customer ${index}: is my order on its way?`, content: null, replyTo: null, forwarded: false, referral: null,
        raw: {}, sentAt: new Date(),
      }));
  }
}

/** Nothing in the product assigns a conversation yet, and a list without assignees would spare a subgraph. */
async function assign(adminUrl: string): Promise<void> {
  const people = demoIdentityFacts.tenants[0]?.people.map(({ userId }) => userId) ?? [];
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('update conversations.conversation set assignee_id = ($1::uuid[])[1 + display_number % $2]', [people, people.length]);
    await client.query('analyze');
  } finally {
    await client.end();
  }
}
