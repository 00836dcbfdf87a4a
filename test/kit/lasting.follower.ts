// Follows the messages of an inbox as a browser does: connects again whenever it is cut off, and goes on after its last cursor.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { operation, type FeedNews, type LiveMessage } from './client.js';

/** An unknown cursor is answered with where the feed stands: from then on nothing may be missing. */
const UNKNOWN_CURSOR = 'bm9uc2Vuc2U';

export interface LastingFollowerOptions {
  wsUrl: string;
  inboxId: string;
  /** Asked for at each connection: a token ends sooner than a long proof. */
  accessToken: () => string;
  /** Connections that fail in a row before it gives up. */
  attempts?: number;
}

export class LastingFollower {
  readonly news: FeedNews[] = [];
  /** The code of each closed connection. */
  readonly closes: number[] = [];
  /** Why it follows no more; null while it does. Being cut off is no reason. */
  failure: unknown = null;
  readonly #client: SocketClient;
  readonly #stop: () => void;
  #left = false;

  constructor({ wsUrl, inboxId, accessToken, attempts = 100 }: LastingFollowerOptions) {
    this.#client = createClient({
      url: wsUrl, webSocketImpl: WebSocket, connectionParams: () => ({ authorization: `Bearer ${accessToken()}` }),
      // A port that nobody listens on is an error event, after which the library would give up.
      shouldRetry: () => true,
      retryAttempts: attempts, retryWait: () => sleep(50 + 100 * Math.random()),
      on: { closed: (event) => this.closes.push((event as { code: number }).code) },
    });
    const variables = { inboxId, after: UNKNOWN_CURSOR };
    this.#stop = this.#client.subscribe<{ messageFeed: FeedNews | null }>({ query: operation('message-feed'), variables }, {
      next: ({ data, errors }) => {
        // With errors and data a field of another subgraph is missing; the event itself is there.
        if (!data?.messageFeed) {
          this.failure = errors ?? 'an event without data';
          return;
        }
        this.news.push(data.messageFeed);
        variables.after = data.messageFeed.cursor;
      },
      error: (error) => { this.failure = error; },
      complete: () => { if (!this.#left) this.failure ??= 'it completed'; },
    });
  }

  get added(): LiveMessage[] {
    return this.news.flatMap((news) => (news.__typename === 'MessageAdded' ? [news.message] : []));
  }

  get gaps(): number {
    return this.news.filter(({ __typename }) => __typename === 'FeedGap').length;
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#stop();
    await this.#client.dispose();
  }
}
