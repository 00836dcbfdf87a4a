// What every bus shares: who listens, faults that stay the listener's own, and the debounce of wake-ups.
import type { Logger } from '../base/logger.js';
import { FEED_CHANNEL, MOMENT_CHANNEL, WAKE_CHANNEL, type Bus, type BusListener } from './bus.js';

const WAKE_DEBOUNCE_MS = 2;

export abstract class ListenerBus implements Bus {
  readonly #listeners = new Map<string, Set<BusListener>>([WAKE_CHANNEL, FEED_CHANNEL, MOMENT_CHANNEL].map((channel) => [channel, new Set()]));
  readonly #waking = new Set<string>();
  #wakeTimer: NodeJS.Timeout | null = null;
  #closed = false;

  protected constructor(protected readonly logger: Logger) {}

  abstract publish(channel: string, payloads: string[]): Promise<void>;

  /** Ends the connections. Called once. */
  protected abstract disconnect(): Promise<void>;

  protected get closed(): boolean {
    return this.#closed;
  }

  protected get channels(): string[] {
    return [...this.#listeners.keys()];
  }

  /** Any login of the server may send: what a listener cannot read must not end the process, nor keep it from others. */
  protected deliver(channel: string, payload: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      try {
        listener.message(payload);
      } catch (error) {
        this.logger.warn({ channel, err: error }, 'a bus message is unreadable; its listeners read the tables again');
        listener.gap();
      }
    }
  }

  /** To be called when the connection listens again after it was lost. */
  protected gap(): void {
    for (const set of this.#listeners.values()) for (const listener of set) listener.gap();
  }

  listen(channel: string, listener: BusListener): () => void {
    const set = this.#listeners.get(channel);
    if (!set) throw new Error(`Unknown bus channel ${channel}.`);
    set.add(listener);
    return () => set.delete(listener);
  }

  wake(schema: string): void {
    if (this.#closed) return;
    this.#waking.add(schema);
    this.#wakeTimer ??= setTimeout(() => {
      this.#wakeTimer = null;
      const schemas = [...this.#waking];
      this.#waking.clear();
      // Losing a wake-up costs one poll interval, so a failure is worth a debug line and nothing more.
      this.publish(WAKE_CHANNEL, schemas).catch((error: Error) => this.logger.debug({ err: error.message }, 'wake-up not sent'));
    }, WAKE_DEBOUNCE_MS);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer);
    await this.disconnect();
  }
}
