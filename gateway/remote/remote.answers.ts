// A subgraph in another process, as the gateway asks it what is no operation of the graph: signed, and checked by its schema.
import type { z } from 'zod';
import { ACTOR_HEADER, systemActor } from '../../subgraphs/kernel/base/actor.js';
import { Breaker } from './breaker.js';
import { HttpClient } from './http.client.js';
import type { RemoteOptions } from './remote.subgraph.js';

const TIMEOUT_MS = 4_000;

export abstract class RemoteAnswers {
  readonly #http: HttpClient;
  readonly #breaker: Breaker;

  constructor(private readonly options: RemoteOptions) {
    this.#http = new HttpClient(options.name, options.url);
    this.#breaker = new Breaker(options);
  }

  close(): void {
    this.#http.close();
  }

  /** @throws SubgraphUnavailable when it cannot be reached or is late */
  protected async ask<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const { name, signer, timeoutMs = TIMEOUT_MS } = this.options;
    const { status, bytes } = await this.#breaker.run(() => this.#http.exchange({
      method: 'GET', path, repeatable: true, headers: { [ACTOR_HEADER]: signer.sign(systemActor(null)) },
      send: (request) => request.end(),
    }, timeoutMs));
    if (status !== 200) throw new Error(`The subgraph ${name} answered the gateway with HTTP ${status}`);
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  }
}
