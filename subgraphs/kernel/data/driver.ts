// A Kysely dialect for MikroORM that opens a transaction and sets its row-level-security scope in one round trip.
import {
  CompiledQuery, PostgresDialect, PostgresDriver,
  type DatabaseConnection, type Driver, type PostgresDialectConfig, type QueryCompiler, type QueryResult, type TransactionSettings,
} from 'kysely';
import { Pool } from 'pg';
import { NamingCompiler } from './names.js';
import { preparingClient } from './prepared.js';
import { beginning, scopeStatement } from './scope.js';

/** Sees the text of every statement as it is sent. @returns what hears when it has been answered or has failed */
export type StatementWatch = (sql: string) => (() => void) | undefined;

/** One statement at a time: resolvers that run side by side share the operation's one connection. */
class SerialConnection implements DatabaseConnection {
  #tail: Promise<unknown> = Promise.resolve();

  constructor(readonly inner: DatabaseConnection, private readonly watch: StatementWatch) {}

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const run = (): Promise<QueryResult<R>> => {
      const ended = this.watch(query.sql);
      const answer = this.inner.executeQuery<R>(query);
      if (ended) answer.then(ended, ended);
      return answer;
    };
    const result = this.#tail.then(run, run);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}

class ScopedDriver extends PostgresDriver {
  constructor(config: PostgresDialectConfig, private readonly watch: StatementWatch) {
    super(config);
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return new SerialConnection(await super.acquireConnection(), this.watch);
  }

  override async releaseConnection(connection: DatabaseConnection): Promise<void> {
    // The parent releases what it handed out, which is the inner connection.
    await super.releaseConnection((connection instanceof SerialConnection ? connection.inner : connection) as never);
  }

  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw(this.#begin(settings)));
    } catch (error) {
      // Kysely gives back only what had begun. A connection that can still roll back is sound; the rollback releases any other.
      await this.rollbackTransaction(connection).then(() => this.releaseConnection(connection), () => undefined);
      throw error;
    }
  }

  /** Kysely releases after a rollback that worked; one that failed would keep its connection for ever. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      await this.releaseConnection(connection);
      throw error;
    }
  }

  #begin(settings: TransactionSettings): string {
    const scope = beginning.getStore();
    const mode = [
      settings.isolationLevel ? `isolation level ${settings.isolationLevel}` : '',
      settings.accessMode ?? '',
    ].filter(Boolean).join(' ');
    const begin = mode ? `start transaction ${mode}` : 'begin';
    return scope ? `${begin}; ${scopeStatement(scope)}` : begin;
  }
}

export class ScopedDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(readonly pool: Pool, private readonly watch: StatementWatch) {
    super({ pool });
    this.#config = { pool };
  }

  override createDriver(): Driver {
    return new ScopedDriver(this.#config, this.watch);
  }

  override createQueryCompiler(): QueryCompiler {
    return new NamingCompiler();
  }
}

export interface PoolSettings {
  url: string;
  maxConnections: number;
  /** Shown in pg_stat_activity. */
  name: string;
  onError: (error: Error) => void;
}

/** How long a statement waits for a connection: a pool that cannot serve says so instead of letting everybody wait for good. */
const CONNECTION_MS = 10_000;

export function createPool({ url, maxConnections, name, onError }: PoolSettings): Pool {
  const pool = new Pool({ Client: preparingClient(), connectionString: url, max: maxConnections, application_name: name, keepAlive: true, idleTimeoutMillis: 30_000, connectionTimeoutMillis: CONNECTION_MS });
  // An idle or checked-out client whose server goes away must not take the process down; its query rejects by itself.
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}
