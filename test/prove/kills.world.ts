// What serves commerce while it is killed: processes of its role and one of the workers, as operators run them, on one database, and a stand-in of Stripe that outlives them all.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { migrationSets } from '../../ops/composition.js';
import { startStripeStandIn } from '../../ops/standins/stripe.js';
import type { StandIn } from '../../ops/standins/standin.server.js';
import { signStripeBody } from '../../ops/standins/sign-webhook.js';
import { commerce } from '../../subgraphs/commerce/subgraph.js';
import { ACTOR_HEADER, CORRELATION_HEADER, generateActorKeys, signActor, type Actor } from '../../subgraphs/kernel/base/actor.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { ROUTE_HEADER, signRoute } from '../../subgraphs/kernel/base/route.token.js';
import { migrateQueues } from '../../workers/queue.js';
import { createTestDatabase, type TestDatabase } from '../kit/database.js';
import { startRole, type RoleProcess } from '../kit/processes.js';
import { exitWithin } from '../kit/product.js';
import { person, TEST_MASTER_KEY } from '../kit/subgraph.js';
import { watchTransactions, type Watch } from './races.watch.js';
import { oneOf, upTo, type Random } from './seeded.js';

export const TILL = 'subgraph:commerce';
export const WORKERS = 'workers';
/** A point is passed within this time by those who buy. */
const PASSED_MS = 60_000;
const LONGEST_LIFE_MS = 1_500;
const STOP_MS = 20_000;
const AGAIN_MS = 50;
const WATCH_MS = 25;
/** Nobody waits longer for an answer: a process that hangs is a fault. */
const ANSWER_MS = 60_000;

export type Payload = Record<string, unknown> & { userErrors: { __typename: string }[] };
export const ANY_MOMENT = 'at any moment';
type Role = typeof TILL | typeof WORKERS;

export class KillWorld {
  readonly tenant = newId();
  /** May do everything here. */
  readonly #actor: Actor = person(this.tenant, Object.keys(commerce.definition.permissions));
  readonly #keys = generateActorKeys();
  readonly #env: Record<string, string>;
  readonly #tills = new Set<RoleProcess>();
  readonly #running = new Set<RoleProcess>();
  /** How often a process was killed, by point. */
  readonly kills = new Map<string, number>();
  /** How often somebody got no answer, and asked again. */
  askedAgain = 0;
  readonly violations: string[] = [];

  private constructor(private readonly code: string, private readonly database: TestDatabase, private readonly admin: Client, readonly stripe: StandIn, private readonly watch: Watch) {
    this.#env = {
      DATABASE_URL: database.adminUrl, SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY, SWITCHBOARD_STRIPE_URL: stripe.url, LOG_LEVEL: 'silent',
      SWITCHBOARD_ACTOR_PUBLIC_KEY: this.#keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
  }

  /** @param code folder of the compiled sources */
  static async open(code: string): Promise<KillWorld> {
    const database = await createTestDatabase(migrationSets());
    await migrateQueues(database.urls.system);
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    return new KillWorld(code, database, admin, await startStripeStandIn({ maxSent: 1_000_000 }), watchTransactions(database.adminUrl, WATCH_MS));
  }

  /** Most transactions of commerce that were open at the same time. */
  get concurrency(): number {
    return this.watch.most();
  }

  /** @param crashAt where it kills itself */
  async start(role: Role, crashAt?: string): Promise<RoleProcess> {
    const started = await startRole(this.code, role, { ...this.#env, ...(crashAt === undefined ? {} : { SWITCHBOARD_CRASH_AT: crashAt }) });
    this.#running.add(started);
    if (role === TILL) this.#tills.add(started);
    void started.exited.then(() => {
      this.#running.delete(started);
      this.#tills.delete(started);
    });
    return started;
  }

  /** One process of the role after the other, each killed where it passes the next of these points. */
  async lives(role: Role, points: readonly string[], random: Random): Promise<void> {
    for (const point of points) {
      const life = await this.start(role, point === ANY_MOMENT ? undefined : point);
      if (point === ANY_MOMENT) {
        await sleep(upTo(LONGEST_LIFE_MS, random));
        life.child.kill('SIGKILL');
      }
      const end = await exitWithin(life.exited, PASSED_MS, `waiting for ${point}`).catch((error: Error) => error);
      if (end instanceof Error || end.signal !== 'SIGKILL') {
        this.violations.push(`${role} was not killed at ${point}: ${end instanceof Error ? end.message : JSON.stringify(end)}\n${life.printed()}`);
        life.child.kill('SIGKILL');
        await life.exited;
      } else this.kills.set(point, (this.kills.get(point) ?? 0) + 1);
    }
  }

  /** As the gateway would ask, and ask another process when the first dies. @throws what the graph refuses */
  async ask(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    const body = JSON.stringify({ query, variables });
    const answer = await this.#reach((url) => fetch(`${url}/graphql`, {
      method: 'POST', body, signal: AbortSignal.timeout(ANSWER_MS),
      headers: { 'content-type': 'application/json', [ACTOR_HEADER]: signActor(this.#actor, this.#keys.privateKey, new Date()), [CORRELATION_HEADER]: 'kills' },
    }));
    const { data, errors } = JSON.parse(answer.text) as { data?: Record<string, unknown> | null; errors?: unknown };
    if (errors || !data) throw new Error(`The graph answered ${answer.text}`);
    return data;
  }

  /** A mutation with its `input`, again until it is answered: what was refused comes back in `userErrors`. */
  async send(field: string, input: Record<string, unknown>, select: string): Promise<Payload> {
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    return (await this.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename message } } }`, { input }))[field] as Payload;
  }

  /** What must be done. @throws when it was refused */
  async made<Made>(field: string, input: Record<string, unknown>, select: string): Promise<Made> {
    const payload = await this.send(field, input, select);
    if (payload.userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(payload.userErrors)}`);
    return Object.values(payload)[0] as Made;
  }

  /** One delivery, as often as it takes to be answered with 200: Stripe repeats too. */
  async deliver(accountKey: string, event: Record<string, unknown>, secret: string): Promise<void> {
    const [body, path] = [JSON.stringify(event), `/webhooks/stripe/${accountKey}`];
    const claims = { subgraph: 'commerce', route: 'stripeWebhook', params: { accountKey }, url: path, ip: '127.0.0.1', correlationId: 'kills' };
    const { status } = await this.#reach((url) => fetch(url + path, {
      method: 'POST', body, signal: AbortSignal.timeout(ANSWER_MS),
      headers: { 'content-type': 'application/json', 'stripe-signature': signStripeBody(body, secret), [ROUTE_HEADER]: signRoute(claims, this.#keys.privateKey, new Date()) },
    }));
    if (status !== 200) throw new Error(`A webhook was answered with ${status}.`);
  }

  /** A broken connection is what a kill looks like from outside. */
  async #reach(call: (url: string) => Promise<Response>): Promise<{ status: number; text: string }> {
    for (;;) {
      const up = [...this.#tills];
      if (up.length > 0) {
        try {
          const response = await call(oneOf(up, Math.random).url);
          return { status: response.status, text: await response.text() };
        } catch (error) {
          if (!/^(fetch failed|terminated)$/.test((error as Error).message)) throw error;
          this.askedAgain += 1;
        }
      }
      await sleep(AGAIN_MS);
    }
  }

  /** As the superuser: behind the walls. */
  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query(sql, values)).rows as Row[];
  }

  async close(): Promise<void> {
    await this.watch.stop();
    for (const { child, exited } of this.#running) {
      child.kill('SIGTERM');
      await exitWithin(exited, STOP_MS, 'after SIGTERM').catch((error: Error) => {
        child.kill('SIGKILL');
        throw error;
      });
    }
    await this.admin.end();
    await this.stripe.close();
    await this.database.drop();
  }
}
