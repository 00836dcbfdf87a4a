// Who is behind a credential, what has changed since, and the public keys.
import type { Exchange } from '../../base/http.exchange.js';
import type { AuthenticatePort } from '../../base/subgraph-port.js';

const SESSION = /^\/internal\/session\/([\w-]{1,64})$/;
const DELEGATION = /^\/internal\/delegation\/([\w.-]{1,2000})$/;
const API_KEY = /^\/internal\/api-key\/([0-9a-f]{64})$/;

/** @returns null when there is nothing at the path */
export function askAuthentication(port: AuthenticatePort, { path, search }: Exchange): Promise<unknown> | null {
  const query = new URLSearchParams(search);
  if (path === '/internal/jwks') return port.jwks();
  if (path === '/internal/changes') return port.changes(query.get('since'));
  const sessionId = SESSION.exec(path)?.[1];
  if (sessionId !== undefined) return port.session(sessionId);
  const delegation = DELEGATION.exec(path)?.[1];
  if (delegation !== undefined) return port.delegation(delegation);
  const hash = API_KEY.exec(path)?.[1];
  return hash === undefined ? null : port.apiKey(hash, query.get('ip'));
}
