// A master key that a program keeps: the way to a KMS or an HSM, whose client belongs to who runs it. JSON in, JSON out, no shell.
import { spawn } from 'node:child_process';
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { PROGRAM, type MasterKeyPort } from './master-key.js';

/** The first byte of what a program has wrapped; an envelope of ours begins with another. */
const MARK = 2;
const KEY_BYTES = 32;
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 65_536;
const MAX_PROCESSES = 4;

const answer = z.object({ data: z.base64().min(1) });

const digest = (aad: string): Buffer => createHash('sha256').update(aad).digest();

export interface CommandMasterKeyOptions {
  timeoutMs?: number;
}

/** Asks the program at `path` for each key: `{"operation":"wrap"|"unwrap","data":base64,"context":text}` on its standard input, `{"data":base64}` from its standard output. */
export class CommandMasterKey implements MasterKeyPort {
  readonly id = PROGRAM;
  readonly #timeoutMs: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(private readonly path: string, { timeoutMs = TIMEOUT_MS }: CommandMasterKeyOptions = {}) {
    this.#timeoutMs = timeoutMs;
  }

  /** What it is for is wrapped with the key: a program that does not bind it to its context cannot take the binding away. */
  async wrap(key: Buffer, aad: string): Promise<Buffer> {
    if (key.length !== KEY_BYTES) throw new Error('A data key has 32 bytes.');
    return Buffer.concat([Buffer.of(MARK), await this.#ask('wrap', Buffer.concat([key, digest(aad)]), aad)]);
  }

  async unwrap(wrapped: Buffer, aad: string): Promise<Buffer> {
    if (!this.owns(wrapped)) throw new Error('This key was not wrapped by the program of the master key.');
    const bound = await this.#ask('unwrap', wrapped.subarray(1), aad);
    if (bound.length !== 2 * KEY_BYTES || !timingSafeEqual(bound.subarray(KEY_BYTES), digest(aad))) {
      throw new Error('Unable to authenticate a wrapped key: it belongs elsewhere.');
    }
    return Buffer.from(bound.subarray(0, KEY_BYTES));
  }

  owns(wrapped: Buffer): boolean {
    return wrapped[0] === MARK;
  }

  async #ask(operation: 'wrap' | 'unwrap', data: Buffer, context: string): Promise<Buffer> {
    if (this.#running >= MAX_PROCESSES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      const text = await this.#run(JSON.stringify({ operation, data: data.toString('base64'), context }), operation);
      return Buffer.from(parsed(text, this.path, operation), 'base64');
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  /** Nothing of what it reads, writes or complains of is in any message: all of it may hold key material. */
  #run(input: string, operation: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // In a group of its own, so that what it has started ends with it.
    const child = spawn(this.path, [], { shell: false, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
    let closed = false;
    const failed = (why: string): void => {
      if (child.pid !== undefined && !closed) endGroup(child.pid);
      child.stdout.destroy();
      reject(new Error(`The program of the master key (${this.path}) ${why} on ${operation}.`));
    };
    const late = setTimeout(() => failed(`did not answer within ${this.#timeoutMs} ms`), this.#timeoutMs);
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if ((size += chunk.length) > MAX_ANSWER_BYTES) failed('answered too much');
    });
    child.on('error', (error: NodeJS.ErrnoException) => failed(`cannot be run (${error.code ?? 'unknown'})`));
    // A program that ends without having read its input says so by its exit code.
    child.stdin.on('error', () => undefined);
    child.on('close', (code, signal) => {
      closed = true;
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else failed(`ended with ${code === null ? signal ?? 'a signal' : `exit code ${code}`}`);
    });
    child.stdin.end(`${input}\n`);
    return promise.finally(() => clearTimeout(late));
  }
}

function parsed(text: string, path: string, operation: string): string {
  try {
    return answer.parse(JSON.parse(text)).data;
  } catch {
    // The cause would quote the answer.
    throw new Error(`The program of the master key (${path}) answered something else than {"data": base64} on ${operation}.`);
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
