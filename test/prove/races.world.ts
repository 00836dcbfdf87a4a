// The world of one race: commerce alone on a database of its own, many connections, and somebody who counts how many transactions are open at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { SubgraphResult } from '../../subgraphs/kernel/base/subgraph-port.js';
import { commerce, type CommerceServices } from '../../subgraphs/commerce/subgraph.js';
import { bootSubgraph, person, type TestSubgraph } from '../kit/subgraph.js';

const CONNECTIONS = 48;
const LOOK_MS = 5;
const ALL = Object.keys(commerce.definition.permissions);

export class RaceWorld {
  readonly tenant = newId();
  /** May do everything here. */
  readonly actor: Actor = person(this.tenant, ALL);
  /** Most transactions of the subgraph that were open at the same time. */
  concurrency = 0;
  #over = false;
  #watching: Promise<void> = Promise.resolve();

  private constructor(readonly subgraph: TestSubgraph<CommerceServices>, private readonly admin: Client, private readonly app: Pool) {}

  static async open(): Promise<RaceWorld> {
    const subgraph = await bootSubgraph(commerce, { maxConnections: CONNECTIONS });
    const admin = new Client({ connectionString: subgraph.database.adminUrl });
    await admin.connect();
    const world = new RaceWorld(subgraph, admin, new Pool({ connectionString: subgraph.database.urls.app['commerce'], max: CONNECTIONS }));
    world.#watching = world.#watch();
    return world;
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

  async #watch(): Promise<void> {
    const watcher = new Client({ connectionString: this.subgraph.database.adminUrl });
    await watcher.connect();
    while (!this.#over) {
      const { rows: [row] } = await watcher.query<{ open: number }>(`select count(*)::int as open from pg_stat_activity
        where datname = current_database() and usename = 'switchboard_commerce' and xact_start is not null`);
      this.concurrency = Math.max(this.concurrency, row?.open ?? 0);
      await sleep(LOOK_MS);
    }
    await watcher.end();
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#watching;
    await this.app.end();
    await this.admin.end();
    await this.subgraph.close();
  }
}
