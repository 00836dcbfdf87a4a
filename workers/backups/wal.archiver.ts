// Keeps the write-ahead log as it grows. The server keeps for its slot what we have not said to have; what is lost beyond that is an alarm, and not silence.
import { setTimeout as sleep } from 'node:timers/promises';
import type { CopyMessages } from './copy.messages.js';
import { Replication, parseLogMessage, standbyStatus, type ServerIdentity } from './replication.js';
import { assertOwnServer } from './own.server.js';
import type { Repository } from './repository.js';
import type { ObjectKey } from './sealed.object.js';
import { knownTimelines } from './wal.coverage.js';
import { lostLog, type SlotStart } from './wal.gap.js';
import { historyKey } from './wal.position.js';
import { WalSegment } from './wal.segment.js';

export interface ArchiverOptions {
  repository: Repository;
  /** Of a role that may replicate. */
  url: string;
  /** How long something may be only with the server, milliseconds. */
  flushMs?: number;
  log: (line: string, error?: unknown) => void;
  /** The server has let go of log that was not kept: from then on only the next backup can be restored to any moment. */
  onGap: (text: string) => void;
}

export interface ArchivedUpTo {
  lsn: bigint;
  timeline: number;
  /** The server's clock: what was committed until then is kept. */
  at: Date;
}

export const SLOT = 'switchboard_backup';
const FLUSH_MS = 2_000;
/** The server ends a connection of which it hears nothing for a minute. */
const STATUS_MS = 10_000;
/** Between the server's look at its disk and the time that it writes on a message. */
const SENDING_MS = 100;
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
const LOG_KEY_DAYS = 30;
const DAY_MS = 86_400_000;
/** The slot is in use. */
const TAKEN = '55006';
/** The slot lost what it kept: 55000 says so of the slot, 58P01 of a file. */
const LET_GO = new Set(['55000', '58P01']);

export class WalArchiver {
  #upTo: ArchivedUpTo | null = null;
  readonly #ending = new AbortController();
  #replication: Replication | null = null;
  #failure: string | null = null;
  #gap: string | null | undefined = undefined;
  #begun: SlotStart | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: ArchiverOptions) {}

  start(): void {
    this.#running = this.#run();
  }

  /** Null while nothing was kept. */
  get upTo(): ArchivedUpTo | null {
    return this.#upTo;
  }

  /** Why it does not work just now; null: it does. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Log that is lost since the newest backup; null: none is; undefined: it is not for us to say. */
  get gap(): string | null | undefined {
    return this.#gap;
  }

  /** Looks again: a backup that was taken since ends it. */
  async lookForGap(): Promise<void> {
    const begun = this.#begun;
    const gap = begun ? await lostLog(this.options.repository, begun) : undefined;
    // Who has lost the slot meanwhile has nothing to say of it.
    if (begun === this.#begun) this.#gap = gap;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#replication?.close().catch(() => undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let pause = PAUSE_MS; !this.#stopped;) {
      try {
        await this.#session();
        pause = PAUSE_MS;
      } catch (error) {
        if (this.#stopped) return;
        if ((error as { code?: string }).code === TAKEN) {
          // Another process keeps it: one at a time, and we are here when it goes.
          await this.#pause(PAUSE_MS);
          continue;
        }
        this.#failure = (error as Error).message;
        this.options.log('the log is not being kept just now; it goes on', error);
        await this.#pause(pause);
        pause = Math.min(2 * pause, MAX_PAUSE_MS);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#ending.signal }).catch((error: Error) => { if (error.name !== 'AbortError') throw error; });
  }

  get #stopped(): boolean {
    return this.#ending.signal.aborted;
  }

  /** From connecting to the end of a timeline, or of the connection. */
  async #session(): Promise<void> {
    const { url, repository } = this.options;
    const replication = await Replication.connect(url, 'switchboard:backup', (error) => this.options.log('the connection that the log comes by is lost', error));
    this.#replication = replication;
    try {
      const identity = await replication.identity();
      await assertOwnServer(repository, identity);
      await keepHistories(repository, replication, identity.timeline);
      const from = await this.#begin(replication, identity);
      await this.#follow(replication.stream(SLOT, from.lsn, from.timeline), from, identity.segmentBytes).catch(async (error: Error & { code?: string }) => {
        if (LET_GO.has(error.code ?? '')) await this.#letGo(replication, error);
        throw error;
      });
    } finally {
      this.#replication = null;
      this.#begun = null;
      this.#gap = undefined;
      await replication.close().catch(() => undefined);
    }
  }

  /** Whole segments alone can be put together: from the beginning of the one the slot is in. */
  async #begin(replication: Replication, { timeline, segmentBytes }: ServerIdentity): Promise<SlotStart> {
    const known = await replication.slot(SLOT);
    if (!known?.lsn) {
      if (known) await replication.dropSlot(SLOT);
      await replication.createSlot(SLOT);
    }
    const slot = known?.lsn ? known : await replication.slot(SLOT);
    const lsn = slot?.lsn ?? 0n;
    this.#begun = { lsn: lsn - (lsn % BigInt(segmentBytes)), timeline: slot?.timeline ?? timeline };
    return this.#begun;
  }

  async #letGo(replication: Replication, error: Error): Promise<void> {
    this.options.onGap(`the server has let go of log that was not kept (${error.message}): take a backup now`);
    await replication.dropSlot(SLOT).catch((other: unknown) => this.options.log('the slot of backups could not be dropped', other));
  }

  async #follow(copy: CopyMessages, from: { lsn: bigint; timeline: number }, segmentBytes: number): Promise<void> {
    const { repository, flushMs = FLUSH_MS } = this.options;
    const key = await logKey(repository);
    let segment = await WalSegment.open(repository, key, from.timeline, from.lsn, segmentBytes);
    let [flushed, told] = [Date.now(), 0];
    // By the time it is kept up to there, everything is that was written when the server said so.
    let mark: { lsn: bigint; at: Date } | null = null;
    let alive: Date | null = null;
    let looked = false;
    const status = (ask: boolean): void => {
      copy.send(standbyStatus(segment.kept, ask));
      told = Date.now();
    };
    const keep = async (): Promise<void> => {
      await segment.keep();
      flushed = Date.now();
      this.#failure = null;
      if (mark && segment.kept >= mark.lsn) {
        this.#reached(mark.lsn, from.timeline, mark.at);
        mark = null;
      }
      status(true);
    };
    for (;;) {
      const message = await copy.next(Math.max(10, flushed + flushMs - Date.now()));
      if (message === undefined) break;
      const parsed = message && parseLogMessage(message);
      if (message && !looked) {
        // The slot is ours. At each beginning: whoever noticed a gap may have died before it could say so.
        looked = true;
        await this.lookForGap();
        if (this.#gap) this.options.onGap(this.#gap);
      }
      if (parsed?.kind === 'data') {
        alive = null;
        mark ??= { lsn: parsed.end, at: new Date(parsed.at.getTime() - SENDING_MS) };
        for (let { start, bytes } = parsed; bytes.length > 0;) {
          const taken = segment.add(start, bytes, parsed.at);
          bytes = bytes.subarray(taken);
          start += BigInt(taken);
          if (!segment.isWhole) continue;
          await keep();
          segment = await segment.next();
        }
      } else if (parsed?.kind === 'alive') {
        // Between two of these the server looks for what it has not sent: there was nothing when it sent the first.
        if (alive && parsed.end <= segment.kept) this.#reached(segment.kept, from.timeline, alive);
        alive = parsed.at;
        if (parsed.answer) status(false);
      }
      if (Date.now() - flushed >= flushMs) await keep();
      else if (Date.now() - told > STATUS_MS) status(false);
    }
    // The end of a timeline: the next session takes up the one that follows.
    await segment.keep();
  }

  #reached(lsn: bigint, timeline: number, at: Date): void {
    if (!this.#upTo || at > this.#upTo.at) this.#upTo = { lsn, timeline, at };
  }
}

/** The key that pieces are sealed with; after a while another one. */
async function logKey(repository: Repository): Promise<ObjectKey> {
  const newest = await repository.newestKey('LOG');
  return newest && Date.now() - newest.createdAt.getTime() < LOG_KEY_DAYS * DAY_MS ? newest.key : repository.newKey('LOG');
}

/** Which timelines there were, and where each left the one before: without it nobody finds from one to the next. */
async function keepHistories(repository: Repository, replication: Replication, timeline: number): Promise<void> {
  const known = new Set((await knownTimelines(repository)).filter(({ hasHistory }) => hasHistory).map((one) => one.timeline));
  for (let one = timeline; one > 1; one -= 1) {
    if (known.has(one)) continue;
    const text = await replication.history(one).catch((error: { code?: string }) => {
      // A server that was never on it has no file of it.
      if (error.code === '58P01') return null;
      throw error;
    });
    if (text !== null) await repository.put(await logKey(repository), { scope: 'wal', path: historyKey(one) }, Buffer.from(text));
  }
}
