// One operation over HTTP: a signed actor first, then bounded JSON in, JSON out.
import { z } from 'zod';
import { ACTOR_HEADER, CORRELATION_HEADER } from '../../base/actor.js';
import { LOCALE_HEADER } from '../../base/language.js';
import { unsigned } from '../../base/errors.js';
import { answer, json, problem, readBody, type Exchange } from '../../base/http.exchange.js';
import type { SubgraphPort } from '../../base/subgraph-port.js';

/** A fetch of many entities names each of them. */
const MAX_BODY = 8 * 1024 * 1024;

const operationSchema = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

/** @param signed whether the request carries a valid signed actor: without one it is refused before anything is read */
export async function serveOperation(exchange: Exchange, port: SubgraphPort, signed: boolean): Promise<void> {
  const { request, correlationId } = exchange;
  if (!signed) return answer(exchange, json(401, { errors: [unsigned()] }));
  if (exchange.method !== 'POST') return answer(exchange, problem(405, 'BAD_USER_INPUT', 'This path answers POST only.', { allow: 'POST' }));
  const { bytes, oversize } = await readBody(request, MAX_BODY);
  if (oversize) return answer(exchange, problem(413, 'BAD_USER_INPUT', `The operation is larger than ${MAX_BODY} bytes.`));
  const operation = operationSchema.safeParse(parsed(bytes));
  if (!operation.success) return answer(exchange, problem(400, 'BAD_USER_INPUT', 'This is no operation as JSON.'));
  const { query, operationName, variables } = operation.data;
  answer(exchange, json(200, await port.execute({
    query, operationName: operationName ?? undefined, variables: variables ?? undefined,
    headers: { [ACTOR_HEADER]: String(request.headers[ACTOR_HEADER]), [CORRELATION_HEADER]: correlationId, ...localeIn(request.headers[LOCALE_HEADER]) },
  })));
}

const localeIn = (given: string | undefined): Record<string, string> => (given === undefined ? {} : { [LOCALE_HEADER]: given });

/** `undefined` when it is not JSON in UTF-8. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
