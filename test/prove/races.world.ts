// The world of one race: commerce alone on a database of its own, many connections, and somebody who counts how many transactions are open at once.
import { Client, Pool } from 'pg';
import { startStripeStandIn } from '../../ops/standins/stripe.js';
import type { StandIn } from '../../ops/standins/standin.server.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { SubgraphResult } from '../../subgraphs/kernel/base/subgraph-port.js';
import { commerce, type CommerceServices } from '../../subgraphs/commerce/subgraph.js';
import { bootSubgraph, person, type TestSubgraph } from '../kit/subgraph.js';
import { watchTransactions, type Watch } from './races.watch.js';

const CONNECTIONS = 48;
const ALL = Object.keys(commerce.definition.permissions);

export class RaceWorld {
  readonly tenant = newId();
  /** May do everything here. */
  readonly actor: Actor = person(this.tenant, ALL);

  private constructor(readonly subgraph: TestSubgraph<CommerceServices>, private readonly admin: Client, private readonly app: Pool, private readonly watch: Watch, private readonly standIn: StandIn | null) {}

  /** @param stripe whether payments are taken at a stand-in of Stripe */
  static async open(stripe = false): Promise<RaceWorld> {
    const standIn = stripe ? await startStripeStandIn() : null;
    const subgraph = await bootSubgraph(commerce, { maxConnections: CONNECTIONS, ...(standIn ? { config: { stripeUrl: standIn.url } } : {}) });
    const admin = new Client({ connectionString: subgraph.database.adminUrl });
    await admin.connect();
    return new RaceWorld(subgraph, admin, new Pool({ connectionString: subgraph.database.urls.app['commerce'], max: CONNECTIONS }), watchTransactions(subgraph.database.adminUrl), standIn);
  }

  /** Most transactions of the subgraph that were open at the same time. */
  get concurrency(): number {
    return this.watch.most();
  }

  /** Where the stand-in of Stripe is. @throws when the lane has none */
  get stripeUrl(): string {
    if (!this.standIn) throw new Error('The lane takes no payments at Stripe.');
    return this.standIn.url;
  }

  ask(query: string, variables: Record<string, unknown> = {}): Promise<SubgraphResult> {
    return this.subgraph.ask(query, variables, this.actor);
  }

  /** A mutation with its `input`. @throws when it fails otherwise than by its `userErrors` */
  async send(field: string, input: Record<string, unknown>, select: string): Promise<Record<string, unknown> & { userErrors: { __typename: string; message: string }[] }> {
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    const { data, errors } = await this.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename message } } }`, { input });
    if (errors) throw new Error(`${field}: ${JSON.stringify(errors)}`);
    return data?.[field] as Record<string, unknown> & { userErrors: { __typename: string; message: string }[] };
  }

  /** As the superuser: for looking behind the walls, and for taking one down. */
  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query(sql, values)).rows as Row[];
  }

  /** A transaction of the tenant by the login that serves requests, as code that goes its own way would write. @throws what PostgreSQL says */
  async careless(work: (query: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>) => Promise<void>): Promise<void> {
    const client = await this.app.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [this.tenant]);
      await work(async (sql, values = []) => (await client.query<Record<string, unknown>>(sql, values)).rows);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.app.end();
    await this.admin.end();
    await this.subgraph.close();
    await this.standIn?.close();
  }
}
