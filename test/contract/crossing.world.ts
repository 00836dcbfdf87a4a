// Two tenants of one product: one that has everything, by the cases of the audit contract, and one whose people try for it in every role.
import { DEMO_INBOX, DEMO_PASSWORD, demoIdentityFacts, demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { demoConversations } from '../../subgraphs/conversations/demo.js';
import type { NewInbox } from '../../subgraphs/conversations/inbox/inbox.service.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { demoIdentity } from '../../subgraphs/identity/demo.js';
import { identity } from '../../subgraphs/identity/subgraph.js';
import { TENANT_PRESETS, type TenantPreset } from '../../subgraphs/identity/role/role.presets.js';
import { ActorVerifier, generateActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { startSubgraph, type SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { PostgresBus } from '../../subgraphs/kernel/messaging/bus.postgres.js';
import type { TestDatabase } from '../kit/database.js';
import type { GraphAnswer } from '../kit/platform.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { AuditWorld } from './audit.world.js';

export const [VICTIM, RIVAL] = demoTenancyFacts.tenants.map(({ id }) => id) as [string, string];
export const OWNER = 'owner@demo.test';
const ROLES = Object.keys(TENANT_PRESETS) as TenantPreset[];
export const PLATFORM = 'root@demo.test';
/** Who tries: everybody of the other tenant, and who looks after the platform. */
export const INTRUDERS: readonly string[] = [...ROLES.map((role) => `${role.toLowerCase()}@crossing.test`), PLATFORM];
/** Who may do most of them. */
export const INTRUDER = INTRUDERS[0] ?? '';

const ID = /\b[a-z]{2,5}_[0-9a-hjkmnp-tv-z]{26}\b/g;
/** Keys that sign the log are everybody's to check it with; ids of published examples are nobody's. */
const PUBLIC = /^akey_|_01jc000000e00800000000002h$/;

export const RIVAL_INBOX = {
  key: 'crossing-whatsapp', name: 'Rival WhatsApp', channel: 'WHATSAPP',
  credentials: { appSecret: 'crossing-app-secret', verifyToken: 'crossing-verify-token', accessToken: 'crossing-access-token', externalId: DEMO_INBOX.phoneNumberId },
} satisfies NewInbox;

/** Works with the services of a subgraph on the product's database, as its own process would. */
export async function withServices<Services>(module: SubgraphModule<Services>, { urls }: TestDatabase, work: (services: Services) => Promise<unknown>): Promise<void> {
  const url = urls.app[module.definition.name] ?? '';
  const bus = await PostgresBus.open(url, silentLogger);
  const running = await startSubgraph(module, {
    databaseUrl: url, maxConnections: 2, bus, clock: systemClock, logger: silentLogger, config: readConfig({ LOG_LEVEL: 'silent', NODE_ENV: 'test' }),
    verifier: new ActorVerifier(generateActorKeys().publicKey), masterKey: environmentMasterKey(TEST_MASTER_KEY),
  });
  await work(running.services);
  await running.close();
  await bus.close();
}

export class CrossingWorld {
  /** Everything that tells the victim: ids, and names of its people. */
  readonly marks = new Set<string>([encodeId('tnt', VICTIM), 'Trattoria Aurora', ...demoIdentityFacts.tenants[0]?.people.flatMap(({ displayName, email }) => [displayName, email]) ?? []]);
  /** Ids of the victim that others have sent: their own trail tells of the attempt. */
  readonly named = new Set<string>();
  readonly tried = new Set<string>();
  attempts = 0;
  readonly found: string[] = [];

  private constructor(
    readonly audit: AuditWorld,
    /** A person whom the victim invites, and who belongs to both then. */
    private readonly shared: ReadonlySet<string>,
  ) {}

  static async boot(): Promise<CrossingWorld> {
    const audit = await AuditWorld.boot();
    const people = ROLES.map((role) => ({ email: `${role.toLowerCase()}@crossing.test`, displayName: `Crossing ${role}`, role }));
    await withServices(identity, audit.platform.database, (services) =>
      demoIdentity(services, { tenants: [{ tenantId: RIVAL, name: 'Bistro Rival', people }], platform: [], password: DEMO_PASSWORD }));
    await withServices(conversations, audit.platform.database, (services) => demoConversations(services, { tenantId: RIVAL, inbox: RIVAL_INBOX, contacts: [] }));
    return new CrossingWorld(audit, new Set([await audit.userId('owner@rival.test')]));
  }

  /** Ids in an answer to the owner belong to the victim. */
  learn(answer: unknown): string[] {
    const ids = [...(JSON.stringify(answer) ?? '').matchAll(ID)].map(([id]) => id).filter((id) => !PUBLIC.test(id) && !this.shared.has(id));
    for (const id of ids) this.marks.add(id);
    return ids;
  }

  /** What of the victim an answer holds, besides what whoever got it has named before. */
  leaks(answer: unknown, named: ReadonlySet<string> = new Set()): string[] {
    const text = JSON.stringify(answer);
    return [...this.marks].filter((mark) => text.includes(mark) && !named.has(mark));
  }

  async as(email: string, query: string, variables: Record<string, unknown>): Promise<GraphAnswer> {
    return this.audit.platform.ask(query, variables, await this.audit.token(email));
  }

  /** Counts one attempt, and notes what came of it. @returns what must be nothing */
  judge(name: string, by: string, faults: readonly string[]): string[] {
    this.attempts += 1;
    this.tried.add(name);
    const found = faults.map((fault) => `${name} by ${by}: ${fault}`);
    this.found.push(...found);
    return found;
  }

  stop(): Promise<void> {
    return this.audit.stop();
  }
}
