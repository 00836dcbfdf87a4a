// GraphQL over HTTP at /graphql: bounded JSON in, the document gate, then Apollo Server.
import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import type { IncomingHttpHeaders } from 'node:http';
import { anonymous, type Actor } from '../subgraphs/kernel/base/actor.js';
import { codeOf } from '../subgraphs/kernel/base/errors.js';
import { answer, json, readBody, type Exchange } from '../subgraphs/kernel/base/http.exchange.js';
import { acceptedLocale } from '../subgraphs/kernel/base/language.js';
import { givenIn } from './access/credential.js';
import type { Authenticator } from './actor.js';
import type { Documents } from './documents.js';
import { badRequest, type ErrorPublisher } from './errors.js';
import type { GraphServer } from './graphql.server.js';
import type { Proxies } from './proxies.js';
import type { Admission } from './settings/admission.js';
import type { Pages } from './settings/pages.js';
import { NOTICE_HEADER } from './settings/windows.js';
import { notAcceptable, serveLive } from './subscriptions/http.live.js';
import type { LiveParts } from './subscriptions/operations.js';
import { formatIn } from './subscriptions/stream.format.js';
import { publishedCode, UNREAD, type UsageTally } from './usage/usage.tally.js';

const MAX_BODY = 256 * 1024;

export interface GraphEndpoint {
  server: GraphServer;
  documents: Documents;
  errors: ErrorPublisher;
  tally: UsageTally;
  authenticator: Authenticator;
  admission: Admission;
  pages: Pages;
  proxies: Proxies;
  live: LiveParts;
}

export async function serveGraph(exchange: Exchange, endpoint: GraphEndpoint): Promise<void> {
  const { request, method, search, correlationId } = exchange;
  await tell(exchange, endpoint, anonymous(null, null));
  if (method !== 'GET' && method !== 'POST') {
    return refuse(exchange, endpoint, 405, [badRequest('GraphQL is served over GET and POST.')], { allow: 'GET, POST' });
  }
  const given = new URLSearchParams(search);
  if (method === 'GET' && !given.has('query') && (request.headers.accept ?? '').includes('text/html')) {
    return answer(exchange, { status: 302, headers: { location: '/playground' } });
  }
  let body: unknown;
  if (method === 'POST') {
    const read = await readJson(exchange);
    if ('refusal' in read) return refuse(exchange, endpoint, read.status, [read.refusal]);
    body = read.value;
  }
  const { query, operationName } = method === 'GET'
    ? { query: given.get('query'), operationName: given.get('operationName') }
    : operationOf(body);
  let writes = false;
  if (typeof query === 'string' && query !== '') {
    const accepted = endpoint.documents.accept(query, typeof operationName === 'string' ? operationName : null);
    if (Array.isArray(accepted)) return refuse(exchange, endpoint, 400, accepted);
    const { operation } = accepted.operation;
    writes = operation === 'mutation';
    const { accept = '' } = request.headers;
    const format = formatIn(accept);
    if (format && (operation === 'subscription' || !/application\/|\*\/\*/i.test(accept))) {
      const refusal = method === 'GET' ? refusalOfGet(request.headers, operation) : null;
      const variables = method === 'GET' ? variablesIn(given.get('variables')) : operationOf(body).variables;
      if (refusal) return refuse(exchange, endpoint, 400, [refusal]);
      if (variables !== null && variables !== undefined && !isRecord(variables)) return refuse(exchange, endpoint, 400, [badRequest('The variables are not a JSON object.')]);
      return serveLive(exchange, endpoint.live, format, { query, operationName: typeof operationName === 'string' ? operationName : null, variables });
    }
    if (operation === 'subscription') return refuse(exchange, endpoint, 406, [notAcceptable()]);
  }
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const result = await endpoint.server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers, search, body },
    context: async () => {
      const origin = endpoint.proxies.originOf(request);
      let actor = anonymous(origin.ip, origin.userAgent);
      try {
        const caller = await endpoint.authenticator.authenticate(givenIn(request), origin);
        ({ actor } = caller);
        const delegated = caller.proof?.kind === 'delegation';
        if (actor.tenant !== null) await tell(exchange, endpoint, actor);
        await endpoint.admission.begin({ actor, page: endpoint.pages.foreign(request) }, { writes, delegated, language: request.headers['accept-language'] ?? null });
        return { correlationId, actor: () => actor, locale: acceptedLocale(request.headers['accept-language']) };
      } catch (error) {
        endpoint.errors.note(error, correlationId);
        endpoint.tally.count(actor, UNREAD, codeOf(error) ?? 'INTERNAL');
        throw error;
      }
    },
  });
  answer(exchange, {
    status: result.status ?? 200, headers: Object.fromEntries(result.headers), body: await textOf(result),
  });
}

/** Every answer tells of maintenance to come, refusals included. */
async function tell({ response }: Exchange, { admission }: GraphEndpoint, actor: Actor): Promise<void> {
  const notice = await admission.notice(actor);
  if (notice !== null) response.setHeader(NOTICE_HEADER, notice);
}

type Read = { value: unknown } | { refusal: GraphQLError; status: number };

/** The parsed body; `undefined` when it is not declared as JSON, which Apollo Server refuses (and checks for CSRF). */
async function readJson({ request }: Exchange): Promise<Read> {
  const { bytes, oversize } = await readBody(request, MAX_BODY);
  if (oversize) {
    return { refusal: badRequest(`The request body is larger than ${MAX_BODY} bytes.`, 'BODY_TOO_LARGE'), status: 413 };
  }
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return { value: undefined };
  if (request.headers['content-encoding'] !== undefined) {
    return { refusal: badRequest('The request body must not be compressed.'), status: 415 };
  }
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return { refusal: badRequest('The request body is not JSON in UTF-8.'), status: 400 };
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const operationOf = (body: unknown): { query?: unknown; operationName?: unknown; variables?: unknown } => (isRecord(body) ? body : {});

/** Headers that a page of elsewhere cannot send without asking first; Apollo Server knows the same. */
const PREFLIGHT = ['apollo-require-preflight', 'x-apollo-operation-name'];

/** Any page can make a browser send a plain GET. */
function refusalOfGet(headers: IncomingHttpHeaders, operation: string): GraphQLError | null {
  if (operation === 'mutation') return badRequest('A mutation is sent by POST.');
  return PREFLIGHT.some((name) => headers[name]) ? null : badRequest(`A GET that is answered with a stream carries one of the headers ${PREFLIGHT.join(', ')}: it might come from any page otherwise.`);
}

/** @returns what is no object when it cannot be read */
function variablesIn(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refuse(
  exchange: Exchange, endpoint: GraphEndpoint, status: number, refusals: readonly GraphQLError[],
  headers: Record<string, string> = {},
): void {
  const published = refusals.map((error) => endpoint.errors.publish(error, exchange.correlationId));
  if (published[0]) count(exchange, endpoint, publishedCode(published[0]));
  answer(exchange, json(status, { errors: published }, headers));
}

/** A call that was refused before anybody looked at who makes it. */
function count({ request }: Exchange, { tally, proxies }: GraphEndpoint, code: string): void {
  const { ip, userAgent } = proxies.originOf(request);
  tally.count(anonymous(ip, userAgent), UNREAD, code);
}

async function textOf({ body }: HTTPGraphQLResponse): Promise<string> {
  if (body.kind === 'complete') return body.string;
  let text = '';
  for await (const chunk of body.asyncIterator) text += chunk;
  return text;
}
