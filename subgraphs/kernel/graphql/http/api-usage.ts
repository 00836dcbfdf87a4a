// Counts of API calls, handed over by a gateway.
import { apiUsageSchema, type ApiUsagePort } from '../../base/api-usage.js';
import { unsigned } from '../../base/errors.js';
import { answer, json, problem, readBody, type Exchange } from '../../base/http.exchange.js';

export const API_USAGE_PATH = '/internal/api-usage';
const MAX_BODY = 8 * 1024 * 1024;

/** @param allowed whether a signed actor of kind system asks: without one it is refused before anything is read */
export async function serveApiUsage(exchange: Exchange, port: ApiUsagePort | undefined, allowed: boolean): Promise<void> {
  if (!allowed) return answer(exchange, json(401, { errors: [unsigned()] }));
  if (!port) return answer(exchange, problem(404, 'NOT_FOUND', 'This subgraph keeps no counts.'));
  if (exchange.method !== 'POST') return answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers POST only.', { allow: 'POST' }));
  const { bytes, oversize } = await readBody(exchange.request, MAX_BODY);
  if (oversize) return answer(exchange, problem(413, 'BAD_USER_INPUT', `The report is larger than ${MAX_BODY} bytes.`));
  const usage = apiUsageSchema.safeParse(parsed(bytes));
  if (!usage.success) return answer(exchange, problem(400, 'BAD_USER_INPUT', 'This is no report of API calls.'));
  await port.report(usage.data);
  answer(exchange, { status: 204 });
}

/** `undefined` when it is not JSON in UTF-8. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
