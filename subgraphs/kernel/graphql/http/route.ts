// A declared route over HTTP: what the gateway vouches for in a signed token, and the client's bytes as they are.
import type { ActorVerifier } from '../../base/actor.js';
import type { Clock } from '../../base/clock.js';
import { routeBody } from '../../base/http.body.js';
import { answer, problem, type Exchange } from '../../base/http.exchange.js';
import { routeHeaders } from '../../base/http.headers.js';
import { routeAnswer } from '../../base/http.route.js';
import { ROUTE_HEADER, ROUTE_REFUSED_HEADER, verifyRoute } from '../../base/route.token.js';
import type { RunningSubgraph } from '../boot.js';

/** What a listener needs of a subgraph. */
export type ServedSubgraph = Pick<RunningSubgraph, 'name' | 'port' | 'routes'>;

export async function serveRoute(exchange: Exchange, { name, routes }: ServedSubgraph, verifier: ActorVerifier, clock: Clock): Promise<void> {
  const { request, search, method } = exchange;
  const token = request.headers[ROUTE_HEADER];
  const claims = verifyRoute(verifier, typeof token === 'string' ? token : undefined, clock.now());
  if (claims?.subgraph !== name) {
    return answer(exchange, problem(401, 'UNAUTHENTICATED', 'This call carries no valid route token.', { [ROUTE_REFUSED_HEADER]: '1' }));
  }
  const { route, params, url, ip, correlationId } = claims;
  exchange.correlationId = correlationId;
  const declaration = routes.declarations.find((each) => each.name === route && each.method === method);
  if (!declaration) return answer(exchange, { status: 404 });
  exchange.route = declaration.path;
  const body = await routeBody(request, declaration);
  answer(exchange, routeAnswer(await routes.port.handle(route, {
    params, query: new URLSearchParams(search), headers: routeHeaders(request.headers), ...body, ip, correlationId, url,
  }), body.oversize));
}
