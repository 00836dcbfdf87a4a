// The world of the exactly-once proof: the product as processes of its own, inboxes for each run of the corpus, and processes that are killed on purpose.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { demoConversationsFacts } from '../../ops/demo/demo.facts.js';
import { withSubgraph } from '../../ops/one-subgraph.js';
import { startPostgres, type EmbeddedServer } from '../../ops/postgres/server.js';
import { subgraphNames } from '../../ops/rover.file.js';
import { signMetaBody } from '../../ops/standins/sign-webhook.js';
import type { SentMessage, ScriptedAnswer } from '../../ops/standins/meta-graph.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { operation } from '../kit/client.js';
import { bootProcesses, type Processes } from '../kit/processes.js';
import { TestRedis } from '../kit/redis.js';
import { TEST_MASTER_KEY } from '../kit/subgraph.js';
import { until } from '../kit/until.js';
import { askGraph, asked, judgeWebhook, type Verdict } from './faults.answers.js';
import { CHANNELS, type CorpusChannel } from './exactly-once.shapes.js';

const { tenantId } = demoConversationsFacts;
const SECRET = 'exactly-once';
const QUIET_MS = 120_000;
const AGAIN_MS = 100;
/** Of ten minutes that a token lives. */
const TOKEN_AGE_MS = 5 * 60_000;

/** The inboxes in which the corpus is told once. */
export interface Run {
  name: string;
  inboxes: Record<CorpusChannel, { id: string; key: string; account: string }>;
}

export class OnceWorld {
  readonly #pool: Pool;
  #inFlight = 0;
  #failure: unknown = null;
  #token: { text: Promise<string>; at: number } = { text: Promise.resolve(''), at: 0 };
  /** Requests that were under way at once, and transactions of the product that were open at once. */
  readonly reached = { requests: 0, transactions: 0 };

  private constructor(private readonly folder: string, private readonly server: EmbeddedServer, readonly redis: TestRedis | null, readonly processes: Processes) {
    this.#pool = new Pool({ connectionString: processes.databaseUrl('conversations'), max: 4 });
  }

  /** @param redisServer path of redis-server; null: no queues on Redis */
  static async open(code: string, redisServer: string | null): Promise<OnceWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-once-'));
    // As root PostgreSQL runs as another user, who must be able to enter.
    chmodSync(folder, 0o711);
    const closers: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
    try {
      // Processes are killed here, not the server: it need not wait for its disk.
      const server = await startPostgres({ dataDir: join(folder, 'postgres'), log: () => undefined, fast: true });
      closers.unshift(() => server.stop());
      const redis = redisServer === null ? null : await TestRedis.start(redisServer);
      if (redis) closers.unshift(() => redis.close());
      const processes = await bootProcesses({ code, serverUrl: server.superuserUrl, running: ['identity', 'tenancy', 'conversations'], env: { UNCONFIRMED_AFTER_SECONDS: '2' } });
      closers.unshift(() => processes.stop());
      return new OnceWorld(folder, server, redis, processes);
    } catch (error) {
      for (const close of closers) await close().catch(() => undefined);
      throw error;
    }
  }

  /** Inboxes with accounts of their own, so that nothing of one run is another's. */
  async runs(names: readonly string[]): Promise<Run[]> {
    const env = { NODE_ENV: 'test', LOG_LEVEL: 'silent', SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY, CONVERSATIONS_DATABASE_URL: this.processes.databaseUrl('conversations'), BUS_URL: this.processes.databaseUrl('identity') };
    return withSubgraph(conversations, readConfig(env, subgraphNames()), silentLogger, async ({ inboxes }) => {
      const runs: Run[] = [];
      for (const name of names) {
        const made = {} as Run['inboxes'];
        for (const channel of CHANNELS) {
          const [key, account] = [`${name}-${channel.toLowerCase()}`, `${name}.${channel}`];
          const credentials = { appSecret: SECRET, verifyToken: 'verify', accessToken: 'access', externalId: account };
          made[channel] = { key, account, id: await inboxes.create(tenantId, { key, name: key, channel, credentials }) };
        }
        runs.push({ name, inboxes: made });
      }
      return runs;
    });
  }

  /** As a provider does: the same bytes until they are acknowledged. @throws on an answer that nothing excuses */
  async deliver({ inboxes }: Run, channel: CorpusChannel, body: string): Promise<void> {
    await this.#until(() => asked(`${this.processes.url}/webhooks/${channel.toLowerCase()}/${inboxes[channel].key}`, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, SECRET) },
    }, judgeWebhook));
  }

  /** As a client does that repeats with the same key. */
  async send(conversationId: string, text: string, idempotencyKey: string): Promise<void> {
    const input = { conversationId: encodeId('conv', conversationId), text, idempotencyKey };
    const token = await this.#accessToken();
    const { data } = await this.#until(() => askGraph(this.processes.url, operation('message-send'), { input }, token));
    const { message, userErrors } = data['messageSend'] as { message: { id: string } | null; userErrors: unknown[] };
    if (!message) throw new Error(`messageSend: ${JSON.stringify(userErrors)}`);
  }

  #accessToken(): Promise<string> {
    if (Date.now() - this.#token.at > TOKEN_AGE_MS) this.#token = { text: this.processes.signIn('owner@demo.test'), at: Date.now() };
    return this.#token.text;
  }

  async #until(request: () => Promise<Verdict>): Promise<Verdict & { kind: 'whole' }> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      this.#inFlight += 1;
      this.reached.requests = Math.max(this.reached.requests, this.#inFlight);
      const answer = await request().finally(() => { this.#inFlight -= 1; });
      if (answer.kind === 'whole') return answer;
      if (answer.kind === 'wrong') throw new Error(answer.why);
      await sleep(AGAIN_MS);
    }
  }

  /** Whoever repeats until they are answered would wait for ever for what does not come back. */
  giveUp(error: unknown): void {
    this.#failure ??= error;
  }

  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query(sql, values)).rows as Row[];
  }

  /** Looks on, so that the proof can say how much really happened at once. */
  async watch(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const [row] = await this.rows<{ open: number }>(`select count(*)::int as open from pg_stat_activity
        where datname = current_database() and usename = 'switchboard_conversations' and xact_start is not null`);
      this.reached.transactions = Math.max(this.reached.transactions, row?.open ?? 0);
      await sleep(20);
    }
  }

  async script(answers: readonly ScriptedAnswer[]): Promise<void> {
    const answer = await fetch(`${this.processes.standIn.url}/_next`, { method: 'PUT', body: JSON.stringify(answers) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** What the provider took, oldest first. */
  async taken(): Promise<SentMessage[]> {
    return await (await fetch(`${this.processes.standIn.url}/_sent`)).json() as SentMessage[];
  }

  /** Every delivery to this inbox is read. */
  async read({ inboxes }: Run, channel: CorpusChannel): Promise<void> {
    const waiting = async (): Promise<number> => (await this.rows(`select 1 from conversations.webhook_delivery where inbox_id = $1 and status = 'RECEIVED' limit 1`, [inboxes[channel].id])).length;
    await until(async () => await waiting() === 0, 'the delivery is read', QUIET_MS);
  }

  /** Nothing of these runs waits. @throws with what does */
  async quiet(runs: readonly Run[]): Promise<void> {
    const inboxIds = runs.flatMap(({ inboxes }) => CHANNELS.map((channel) => inboxes[channel].id));
    let left: unknown;
    await until(async () => {
      const [row] = await this.rows<Record<string, number>>(`select (select count(*) from conversations.outbox)::int as outbox,
        (select count(*) from conversations.webhook_delivery where inbox_id = any($1) and status = 'RECEIVED')::int as deliveries,
        (select count(*) from conversations.outbound where inbox_id = any($1) and state in ('INTENT', 'RETRY', 'ATTEMPTED'))::int as sends`, [inboxIds]);
      left = row;
      return Object.values(row ?? { none: 1 }).every((count) => count === 0);
    }, 'nothing waits', QUIET_MS).catch((error: Error) => { throw new Error(`${error.message} Left: ${JSON.stringify(left)}`); });
  }

  async close(): Promise<void> {
    const steps = [() => this.#pool.end(), () => this.processes.stop(), async () => this.redis?.close(), () => this.server.stop(), async () => rmSync(this.folder, { recursive: true, force: true })];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, `The world did not end as it should: ${failures.map(String).join('; ')}`);
  }
}
