// One way out for every error, over HTTP and sockets: a published code, or INTERNAL with a reference that is in the log.
import { randomBytes } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { codeOf } from '../subgraphs/kernel/base/errors.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';

/** What the caller got wrong before anything ran, in the words of the GraphQL server; published as `reason`. */
const CALLERS_FAULT = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'BAD_REQUEST',
]);
const MASKED = 'Something went wrong on our side.';

/** A refusal of the gateway itself because of the shape of a request. `reason` is a stable word for programs. */
export const badRequest = (message: string, reason = 'BAD_REQUEST', extra: Record<string, unknown> = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', reason, ...extra } });

/** An operation beyond a published limit. */
export const tooCostly = (message: string, limit: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'TOO_COSTLY', limit } });

/** Names of the schema are no business of a wrong guess: drops graphql-js's suggestions. */
const withoutSuggestions = (message: string): string => message.replace(/ ?Did you mean [\s\S]*$/, '');

/** An error as a subgraph sent it, marked as coming from there so that only published codes pass. */
export const fromSubgraph = (
  error: { message: string; path?: readonly (string | number)[]; extensions?: Record<string, unknown> },
  serviceName: string,
): GraphQLError => new GraphQLError(error.message, { path: error.path, extensions: { ...error.extensions, serviceName } });

export class ErrorPublisher {
  readonly #correlation = new WeakMap<object, string>();
  readonly #published = new WeakMap<object, GraphQLFormattedError>();

  constructor(private readonly logger: Logger) {}

  /** Remembers whose request an error belongs to, for its log line. */
  note(error: unknown, correlationId: string): void {
    if (typeof error === 'object' && error !== null) this.#correlation.set(error, correlationId);
  }

  /** A published error that may be thrown through a library: `publish` then answers the same again, and logs nothing twice. */
  publishedError(error: unknown, correlationId: string): GraphQLError {
    const published = this.publish(error, correlationId);
    const thrown = new GraphQLError(published.message, { extensions: published.extensions });
    this.#published.set(thrown, published);
    return thrown;
  }

  /** The error as the client sees it: never a service name, a stack trace or a suggestion. */
  publish(error: unknown, correlationId?: string): GraphQLFormattedError {
    if (!(error instanceof GraphQLError)) return this.#mask(error, correlationId);
    const before = this.#published.get(error) ?? (error.originalError && this.#published.get(error.originalError));
    if (before) return before;
    const { code, field, permission, reason, limit, retryAfter, until } = error.extensions;
    if (error.extensions['serviceName'] !== undefined) {
      const published = codeOf(error);
      if (published === null || published === 'INTERNAL') return this.#mask(error, correlationId);
      return { message: error.message, ...pathOf(error), extensions: defined({ code: published, field, permission, reason }) };
    }
    const locations = error.locations ? { locations: error.locations } : {};
    const message = withoutSuggestions(error.message);
    if (limit !== undefined) return { message, ...locations, extensions: { code: 'TOO_COSTLY', limit } };
    if (typeof code === 'string' && CALLERS_FAULT.has(code)) {
      return { message, ...locations, extensions: { code: 'BAD_USER_INPUT', reason: code } };
    }
    const published = codeOf(error);
    if (published === null || published === 'INTERNAL') return this.#mask(error, correlationId);
    const extensions = defined({ code: published, field, permission, reason, retryAfter, until });
    return { message, ...locations, ...pathOf(error), extensions };
  }

  #mask(error: unknown, correlationId: string | undefined): GraphQLFormattedError {
    const reference = randomBytes(6).toString('hex');
    const known = typeof error === 'object' && error !== null ? this.#correlation.get(error) : undefined;
    const graphqlError = error instanceof GraphQLError ? error : null;
    this.logger.error(
      {
        reference,
        correlationId: correlationId ?? known,
        subgraph: graphqlError?.extensions['serviceName'],
        path: graphqlError?.path,
        extensions: graphqlError?.extensions,
        err: graphqlError?.originalError ?? error,
      },
      'a request failed on our side',
    );
    return { message: MASKED, ...(graphqlError ? pathOf(graphqlError) : {}), extensions: { code: 'INTERNAL', reference } };
  }
}

const defined = (all: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));

/** The response path; a plan's list wildcard has no place in it. */
function pathOf(error: GraphQLError): { path?: (string | number)[] } {
  if (!error.path) return {};
  const wildcard = error.path.indexOf('@');
  return { path: wildcard < 0 ? [...error.path] : error.path.slice(0, wildcard) };
}
