// One connection that listens for all workers of a process: BullMQ would have each of them keep a connection for good.
import { EventEmitter } from 'node:events';
import type { Pool, PoolClient, QueryConfig } from 'pg';

const LISTEN = /^\s*(?:--[^\n]*\n\s*)*listen\s/i;
const NAMING = /set_config\('application_name'/i;

const LOST = (): Error => new Error('The connection that listens was lost.');

type Statement = string | QueryConfig;
const textOf = (statement: Statement): string => (typeof statement === 'string' ? statement : statement.text);

/** What BullMQ takes for a client it has checked out: it listens with all others on one connection, and asks through the pool. */
class SharedClient extends EventEmitter {
  constructor(private readonly shared: SharedListener) {
    super();
  }

  async query(statement: Statement, values?: unknown[]): Promise<unknown> {
    const text = textOf(statement);
    if (LISTEN.test(text)) return this.shared.join(this, text);
    // Only for BullMQ's list of workers, which nobody asks for; the next user of that connection must not bear the name.
    if (NAMING.test(text)) return { rows: [] };
    return this.shared.pool.query(statement as string, values);
  }

  release(): void {
    this.shared.leave(this);
  }
}

/** What BullMQ takes for a pool: `query` is the pool's, `connect` gives a client that shares the one connection that listens. */
export class SharedListener extends EventEmitter {
  /** BullMQ lets a wait be long where a silent end of the connection would be noticed. */
  readonly options = { keepAlive: true };
  readonly #members = new Set<SharedClient>();
  /** The answers to what this connection was told to listen to: each channel is asked for once. */
  readonly #channels = new Map<string, Promise<unknown>>();
  #client: Promise<PoolClient> | undefined;

  constructor(readonly pool: Pool) {
    super();
    // As many wait for notifications as there are workers.
    this.setMaxListeners(0);
    pool.on('error', (error: Error) => this.listenerCount('error') > 0 && this.emit('error', error));
  }

  query(statement: Statement, values?: unknown[]): Promise<unknown> {
    return this.pool.query(statement as string, values);
  }

  async connect(): Promise<SharedClient> {
    return new SharedClient(this);
  }

  /** Hears from now on what is notified. @throws when the server is away */
  async join(member: SharedClient, listen: string): Promise<unknown> {
    const opening = (this.#client ??= this.#open());
    const client = await opening;
    if (this.#client !== opening) throw LOST();
    const answer = await (this.#channels.get(listen) ?? this.#listen(client, listen));
    if (this.#client !== opening) throw LOST();
    this.#members.add(member);
    return answer;
  }

  #listen(client: PoolClient, listen: string): Promise<unknown> {
    const answer: Promise<unknown> = client.query(listen);
    this.#channels.set(listen, answer);
    answer.catch(() => this.#channels.delete(listen));
    return answer;
  }

  leave(member: SharedClient): void {
    this.#members.delete(member);
  }

  async #open(): Promise<PoolClient> {
    try {
      const client = await this.pool.connect();
      client.on('notification', (notification) => {
        for (const member of [...this.#members]) member.emit('notification', notification);
      });
      client.on('error', (error) => this.#lost(client, error));
      return client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }

  /** Each worker then asks for another client and listens anew. */
  #lost(client: PoolClient, error: Error): void {
    this.#client = undefined;
    this.#channels.clear();
    client.removeAllListeners('notification');
    client.release(true);
    for (const member of [...this.#members]) {
      this.#members.delete(member);
      member.emit('error', error);
    }
  }

  /** Once all workers are closed; the pool ends after it. BullMQ knows a pool by this name, too. */
  async end(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    if (!client) return;
    client.removeAllListeners('notification');
    client.release(true);
  }
}
