// Who is behind a session, and the public keys: asked by the gateway, not by a person.
import { unsigned } from '../../base/errors.js';
import { answer, json, problem, type Exchange } from '../../base/http.exchange.js';
import type { AuthenticatePort } from '../../base/subgraph-port.js';

const SESSION = /^\/internal\/session\/([\w-]{1,64})$/;
const PRIVATE = { 'cache-control': 'no-store' };

/** @param allowed whether a signed actor of kind system asks */
export async function serveAuthentication(exchange: Exchange, port: AuthenticatePort | undefined, allowed: boolean): Promise<void> {
  if (!allowed) return answer(exchange, json(401, { errors: [unsigned()] }));
  if (!port) return answer(exchange, problem(404, 'NOT_FOUND', 'This subgraph does not authenticate.'));
  if (exchange.method !== 'GET') return answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers GET only.', { allow: 'GET' }));
  if (exchange.path === '/internal/jwks') return answer(exchange, json(200, await port.jwks(), PRIVATE));
  const sessionId = SESSION.exec(exchange.path)?.[1];
  if (sessionId === undefined) return answer(exchange, problem(404, 'NOT_FOUND', 'There is nothing at this path.'));
  answer(exchange, json(200, await port.session(sessionId), PRIVATE));
}
