// Web pages of other origins (CORS): which may call, and read the answer.
import type { IncomingMessage } from 'node:http';
import { answer, problem, type Exchange } from '../../subgraphs/kernel/base/http.exchange.js';
import type { Proxies } from '../proxies.js';
import { SettingsUnavailable } from './settings.refusals.js';
import type { TenantSettings } from './tenant.settings.js';

const ALLOWED_HEADERS = 'authorization, content-type, x-api-key, x-correlation-id, apollo-require-preflight';
const EXPOSED_HEADERS = 'maintenance, retry-after, x-correlation-id, x-error-reference';
/** Browsers remember a preflight for so long. What follows it is judged anew, by the caller's own tenant. */
const PREFLIGHT_SECONDS = 600;

export class Pages {
  readonly #platform: ReadonlySet<string>;

  /** @param platform origins whose pages may call for every tenant */
  constructor(private readonly settings: TenantSettings, private readonly proxies: Proxies, platform: readonly string[]) {
    this.#platform = new Set(platform);
  }

  /** The origin of a page that the caller's tenant must have named; null: no page, this gateway's own, or the platform's. */
  foreign(request: IncomingMessage): string | null {
    const origin = this.#crossOrigin(request);
    return origin === null || this.#platform.has(origin) ? null : origin;
  }

  /** Lets the page read the answer when its origin is known. Resolves to whether all is answered already: it was a preflight. */
  async meet(exchange: Exchange): Promise<boolean> {
    const { request, response, method } = exchange;
    const origin = this.#crossOrigin(request);
    const preflight = method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (origin === null) return false;
    response.setHeader('vary', 'origin');
    const known = this.#platform.has(origin) || await this.#known(origin);
    if (known === null) {
      answer(exchange, problem(503, 'INTERNAL', 'This is unavailable: try again later.', { 'retry-after': '1' }));
      return true;
    }
    if (known) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
    }
    if (!preflight) return false;
    answer(exchange, !known ? problem(403, 'FORBIDDEN', 'Pages of this origin may not call.') : {
      status: 204,
      headers: {
        'access-control-allow-methods': 'GET, POST, PUT', 'access-control-allow-headers': ALLOWED_HEADERS, 'access-control-max-age': String(PREFLIGHT_SECONDS),
      },
    });
    return true;
  }

  /** Null: nobody can say now. That it is so is logged where changes are followed. */
  #known(origin: string): Promise<boolean | null> {
    return this.settings.knowsOrigin(origin).catch((error: unknown) => {
      if (error instanceof SettingsUnavailable) return null;
      throw error;
    });
  }

  /** Null for who is no browser, and for pages that this gateway serves itself. */
  #crossOrigin(request: IncomingMessage): string | null {
    const { origin } = request.headers;
    if (origin === undefined || request.headers['sec-fetch-site'] === 'same-origin') return null;
    // A proxy that ends TLS changes the protocol and not the host.
    return URL.parse(origin)?.host === this.proxies.hostOf(request) ? null : origin;
  }
}
