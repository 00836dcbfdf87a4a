// Copies of tables, and connections that write to them through `pg` alone: what PostgreSQL itself takes for the rows of some work.
import type { Client, QueryResult } from 'pg';

/** A statement by its name, prepared once a connection. */
export type Prepared = (name: string, text: string, values: unknown[]) => Promise<QueryResult>;
/** The rows of one message, in as many transactions as the work needs. `number` is another one each time. */
export type WriteOne = (client: Client, prepared: Prepared, number: number) => Promise<void>;

export class BareTables {
  #next = 0;

  private constructor(private readonly clients: readonly Client[], private readonly schema: string) {}

  /**
   * Indexes and checks of the tables come along; triggers, foreign keys and row-level security do not.
   * @param open another connection, as one that may create a schema
   */
  static async open(open: () => Promise<Client>, writers: number, schema: string, tables: readonly string[]): Promise<BareTables> {
    const clients = await Promise.all(Array.from({ length: writers }, open));
    const bare = new BareTables(clients, schema);
    await bare.first.query(`drop schema if exists ${schema} cascade`);
    await bare.first.query(`create schema ${schema}`);
    for (const table of tables) await bare.first.query(`create table ${schema}.${table} (like conversations.${table} including all)`);
    return bare;
  }

  get first(): Client {
    const [first] = this.clients;
    if (!first) throw new Error('Nobody writes.');
    return first;
  }

  /** @returns how long it took, in seconds */
  async run(messages: number, write: WriteOne): Promise<number> {
    const end = this.#next + messages;
    const begun = performance.now();
    await Promise.all(this.clients.map(async (client) => {
      while (this.#next < end) {
        this.#next += 1;
        await write(client, (name, text, values) => client.query({ name, text, values }), this.#next);
      }
    }));
    return (performance.now() - begun) / 1000;
  }

  async close(): Promise<void> {
    await this.first.query(`drop schema if exists ${this.schema} cascade`);
    await Promise.all(this.clients.map((client) => client.end()));
  }
}
