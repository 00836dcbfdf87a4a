// The bus: short messages to every process. It may lose messages when a connection breaks; listeners then re-read tables.
export const WAKE_CHANNEL = 'switchboard_wake';
export const FEED_CHANNEL = 'switchboard_feed';
export const MOMENT_CHANNEL = 'switchboard_moment';

export interface BusListener {
  message(payload: string): void;
  /** Messages may have been lost since the last one: read the tables again. */
  gap(): void;
}

export interface Bus {
  /** Sends to every listener of the channel, in order. Payloads are at most 7,900 bytes. */
  publish(channel: string, payloads: string[]): Promise<void>;
  listen(channel: string, listener: BusListener): () => void;
  /** "There is something in this schema's outbox or audit staging." Debounced, never awaited, safe to lose. */
  wake(schema: string): void;
  close(): Promise<void>;
}
