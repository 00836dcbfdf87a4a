// A subgraph in another process, behind the same port as one in this: JSON over HTTP, live streams over one socket.
import { setTimeout as sleep } from 'node:timers/promises';
import { SubgraphUnavailable, type SubgraphPort, type SubgraphRequest, type SubgraphResult, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { ActorSigner } from '../actor.js';
import { Breaker, type BreakerParts } from './breaker.js';
import { HttpClient } from './http.client.js';
import { LiveClient } from './live.client.js';

const TIMEOUT_MS = 10_000;
const RETRY_MS = 250;

export interface RemoteOptions extends BreakerParts {
  /** Of the subgraph's listener, e.g. `http://127.0.0.1:4101`. */
  url: string;
  signer: ActorSigner;
  /** How long an operation may take, and how long a subscription waits for a subgraph that is away. Default 10 s. */
  timeoutMs?: number;
}

export class RemoteSubgraph implements SubgraphPort {
  readonly #http: HttpClient;
  readonly #live: LiveClient;
  readonly #breaker: Breaker;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();

  constructor(private readonly options: RemoteOptions) {
    const { name, url, signer, logger, timeoutMs = TIMEOUT_MS } = options;
    this.#http = new HttpClient(name, url);
    this.#live = new LiveClient({ name, url, signer, logger, openMs: timeoutMs });
    this.#breaker = new Breaker(options);
    this.#timeoutMs = timeoutMs;
  }

  /** @throws SubgraphUnavailable when it cannot be reached or is late */
  async execute({ query, operationName, variables, headers }: SubgraphRequest): Promise<SubgraphResult> {
    const body = Buffer.from(JSON.stringify({ query, operationName, variables }));
    const { status, bytes } = await this.#breaker.run(() => this.#http.exchange({
      method: 'POST', path: '/graphql', repeatable: /^\s*(query\b|\{)/.test(query),
      headers: { ...headers, 'content-type': 'application/json', 'content-length': body.byteLength },
      send: (request) => request.end(body),
    }, this.#timeoutMs));
    // 401 is a refusal in the words of the graph.
    if (status !== 200 && status !== 401) throw new Error(`The subgraph ${this.options.name} answered with HTTP ${status}`);
    return JSON.parse(bytes.toString('utf8')) as SubgraphResult;
  }

  /**
   * Waits for a subgraph that is away: others on the same client's socket go on meanwhile, and a restart is shorter.
   * @throws SubgraphUnavailable when it does not come back in time
   */
  async subscribe(request: SubgraphRequest): Promise<SubgraphStream | SubgraphResult> {
    const { name, clock, metrics } = this.options;
    const until = clock.now().getTime() + this.#timeoutMs;
    for (;;) {
      try {
        return await this.#live.open(request);
      } catch (error) {
        if (!(error instanceof SubgraphUnavailable) || this.#closing.signal.aborted || clock.now().getTime() >= until) throw error;
        metrics.subgraphFailures.inc({ subgraph: name, reason: error.reason });
        // Not all at once when many wait.
        await sleep(RETRY_MS * (1 + Math.random()), undefined, { signal: this.#closing.signal }).catch(() => { throw error; });
      }
    }
  }

  /** Ends every stream and connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#live.close();
    this.#http.close();
  }
}
