// A real redis-server of a test's own: on a free loopback port, with a password, nothing kept on disk.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../ops/postgres/postmaster.js';

const READY_MS = 10_000;

export class TestRedis {
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'switchboard-redis-'));
  #process: ChildProcess | null = null;
  #exited: Promise<unknown> = Promise.resolve();

  private constructor(private readonly program: string, readonly port: number, readonly password: string) {
    this.url = `redis://:${password}@127.0.0.1:${port}`;
  }

  /** @param program path of redis-server, as `when('redis', …)` finds it */
  static async start(program: string): Promise<TestRedis> {
    const redis = new TestRedis(program, await freePort(), randomBytes(12).toString('hex'));
    await redis.start();
    return redis;
  }

  /** Starts it, empty, on the same port and with the same password as before. */
  async start(): Promise<void> {
    // Its settings come by standard input: a command line is everybody's to read.
    const child = spawn(this.program, ['-'], { cwd: this.#folder, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process = child;
    this.#exited = new Promise((resolve) => { child.once('exit', resolve); });
    let text = '';
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`redis-server is not ready after ${READY_MS / 1000} s:\n${text}`)), READY_MS);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (!/Ready to accept connections/.test(text)) return;
          clearTimeout(timer);
          resolve();
        });
      }
      child.once('error', reject);
      void this.#exited.then(() => {
        clearTimeout(timer);
        reject(new Error(`redis-server ended before it was ready:\n${text}`));
      });
    });
    child.stdin.end(`port ${this.port}\nbind 127.0.0.1\nrequirepass ${this.password}\nsave ""\nappendonly no\ndaemonize no\n`);
    await ready;
  }

  /** Of the server that was started last. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** SIGKILL: its memory, which is all it had, is gone. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#exited;
  }

  /** As a server that hangs, or a network that swallows packets: connections stay, answers do not come. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Deletes every key. */
  flush(): Promise<void> {
    return this.admin(async (client) => { await client.flushall(); });
  }

  /** Breaks the connections whose name `pattern` matches. @returns how many */
  cut(pattern: RegExp): Promise<number> {
    return this.admin(async (client) => {
      const ids = String(await client.client('LIST')).split('\n')
        .filter((line) => pattern.test(/ name=(\S*)/.exec(line)?.[1] ?? '')).flatMap((line) => /^id=(\d+)/.exec(line)?.[1] ?? []);
      for (const id of ids) await client.client('KILL', 'ID', id);
      return ids.length;
    });
  }

  /** A connection for looking behind the scenes. */
  async admin<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.url, { connectionName: 'test-admin' });
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  async close(): Promise<void> {
    this.resume();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
