// A subgraph's own database: scoped transactions for MikroORM writes and Kysely reads over one pool.
import { MikroORM, type EntityManager, type EntitySchema } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import type { Logger } from '../base/logger.js';
import { ScopedDialect, createPool } from './driver.js';
import { beginning, type Scope } from './scope.js';

/** An EntityManager inside an open, scoped transaction. */
export type Tx = EntityManager;
export type Entities = EntitySchema[];

export interface DatabaseSettings {
  url: string;
  /** Application name and log label, e.g. `conversations`. */
  name: string;
  entities: Entities;
  maxConnections: number;
  logger: Logger;
}

/** A read-only transaction kept open for one subgraph operation. */
export interface OpenRead {
  readonly tx: Tx;
  close(): Promise<void>;
}

export class Database {
  /** Statements sent so far; tests hold operations to a budget with it. */
  statements = 0;

  private constructor(
    private readonly orm: MikroORM,
    readonly pool: Pool,
  ) {}

  static async open({ url, name, entities, maxConnections, logger }: DatabaseSettings): Promise<Database> {
    const onError = (error: Error): void => logger.warn({ err: error.message, database: name }, 'database connection lost');
    const pool = createPool({ url, maxConnections, name: `switchboard:${name}`, onError });
    const counted: { database: Database | null } = { database: null };
    const dialect = new ScopedDialect(pool, () => { if (counted.database) counted.database.statements += 1; });
    const orm = await MikroORM.init({
      entities,
      dbName: name,
      schema: name,
      driverOptions: dialect,
      connect: false,
      // Roles may not create databases, and the schema is the migrations' business.
      ensureDatabase: false,
      discovery: { warnWhenNoEntities: false, skipSyncDiscovery: false },
      ignoreUndefinedInQuery: true,
      logger: (message) => logger.debug(message),
    } as Parameters<typeof MikroORM.init>[0]);
    counted.database = new Database(orm as MikroORM, pool);
    return counted.database;
  }

  /** Runs `work` in a transaction of its own, committed when it resolves and rolled back when it throws. */
  async inScope<T>(scope: Scope, work: (tx: Tx) => Promise<T>, options: { readOnly?: boolean } = {}): Promise<T> {
    const em = this.orm.em.fork({ clear: true, useContext: false });
    return beginning.run(scope, () =>
      em.transactional((tx) => work(tx as Tx), { clear: true, readOnly: options.readOnly ?? false }),
    );
  }

  /** Opens the read-only transaction of one operation; the caller closes it. */
  async openRead(scope: Scope): Promise<OpenRead> {
    const em = this.orm.em.fork({ clear: true, useContext: false, disableTransactions: false }) as Tx;
    await beginning.run(scope, () => em.begin({ readOnly: true }));
    return { tx: em, close: () => em.commit() };
  }

  async close(): Promise<void> {
    await this.orm.close(true);
    if (!this.pool.ended) await this.pool.end();
  }
}
