// What the product sends to PostgreSQL for some work, listened to, and sent again through `pg` alone: the same statements in the same transactions, of other rows each time.
import { Client, type Pool, type PoolClient, type QueryResult } from 'pg';
import { preparingClient } from '../../subgraphs/kernel/data/prepared.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';

export interface Statement {
  text: string;
  values: readonly unknown[];
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Listens to all connections of a pool from now on. */
export class Recorder {
  readonly #heard = new WeakSet<PoolClient>();
  #into: Statement[] | null = null;

  constructor(pool: Pool) {
    pool.on('acquire', (client) => this.#listen(client));
  }

  /** The statements of `work`, which does one thing after the other, and nobody else anything meanwhile. */
  async of(work: () => Promise<unknown>): Promise<Statement[]> {
    const statements: Statement[] = [];
    this.#into = statements;
    try {
      await work();
    } finally {
      this.#into = null;
    }
    return statements;
  }

  #listen(client: PoolClient): void {
    if (this.#heard.has(client)) return;
    this.#heard.add(client);
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    client.query = ((...given: unknown[]): unknown => {
      const [text, values] = given;
      if (typeof text === 'string') this.#into?.push({ text, values: Array.isArray(values) ? values : [] });
      return query(...given);
    }) as typeof client.query;
  }
}

/** What a recorded run drew from a counter, and the statement that draws it. */
export interface Drawn {
  by: RegExp;
  column: string;
  value: number;
}

export interface Replay {
  /** @returns how long it took, in seconds */
  run(times: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * Connections that send recorded statements over and over, each prepared as the product prepares it.
 * @param url login of the app role: behind row-level security, as the product is
 * @param kept ids that are there before: every other one is drawn anew each time @param drawn numbers that PostgreSQL gives out, and that go into later statements
 */
export async function replay(url: string, writers: number, statements: readonly Statement[], { kept, drawn }: { kept: readonly string[]; drawn: Drawn }): Promise<Replay> {
  const [known, PreparingClient] = [new Set(kept), preparingClient()];
  const made = [...new Set(statements.flatMap(({ values }) => values.flatMap(idsIn)))].filter((id) => !known.has(id));
  const clients = await Promise.all(Array.from({ length: writers }, async () => {
    const client: Client = new PreparingClient({ connectionString: url });
    await client.connect();
    return client;
  }));
  const once = async (client: Client): Promise<void> => {
    const fresh = new Map(made.map((id) => [id, newId()]));
    let number: unknown = drawn.value;
    for (const { text, values } of statements) {
      const result: QueryResult<Record<string, unknown>> = await (values.length === 0 ? client.query(text) : client.query(text, values.map((value) => (value === drawn.value ? number : renamed(value, fresh)))));
      if (drawn.by.test(text)) number = result.rows[0]?.[drawn.column];
    }
  };
  return {
    run: async (times) => {
      let left = times;
      const begun = performance.now();
      await Promise.all(clients.map(async (client) => { while ((left -= 1) >= 0) await once(client); }));
      return (performance.now() - begun) / 1000;
    },
    close: async () => { await Promise.all(clients.map((client) => client.end())); },
  };
}

function idsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  return typeof value === 'string' ? value.match(UUID) ?? [] : [];
}

function renamed(value: unknown, fresh: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, fresh));
  return typeof value === 'string' ? value.replace(UUID, (id) => fresh.get(id) ?? id) : value;
}
