// Identity in another process, as the gateway hands it the counts of API calls.
import { ACTOR_HEADER, systemActor } from '../../subgraphs/kernel/base/actor.js';
import type { ApiUsage, ApiUsagePort } from '../../subgraphs/kernel/base/api-usage.js';
import { Breaker } from './breaker.js';
import { HttpClient } from './http.client.js';
import type { RemoteOptions } from './remote.subgraph.js';

const TIMEOUT_MS = 10_000;

export class RemoteUsage implements ApiUsagePort {
  readonly #http: HttpClient;
  readonly #breaker: Breaker;

  constructor(private readonly options: RemoteOptions) {
    this.#http = new HttpClient(options.name, options.url);
    this.#breaker = new Breaker(options);
  }

  /** @throws SubgraphUnavailable when identity cannot be reached or is late */
  async report(usage: readonly ApiUsage[]): Promise<void> {
    const { name, signer, timeoutMs = TIMEOUT_MS } = this.options;
    const { status } = await this.#breaker.run(() => this.#http.exchange({
      method: 'POST', path: '/internal/api-usage', repeatable: true,
      headers: { [ACTOR_HEADER]: signer.sign(systemActor(null)), 'content-type': 'application/json' },
      send: (request) => request.end(JSON.stringify(usage)),
    }, timeoutMs));
    if (status !== 204) throw new Error(`The subgraph ${name} answered counts of API calls with HTTP ${status}`);
  }

  close(): void {
    this.#http.close();
  }
}
