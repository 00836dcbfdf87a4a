// Who works in the exactly-once proof, and dies of it: processes that are killed, or armed to kill themselves, and started again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Processes, RoleProcess } from '../kit/processes.js';
import type { OnceWorld } from './exactly-once.world.js';

export type Backend = 'PostgreSQL' | 'Redis';

const AGAIN_MS = 100;
const START_AGAIN_MS = 60_000;

/** A process of a role that is killed, or armed to kill itself, and started again. */
class Victim {
  #process: RoleProcess | null = null;

  constructor(private readonly processes: Processes, private readonly role: string, private readonly env: Record<string, string>) {}

  /** Takes over one that was started before. */
  adopt(process: RoleProcess | undefined): void {
    this.#process = process ?? null;
  }

  /** As a supervisor does: again until it stays. @returns when it is ready, or has reached its point before it was */
  async start(crashAt?: string): Promise<void> {
    for (const end = Date.now() + START_AGAIN_MS; ;) {
      try {
        this.#process = await this.processes.start(this.role, { ...this.env, ...(crashAt ? { SWITCHBOARD_CRASH_AT: crashAt } : {}) });
        return;
      } catch (error) {
        // Ended by a signal, that is: what waits from before can be enough.
        if (crashAt && (error as Error).message.includes('ended with null')) return;
        // Its port may have been lent to a connection meanwhile.
        if (Date.now() > end) throw error;
        await sleep(AGAIN_MS);
      }
    }
  }

  /** Resolves with how it ended; `SIGKILL` is what a point does. */
  async ended(): Promise<string> {
    const exit = await this.#process?.exited;
    this.#process = null;
    return exit === undefined ? 'SIGKILL' : exit.signal ?? `exit code ${exit.code}`;
  }

  async kill(): Promise<void> {
    this.#process?.child.kill('SIGKILL');
    await this.#process?.exited;
    this.#process = null;
  }
}

/** Who works, and dies: two worker processes, of which one is armed, and the process that serves requests. */
export class Cast {
  #starting: Promise<void>;
  /** Who serves requests has not reached its point yet. */
  #webArmed = false;
  /** What follows each death. */
  readonly #after = new Set<Promise<void>>();

  private constructor(private readonly armed: Victim, private readonly other: Victim, private readonly web: Victim, private readonly killed: (point: string) => void, private readonly broken: (error: unknown) => void) {
    this.#starting = this.other.start();
    this.#starting.catch(() => undefined);
  }

  /** The workers there are so far end. */
  static async of(world: OnceWorld, backend: Backend, killed: (point: string) => void): Promise<Cast> {
    const { processes, redis } = world;
    const before = processes.roles.get('workers');
    before?.child.kill('SIGKILL');
    await before?.exited;
    // Its queues and nothing else: the bus, and who serves requests, stay where they are.
    const env = { PORT: '0', ...(backend === 'Redis' ? { REDIS_URL: redis?.url ?? '' } : {}) };
    const web = new Victim(processes, 'subgraph:conversations', {});
    web.adopt(processes.roles.get('subgraph:conversations'));
    const cast = new Cast(new Victim(processes, 'workers', env), new Victim(processes, 'workers', env), web, killed, (error) => world.giveUp(error));
    await cast.#starting;
    return cast;
  }

  /** @returns the points that are yet to be reached: it empties as they are */
  async arm({ work, web }: { work: string | undefined; web: string | undefined }): Promise<Set<string>> {
    const deaths = new Set<string>();
    const arm = async (victim: Victim, point: string, then: () => Promise<void>): Promise<void> => {
      await victim.kill();
      await victim.start(point);
      deaths.add(point);
      const gone = victim.ended().then(async (how) => {
        this.killed(how === 'SIGKILL' ? point : `${point}, but by ${how}`);
        await then();
        deaths.delete(point);
      }).catch((error: unknown) => this.broken(error));
      this.#after.add(gone);
    };
    this.#webArmed = web !== undefined;
    await Promise.all([
      this.#starting,
      ...(work === undefined ? [] : [arm(this.armed, work, async () => undefined)]),
      ...(web === undefined ? [] : [arm(this.web, web, async () => {
        this.#webArmed = false;
        await this.web.start();
      })]),
    ]);
    return deaths;
  }

  /** The worker that is not armed dies at any moment, and comes again. */
  async killOne(afterMs: number): Promise<void> {
    await sleep(afterMs);
    await this.other.kill();
    this.killed('any moment');
    this.#starting = this.other.start();
    // Whoever waits for it hears of it.
    this.#starting.catch(() => undefined);
  }

  async together(): Promise<void> {
    await this.#starting;
  }

  /** Nobody dies from here on. */
  async calm(): Promise<void> {
    // One that never came to its point is told of elsewhere; here it must not hold up the rest.
    if (this.#webArmed) await this.web.kill();
    await Promise.all([this.#starting, ...this.#after, this.armed.kill().then(() => this.armed.start())]);
  }

  async leave(): Promise<void> {
    await Promise.all([this.armed.kill(), this.other.kill()]);
  }
}
