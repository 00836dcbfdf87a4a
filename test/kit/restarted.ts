// A product in a folder of its own that is killed and started again, and its database behind the walls.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Client } from 'pg';
import { compileProduct, discardProduct, exitWithin, killDatabase, openBackdoor, startProduct, type Product } from './product.js';

export class RestartedProduct {
  readonly #code = compileProduct();
  readonly dataDir: string;
  #backdoor: Client | null = null;
  #running: Product | null = null;

  /**
   * @param patience milliseconds that a named point may take to be reached: a job of who was killed is found by the next process
   * @param env of every process
   */
  constructor(name: string, private readonly patience: number, private readonly env: Readonly<Record<string, string>> = {}) {
    this.dataDir = mkdtempSync(join(tmpdir(), `switchboard-${name}-`));
    // As root the database runs as another user, who must be able to enter.
    chmodSync(this.dataDir, 0o755);
  }

  /** @param crashAt where it kills itself */
  async start(crashAt?: string): Promise<Product> {
    this.#running = await startProduct({ code: this.#code, dataDir: this.dataDir, env: { ...this.env, ...(crashAt ? { SWITCHBOARD_CRASH_AT: crashAt } : {}) } });
    this.#backdoor ??= await openBackdoor(this.dataDir);
    return this.#running;
  }

  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#backdoor?.query<Row>(text, values))?.rows ?? [];
  }

  async diesAt(point: string, running: Product): Promise<void> {
    expect([point, await exitWithin(running.exited, this.patience, `waiting for ${point}`)]).toEqual([point, { code: null, signal: 'SIGKILL' }]);
  }

  /** Orderly, with its database. */
  async stop(): Promise<void> {
    await this.#running?.stop();
    await this.#backdoor?.end().catch(() => undefined);
    this.#backdoor = null;
  }

  async end(): Promise<void> {
    await this.#backdoor?.end();
    await this.#running?.stop().catch(() => undefined);
    await killDatabase(this.dataDir, 'SIGQUIT');
    discardProduct(this.#code);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
