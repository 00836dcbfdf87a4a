// Who is behind a credential, what has changed since, and the public keys: asked by the gateway, not by a person.
import { unsigned } from '../../base/errors.js';
import { answer, json, problem, type Exchange } from '../../base/http.exchange.js';
import type { AuthenticatePort } from '../../base/subgraph-port.js';

const SESSION = /^\/internal\/session\/([\w-]{1,64})$/;
const API_KEY = /^\/internal\/api-key\/([0-9a-f]{64})$/;
const PRIVATE = { 'cache-control': 'no-store' };

/** @param allowed whether a signed actor of kind system asks */
export async function serveAuthentication(exchange: Exchange, port: AuthenticatePort | undefined, allowed: boolean): Promise<void> {
  if (!allowed) return answer(exchange, json(401, { errors: [unsigned()] }));
  if (!port) return answer(exchange, problem(404, 'NOT_FOUND', 'This subgraph does not authenticate.'));
  if (exchange.method !== 'GET') return answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers GET only.', { allow: 'GET' }));
  const asked = ask(exchange, port);
  if (!asked) return answer(exchange, problem(404, 'NOT_FOUND', 'There is nothing at this path.'));
  answer(exchange, json(200, await asked, PRIVATE));
}

function ask({ path, search }: Exchange, port: AuthenticatePort): Promise<unknown> | null {
  const query = new URLSearchParams(search);
  if (path === '/internal/jwks') return port.jwks();
  if (path === '/internal/changes') return port.changes(query.get('since'));
  const sessionId = SESSION.exec(path)?.[1];
  if (sessionId !== undefined) return port.session(sessionId);
  const hash = API_KEY.exec(path)?.[1];
  return hash === undefined ? null : port.apiKey(hash, query.get('ip'));
}
