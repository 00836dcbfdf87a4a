// The world of the live proof: two gateways before the same subgraphs, on servers that can be killed, two tenants with inboxes, and who restarts what died.
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { DEMO_INBOX, demoConversationsFacts, demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { withSubgraph } from '../../ops/one-subgraph.js';
import { subgraphNames } from '../../ops/rover.file.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { bootProcesses, type Processes, type RoleProcess } from '../kit/processes.js';
import { TestRedis } from '../kit/redis.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { until } from '../kit/until.js';
import { FaultyPostgres } from './faults.postgres.js';
import type { FeedEntry, Stored, StoredMessage } from './live.evidence.js';
import type { ProofInbox } from './live.writers.js';

export const AURORA = demoConversationsFacts.tenantId;
export const RIVAL = demoTenancyFacts.tenants.find(({ id }) => id !== AURORA)?.id ?? '';
const PEOPLE = ['owner@demo.test', 'admin@demo.test', 'agent@demo.test', 'analyst@demo.test', 'viewer@demo.test', 'owner@rival.test'];
const SECRET = 'live-proof';
/** Of ten minutes that a token lives. */
const TOKEN_AGE_MS = 4 * 60_000;
const START_AGAIN_MS = 60_000;
const SUPERVISOR_PAUSE_MS = 250;
const SETTLED_MS = 90_000;

export interface LiveInboxes {
  /** Where clients are cut at every event. */
  first: ProofInbox;
  second: ProofInbox;
  /** Of the other tenant. */
  rival: ProofInbox;
}

export class LiveWorld {
  /** What happened that nobody asked for, e.g. a role that ended by itself. */
  readonly surprises: string[] = [];
  readonly #pool: Pool;
  readonly #expected = new Set<number>();
  readonly #tokens = new Map<string, string>();
  #tokensAt = 0;
  #closing = false;

  private constructor(
    readonly postgres: FaultyPostgres, readonly redis: TestRedis | null, readonly processes: Processes,
    /** What listens at each gateway's address now. */
    private readonly gateways: RoleProcess[], readonly inboxes: LiveInboxes,
  ) {
    this.#pool = new Pool({ connectionString: processes.databaseUrl('conversations'), max: 2 });
    // The server is killed under it; the next query takes a new connection.
    this.#pool.on('error', () => undefined);
    for (const role of processes.started) this.#watch(role);
  }

  /** @param redisServer path of redis-server; null: queues and bus on PostgreSQL */
  static async open(code: string, redisServer: string | null): Promise<LiveWorld> {
    const closers: (() => Promise<unknown>)[] = [];
    try {
      const postgres = await FaultyPostgres.start();
      closers.unshift(() => postgres.close());
      const redis = redisServer === null ? null : await TestRedis.start(redisServer);
      if (redis) closers.unshift(() => redis.close());
      const processes = await bootProcesses({ code, serverUrl: postgres.url, ...(redis ? { redisUrl: redis.url } : {}), running: ['identity', 'tenancy', 'conversations'] });
      closers.unshift(() => processes.stop());
      const [first, inboxes] = [processes.roles.get('gateway'), await inboxesOf(processes)];
      const second = await processes.start('gateway', { PORT: '0' });
      if (!first) throw new Error('There is no gateway.');
      const world = new LiveWorld(postgres, redis, processes, [first, second], inboxes);
      await world.refreshTokens();
      return world;
    } catch (error) {
      const failures = [error];
      for (const close of closers) await close().catch((failure: unknown) => failures.push(failure));
      throw failures.length === 1 ? error : new AggregateError(failures, failures.map(String).join('; '));
    }
  }

  /** Of the gateways; the same after each restart. */
  get urls(): string[] {
    return this.gateways.map(({ url }) => url);
  }

  token(email: string): string {
    return this.#tokens.get(email) ?? '';
  }

  /** Between two points, when everything works. Who is connected with an old one is told to come again. */
  async refreshTokens(): Promise<void> {
    if (Date.now() - this.#tokensAt < TOKEN_AGE_MS) return;
    for (const email of PEOPLE) this.#tokens.set(email, await this.processes.signIn(email));
    this.#tokensAt = Date.now();
  }

  /** SIGKILL, and another process in its place. @returns the pid it had */
  async killGateway(index: number, awayMs: number): Promise<number> {
    const gateway = this.gateways[index];
    if (!gateway) throw new Error(`No gateway ${index}.`);
    const { port } = new URL(gateway.url);
    return this.#replace(gateway, awayMs, { PORT: port }, (started) => { this.gateways[index] = started; });
  }

  /** The same of another role. */
  async kill(name: string, awayMs: number): Promise<number> {
    const role = this.processes.roles.get(name);
    if (!role) throw new Error(`No role ${name}.`);
    return this.#replace(role, awayMs, {}, () => undefined);
  }

  async #replace(role: RoleProcess, awayMs: number, also: Record<string, string>, started: (one: RoleProcess) => void): Promise<number> {
    this.#expected.add(role.pid);
    role.child.kill('SIGKILL');
    await role.exited;
    await sleep(awayMs);
    started(await this.#startAgain(role.role, also));
    return role.pid;
  }

  /** As a supervisor does: again until it stays. */
  async #startAgain(name: string, also: Record<string, string>): Promise<RoleProcess> {
    const end = Date.now() + START_AGAIN_MS;
    for (;;) {
      try {
        const started = await this.processes.start(name, also);
        this.#watch(started);
        return started;
      } catch (error) {
        if (this.#closing || Date.now() > end) throw error;
        await sleep(SUPERVISOR_PAUSE_MS);
      }
    }
  }

  #watch(role: RoleProcess): void {
    void role.exited.then(({ code, signal }) => {
      if (this.#closing || this.#expected.has(role.pid)) return;
      this.surprises.push(`${role.role} ended by itself (${signal ?? `exit code ${code}`}): ${role.printed().slice(-500)}`);
    });
  }

  async #rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query(sql, values)).rows as Row[];
  }

  /** Up to where the feed goes now. */
  async position(): Promise<number> {
    return (await this.#rows<{ position: number }>('select position::int as position from conversations.feed_state'))[0]?.position ?? 0;
  }

  /** Every delivery is read, and every event has its place in the feed. @throws when that takes longer than a minute and a half */
  async settled(): Promise<void> {
    await until(async () => (await this.#rows<{ left: number }>(`select ((select count(*) from conversations.webhook_delivery where status = 'RECEIVED')
      + (select count(*) from conversations.outbox))::int as left`))[0]?.left === 0, 'every delivery is read and every event has its place', SETTLED_MS);
  }

  /** All of it, when nobody writes any more. What reports of sends still change comes after what is compared. */
  async stored(): Promise<Stored> {
    const upTo = await this.position();
    const feed = await this.#rows<{ position: number; tenantId: string; type: string; inbox: string; conversation: string; message: string | null }>(
      `select position::int as position, tenant_id as "tenantId", type, group_id as inbox, stream_id as conversation, payload->>'messageId' as message
       from conversations.feed where position <= $1 order by position`, [upTo]);
    const messages = await this.#rows<{ id: string; tenantId: string; inbox: string; conversation: string; seq: number; externalId: string | null }>(
      `select id, tenant_id as "tenantId", inbox_id as inbox, conversation_id as conversation, seq, case direction when 'INBOUND' then external_id end as "externalId" from conversations.message`);
    return {
      upTo,
      feed: feed.map(({ inbox, conversation, message, ...entry }): FeedEntry => (
        { ...entry, inboxId: encodeId('inb', inbox), conversationId: encodeId('conv', conversation), messageId: message === null ? null : encodeId('msg', message) })),
      messages: messages.map(({ id, inbox, conversation, ...message }): StoredMessage => (
        { ...message, id: encodeId('msg', id), inboxId: encodeId('inb', inbox), conversationId: encodeId('conv', conversation) })),
    };
  }

  /** Ends what runs and removes every trace, also of a world in which something does not come back. @throws what did not end as it should */
  async close(): Promise<void> {
    this.#closing = true;
    const steps: (() => Promise<unknown>)[] = [
      () => this.#pool.end(), () => this.processes.stop(), async () => this.processes.started.forEach(({ child }) => child.kill('SIGKILL')),
      async () => this.redis?.close(), () => this.postgres.close(),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `The world did not end as it should: ${failures.map(String).join('; ')}`);
  }
}

/** The demo's inbox, another of the same tenant, and one of the other tenant. */
async function inboxesOf({ databaseUrl }: Processes): Promise<LiveInboxes> {
  const env = { NODE_ENV: 'test', LOG_LEVEL: 'silent', SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY, CONVERSATIONS_DATABASE_URL: databaseUrl('conversations'), BUS_URL: databaseUrl('identity') };
  const customers = (digit: number): string[] => [1, 2, 3].map((customer) => `1555${digit}00000${customer}`);
  return withSubgraph(conversations, readConfig(env, subgraphNames()), silentLogger, async ({ inboxes }) => {
    const made = async (key: string, tenantId: string, staff: string, digit: number): Promise<ProofInbox> => {
      const credentials = { appSecret: SECRET, verifyToken: 'verify', accessToken: 'access', externalId: key };
      const id = await inboxes.create(tenantId, { key, name: key, channel: 'WHATSAPP', credentials });
      return { id: encodeId('inb', id), tenantId, key, account: key, secret: SECRET, staff, customers: customers(digit) };
    };
    const { key, appSecret, phoneNumberId } = DEMO_INBOX;
    return {
      first: {
        id: encodeId('inb', demoConversationsFacts.inbox.id ?? ''), tenantId: AURORA, key, account: phoneNumberId, secret: appSecret, staff: 'agent@demo.test', customers: customers(6),
      },
      second: await made('live-second', AURORA, 'owner@demo.test', 7),
      rival: await made('live-rival', RIVAL, 'owner@rival.test', 8),
    };
  });
}
