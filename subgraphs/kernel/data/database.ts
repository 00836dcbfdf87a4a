// A subgraph's own database: scoped transactions for MikroORM writes and Kysely reads over one pool.
import { AsyncLocalStorage } from 'node:async_hooks';
import { MikroORM, type EntityManager, type EntitySchema } from '@mikro-orm/postgresql';
import type { Client, Pool, PoolClient } from 'pg';
import type { Logger } from '../base/logger.js';
import type { Metrics } from '../base/metrics.js';
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
  /** Where its statements are timed and its pool is watched. */
  metrics?: Metrics | undefined;
  closeGraceMs?: number;
}

/** A read-only transaction kept open for one subgraph operation. */
export interface OpenRead {
  readonly tx: Tx;
  close(): Promise<void>;
}

/** How long `close()` waits for transactions that run; then their connections are cut. */
const CLOSE_GRACE_MS = 10_000;

/** The database whose connection the running work holds. Waiting for a second one meanwhile starves the pool once many do so. */
const holding = new AsyncLocalStorage<Database>();

export class Database {
  /** Statements sent so far; tests hold operations to a budget with it. */
  statements = 0;
  readonly #running = new Set<Promise<unknown>>();
  readonly #clients = new Set<PoolClient>();
  #closed: Promise<void> | null = null;
  #unwatch: (() => void) | undefined;

  private constructor(
    private readonly orm: MikroORM,
    readonly pool: Pool,
    private readonly logger: Logger,
    private readonly closeGraceMs: number,
  ) {
    pool.on('connect', (client) => this.#clients.add(client));
    pool.on('remove', (client) => this.#clients.delete(client));
  }

  static async open({ url, name, entities, maxConnections, logger, metrics, closeGraceMs = CLOSE_GRACE_MS }: DatabaseSettings): Promise<Database> {
    const onError = (error: Error): void => logger.warn({ err: error.message, database: name }, 'database connection lost');
    const pool = createPool({ url, maxConnections, name: `switchboard:${name}`, onError });
    const counted: { database: Database | null } = { database: null };
    const dialect = new ScopedDialect(pool, (statement) => {
      if (counted.database) counted.database.statements += 1;
      if (!metrics) return undefined;
      const began = performance.now();
      return () => metrics.statements.observe({ database: name, statement: kindOf(statement) }, (performance.now() - began) / 1e3);
    });
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
    counted.database = new Database(orm as MikroORM, pool, logger.child({ database: name }), closeGraceMs);
    counted.database.#unwatch = metrics?.watchPool(name, pool);
    return counted.database;
  }

  /** Runs `work` in a transaction of its own, committed when it resolves and rolled back when it throws. Not within another one's work. */
  async inScope<T>(scope: Scope, work: (tx: Tx) => Promise<T>, options: { readOnly?: boolean } = {}): Promise<T> {
    if (holding.getStore() === this) throw new Error('A transaction inside a transaction: use the one there is, or begin this one after it.');
    return this.#track(() => this.#transaction(scope, work, options.readOnly ?? false));
  }

  /** By hand: `transactional` makes a second EntityManager and carries what it knows over to the first, which nobody asks afterwards. */
  async #transaction<T>(scope: Scope, work: (tx: Tx) => Promise<T>, readOnly: boolean): Promise<T> {
    const tx = this.#fork();
    await beginning.run(scope, () => tx.begin({ readOnly }));
    try {
      const value = await holding.run(this, () => work(tx));
      await tx.commit();
      return value;
    } catch (error) {
      // Why it failed matters more than that its connection is gone, which is all that a rollback can add.
      await tx.rollback().catch(() => undefined);
      throw error;
    }
  }

  #fork(): Tx {
    return this.orm.em.fork({ clear: true, useContext: false, disableTransactions: false }) as Tx;
  }

  /** Opens the read-only transaction of one operation; the caller closes it. */
  async openRead(scope: Scope): Promise<OpenRead> {
    const em = this.#fork();
    const { promise: closed, resolve: settle } = Promise.withResolvers<void>();
    await this.#track(async () => {
      await beginning.run(scope, () => em.begin({ readOnly: true }));
      this.#hold(closed);
    });
    const close = async (): Promise<void> => {
      try {
        await em.commit();
      } catch (error) {
        // Without it the connection would stay taken. What it says beyond the failed commit is that the connection is gone.
        await em.rollback().catch(() => undefined);
        throw error;
      } finally {
        settle();
      }
    };
    return { tx: em, close };
  }

  #track<T>(begin: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('The database is closed.'));
    const work = begin();
    this.#hold(work);
    return work;
  }

  #hold(work: Promise<unknown>): void {
    this.#running.add(work);
    const forget = (): void => { this.#running.delete(work); };
    work.then(forget, forget);
  }

  /** Lets transactions end, refusing new ones; what has not ended after a while loses its connection. Ends in any case. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    // A pool that ends never answers those who still wait for a connection: they must be served first.
    const idle = await this.#idleWithin(this.closeGraceMs);
    this.#unwatch?.();
    const ended = this.orm.close(true).then(() => (this.pool.ended ? undefined : this.pool.end()));
    if (idle) return ended;
    this.logger.warn({ running: this.#running.size }, 'transactions did not end: cutting their connections');
    // The pool waits for whoever holds a connection, and that may be somebody who never returns.
    ended.catch((error: Error) => this.logger.warn({ err: error.message }, 'the pool did not end cleanly'));
    await Promise.all([...this.#clients].map((client) => (client as unknown as Client).end()));
  }

  async #idleWithin(milliseconds: number): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    while (this.#running.size > 0) {
      const first = await Promise.race([late.then(() => 'late'), Promise.allSettled(this.#running)]);
      if (first === 'late') return false;
    }
    clearTimeout(timer);
    return true;
  }
}

const KINDS = new Set(['select', 'insert', 'update', 'delete', 'with', 'begin', 'commit', 'rollback']);

/** A name for metrics, of which there are few: never the statement itself. */
function kindOf(statement: string): string {
  const word = /^\s*([a-z]+)/i.exec(statement)?.[1]?.toLowerCase() ?? '';
  if (word === 'start') return 'begin';
  return KINDS.has(word) ? word : 'other';
}
