// The world of the fault proof: the product as seven processes on servers of its own, lines that can be cut, and whoever restarts what died.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { Wire } from '../../gateway/remote/wire.fixture.js';
import { definitions } from '../../ops/composition.js';
import { DEMO_CONTACT } from '../../ops/demo/demo.facts.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { demoInboxId } from '../kit/client.js';
import { LastingFollower } from '../kit/lasting.follower.js';
import { bootProcesses, type Processes, type RoleProcess } from '../kit/processes.js';
import { TestRedis } from '../kit/redis.js';
import { until } from '../kit/until.js';
import type { Evidence, StoredMessage } from './faults.evidence.js';
import { Load, type Customer } from './faults.load.js';
import { FaultyPostgres } from './faults.postgres.js';

/** WhatsApp lets one be written to 45 times at once and then every six seconds. */
const RECIPIENTS = 40;
const CUSTOMERS = [DEMO_CONTACT, { whatsappId: '15550001111', name: 'Ada' }, { whatsappId: '15550002222', name: 'Ben' }];
const FOLLOWERS = 2;
/** Of ten minutes that a token lives. */
const TOKEN_AGE_MS = 5 * 60_000;
const RECOVERY_MS = 60_000;
const START_AGAIN_MS = 60_000;
const SUPERVISOR_PAUSE_MS = 250;

/** Jobs that wait or run, under the names that BullMQ gives its keys. */
const WAITING_KEY = /:(wait|active|delayed|prioritized|paused|waiting-children|failed)$/;

export class FaultWorld {
  readonly followers: LastingFollower[] = [];
  readonly customers: Customer[] = [];
  readonly recipients: Customer[] = [];
  /** What happened that nobody asked for, e.g. a role that ended by itself. */
  readonly surprises: string[] = [];
  readonly load: Load;
  readonly #pools = new Map<string, Pool>();
  readonly #expected = new Set<number>();
  #token: { text: string; at: number };
  #closing = false;

  private constructor(
    readonly postgres: FaultyPostgres, readonly redis: TestRedis | null, readonly processes: Processes, readonly wires: ReadonlyMap<string, Wire>, token: string,
  ) {
    this.#token = { text: token, at: Date.now() };
    this.load = new Load({ url: processes.url, accessToken: () => this.token });
    for (const role of processes.roles.values()) this.#watch(role);
  }

  /** @param redisServer path of redis-server; null: queues and bus on PostgreSQL */
  static async open(code: string, redisServer: string | null): Promise<FaultWorld> {
    const closers: (() => Promise<unknown>)[] = [];
    try {
      const postgres = await FaultyPostgres.start();
      closers.unshift(() => postgres.close());
      const redis = redisServer === null ? null : await TestRedis.start(redisServer);
      if (redis) closers.unshift(() => redis.close());
      const wires = new Map<string, Wire>();
      closers.unshift(() => Promise.all([...wires.values()].map((wire) => wire.cut())));
      const processes = await bootProcesses({
        code, serverUrl: postgres.url, ...(redis ? { redisUrl: redis.url } : {}), env: { UNCONFIRMED_AFTER_SECONDS: '2', NODE_COMPILE_CACHE: `${code}/compile-cache` },
        wayTo: async (name, url) => {
          const wire = await new Wire(() => Number(new URL(url).port)).mend();
          wires.set(name, wire);
          return wire.url;
        },
      });
      closers.unshift(() => processes.stop());
      const world = new FaultWorld(postgres, redis, processes, wires, await processes.signIn('owner@demo.test'));
      await world.#populate();
      return world;
    } catch (error) {
      const failures = [error];
      for (const close of closers) await close().catch((failure: unknown) => failures.push(failure));
      throw failures.length === 1 ? error : new AggregateError(failures, failures.map(String).join('; '));
    }
  }

  get token(): string {
    return this.#token.text;
  }

  /** Between two phases, when everything works. */
  async refreshToken(): Promise<void> {
    if (Date.now() - this.#token.at > TOKEN_AGE_MS) this.#token = { text: await this.processes.signIn('owner@demo.test'), at: Date.now() };
  }

  wire(subgraph: string): Wire {
    const wire = this.wires.get(subgraph);
    if (!wire) throw new Error(`No line to ${subgraph}.`);
    return wire;
  }

  /** SIGKILL. @returns the pid it had */
  async kill(name: string): Promise<number> {
    const role = this.processes.roles.get(name);
    if (!role) throw new Error(`No role ${name}.`);
    this.#expected.add(role.pid);
    role.child.kill('SIGKILL');
    await role.exited;
    return role.pid;
  }

  /** As a supervisor does: again until it stays. */
  async restart(name: string): Promise<void> {
    const end = Date.now() + START_AGAIN_MS;
    for (;;) {
      try {
        this.#watch(await this.processes.start(name));
        return;
      } catch (error) {
        if (this.#closing || Date.now() > end) throw error;
        await sleep(SUPERVISOR_PAUSE_MS);
      }
    }
  }

  #watch(role: RoleProcess): void {
    void role.exited.then(async ({ code, signal }) => {
      if (this.#closing || this.#expected.has(role.pid)) return;
      this.surprises.push(`${role.role} ended by itself (${signal ?? `exit code ${code}`}): ${role.printed().slice(-500)}`);
      await this.restart(role.role).catch((error: Error) => this.surprises.push(`${role.role} did not come back: ${error.message.slice(0, 500)}`));
    });
  }

  /** Both ends work again: a message that a customer writes now reaches every follower. @throws when it does not within a minute */
  async recovered(): Promise<void> {
    const [customer] = this.customers;
    if (!customer) throw new Error('Nobody writes.');
    const text = await this.load.write(customer);
    await until(async () => this.followers.every(({ added }) => added.some((message) => message.text === text)), 'what was written after the fault is heard', RECOVERY_MS);
  }

  async rows<Row>(subgraph: string, sql: string): Promise<Row[]> {
    return (await this.#pool(subgraph).query(sql)).rows as Row[];
  }

  #pool(subgraph: string): Pool {
    const known = this.#pools.get(subgraph);
    if (known) return known;
    const pool = new Pool({ connectionString: this.processes.databaseUrl(subgraph), max: 1 });
    // The server is killed under it; the next query takes a new connection.
    pool.on('error', () => undefined);
    this.#pools.set(subgraph, pool);
    return pool;
  }

  /** What waits for a worker, by name. */
  async left(): Promise<Record<string, number>> {
    const left: Record<string, number> = {};
    const count = async (subgraph: string, what: string, condition = 'true'): Promise<void> => {
      left[what] = (await this.rows<{ count: number }>(subgraph, `select count(*)::int as count from ${what} where ${condition}`))[0]?.count ?? 0;
    };
    for (const { name } of definitions) {
      for (const { type, n } of await this.rows<{ type: string; n: number }>(name, `select type, count(*)::int as n from ${name}.outbox group by type`)) left[`${name}.outbox, ${type}`] = n;
      for (const table of ['audit_staging', 'platform_audit_staging']) await count(name, `${name}.${table}`);
    }
    await count('compliance', 'compliance.audit_quarantine');
    await count('conversations', 'conversations.webhook_delivery', `status <> 'PROCESSED'`);
    await count('conversations', 'conversations.outbound', `state in ('INTENT', 'RETRY', 'ATTEMPTED')`);
    if (!this.redis) await count('conversations', 'bullmq.job');
    else Object.assign(left, await this.jobsOn(this.redis));
    return left;
  }

  /** Jobs in a Redis that are not done, by the queue they are in and what they wait for. */
  jobsOn(redis: TestRedis): Promise<Record<string, number>> {
    return redis.admin(async (client) => {
      const jobs: Record<string, number> = {};
      for (const key of await client.keys('switchboard:*')) {
        if (WAITING_KEY.test(key)) jobs[`jobs on Redis, ${key}`] = await client.type(key) === 'zset' ? await client.zcard(key) : await client.llen(key);
      }
      return jobs;
    });
  }

  /** Deliveries that nobody has read. */
  async unread(): Promise<number> {
    const [row] = await this.rows<{ n: number }>('conversations', `select count(*)::int as n from conversations.webhook_delivery where status = 'RECEIVED'`);
    return row?.n ?? 0;
  }

  /** Whoever changes `table` waits until the function that it returns is called; reads go on. */
  async hold(subgraph: string, table: string): Promise<() => Promise<void>> {
    const holder = new Client({ connectionString: this.processes.databaseUrl(subgraph) });
    await holder.connect();
    await holder.query(`begin; lock table ${table} in share row exclusive mode`);
    // Its connection takes the lock with it.
    return () => holder.end();
  }

  /** Everything that is known, once nothing waits any more or a minute has passed. */
  async evidence(): Promise<Evidence> {
    // Looked at again later, the product may be at work of its own, as it is every few seconds.
    let left: Record<string, number> = {};
    const settled = async (): Promise<boolean> => Object.values(left = await this.left()).every((count) => count === 0);
    const stored = (): Promise<{ id: string; conversation_id: string; seq: number; direction: 'INBOUND' | 'OUTBOUND'; external_id: string | null; text: string; status: string }[]> =>
      this.rows('conversations', 'select id, conversation_id, seq, direction, external_id, text, status from conversations.message order by conversation_id, seq');
    // What is still missing after that is in the evidence.
    await until(settled, 'nothing waits', RECOVERY_MS).catch(() => undefined);
    const rows = await stored();
    await until(async () => this.followers.every(({ added }) => added.length >= rows.length), 'all followers have everything', RECOVERY_MS).catch(() => undefined);
    const sent = await (await fetch(`${this.processes.standIn.url}/_sent`)).json() as { body: { biz_opaque_callback_data: string } }[];
    return {
      delivered: this.load.delivered, answered: this.load.answered, left,
      stored: rows.map((row): StoredMessage => ({
        id: encodeId('msg', row.id), conversationId: row.conversation_id, seq: row.seq, direction: row.direction, externalId: row.external_id, text: row.text, status: row.status,
      })),
      taken: sent.map(({ body }) => body.biz_opaque_callback_data),
      followers: this.followers.map(({ added, gaps, failure }) => ({
        added: added.map(({ id, seq, conversation }) => ({ id, seq, conversationId: conversation.id })), gaps: gaps - 1, failure,
      })),
    };
  }

  /** Followers, and customers who each have begun a conversation. */
  async #populate(): Promise<void> {
    const { url, wsUrl } = this.processes;
    const inboxId = await demoInboxId(url, this.token);
    for (let count = 0; count < FOLLOWERS; count += 1) {
      this.followers.push(new LastingFollower({ wsUrl, inboxId, accessToken: () => this.token, attempts: Number.POSITIVE_INFINITY }));
    }
    await until(async () => this.followers.every(({ gaps }) => gaps === 1), 'all follow the inbox');
    for (const customer of CUSTOMERS) this.customers.push(await this.#met(customer));
    for (let count = 0; count < RECIPIENTS; count += 1) this.recipients.push(await this.#met({ whatsappId: `1555000${7000 + count}`, name: `Recipient ${count}` }));
  }

  /** Somebody who has begun a conversation. */
  async #met(customer: Pick<Customer, 'whatsappId' | 'name'>): Promise<Customer> {
    const text = await this.load.write(customer);
    const heard = () => this.followers[0]?.added.find((message) => message.text === text);
    await until(async () => heard() !== undefined, `${customer.name}'s first message is heard`);
    return { ...customer, conversationId: heard()?.conversation.id ?? '' };
  }

  /** Ends what runs and removes every trace, also of a world in which something does not come back. @throws what did not end as it should */
  async close(): Promise<void> {
    this.#closing = true;
    const steps: (() => Promise<unknown>)[] = [
      () => Promise.all(this.followers.map((follower) => follower.leave())),
      () => Promise.all([...this.#pools.values()].map((pool) => pool.end())),
      () => this.processes.stop(),
      async () => this.processes.started.forEach(({ child }) => child.kill('SIGKILL')),
      () => Promise.all([...this.wires.values()].map((wire) => wire.cut())),
      async () => this.redis?.close(),
      () => this.postgres.close(),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `The world did not end as it should: ${failures.map(String).join('; ')}`);
  }
}
