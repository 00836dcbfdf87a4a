// Questions of the gateway that are no operation of the graph: GET, of the house alone, answered in JSON that nobody keeps.
import { unsigned } from '../../base/errors.js';
import { answer, json, problem, type Exchange } from '../../base/http.exchange.js';

const PRIVATE = { 'cache-control': 'no-store' };

/**
 * @param allowed whether a signed actor of kind system asks
 * @param ask what is asked; null when there is nothing at the path, absent where this subgraph answers no such question
 */
export async function serveInternal(exchange: Exchange, allowed: boolean, ask: ((exchange: Exchange) => Promise<unknown> | null) | undefined): Promise<void> {
  if (!allowed) return answer(exchange, json(401, { errors: [unsigned()] }));
  if (!ask) return answer(exchange, problem(404, 'NOT_FOUND', 'This subgraph does not answer such questions.'));
  if (exchange.method !== 'GET') return answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers GET only.', { allow: 'GET' }));
  const asked = ask(exchange);
  if (!asked) return answer(exchange, problem(404, 'NOT_FOUND', 'There is nothing at this path.'));
  answer(exchange, json(200, await asked, PRIVATE));
}
