// Executes a subgraph's operations for the gateway: signed actor in, JSON out, documents parsed and validated once.
import {
  createSourceEventStream, execute, GraphQLError, Kind, parse, validate, ValuesOfCorrectTypeRule,
  type DocumentNode, type ExecutionResult, type GraphQLFormattedError, type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { ACTOR_HEADER, CORRELATION_HEADER, type Actor, type ActorVerifier } from '../base/actor.js';
import { codeOf, unsigned } from '../base/errors.js';
import type { Logger } from '../base/logger.js';
import { StreamInterrupted, type SubgraphPort, type SubgraphRequest, type SubgraphResult, type SubgraphStream } from '../base/subgraph-port.js';
import { acceptedLocale, LOCALE_HEADER } from '../base/language.js';
import { isDatabaseAway } from '../data/database.away.js';
import type { UnitOfWorkDeps } from '../messaging/unit-of-work.js';
import { Ahead } from './ahead.js';
import { OperationContext } from './context.js';
import { denialsOf } from './denials.js';
import { isMark, positionOf } from './feeds.js';

export interface SubgraphServerDeps extends UnitOfWorkDeps {
  schemaDocument: GraphQLSchema;
  verifier: ActorVerifier;
  logger: Logger;
  services: unknown;
}

/** Events of one stream that are read in one transaction, at most. */
const TOGETHER = 32;

interface Prepared {
  document: DocumentNode;
  errors: readonly GraphQLError[];
}

export class SubgraphServer implements SubgraphPort {
  readonly #documents = new LRUCache<string, Prepared>({ max: 1_000 });

  constructor(private readonly deps: SubgraphServerDeps) {}

  async execute(request: SubgraphRequest): Promise<SubgraphResult> {
    const prepared = this.#prepare(request);
    if ('refused' in prepared) return prepared.refused;
    const context = this.#context(prepared.actor, request);
    try {
      const result = await execute({
        schema: this.deps.schemaDocument, document: prepared.document, contextValue: context,
        variableValues: request.variables, operationName: request.operationName,
      });
      await context.end();
      this.#recordDenials(context, prepared.document, request, result);
      await context.stageRecords();
      return context.rateLimited ? { ...this.#json(result), extensions: { rateLimited: true } } : this.#json(result);
    } finally {
      await context.end();
    }
  }

  async subscribe(request: SubgraphRequest): Promise<SubgraphStream | SubgraphResult> {
    const prepared = this.#prepare(request);
    if ('refused' in prepared) return prepared.refused;
    const { document, actor } = prepared;
    const context = this.#context(actor, request);
    const source = await this.#source(document, context, request);
    const opened = Symbol.asyncIterator in source;
    if (!opened) this.#recordDenials(context, document, request, source);
    const stream = opened ? source[Symbol.asyncIterator]() : null;
    try {
      await context.stageRecords();
    } catch (error) {
      // Nobody will read it.
      await stream?.return?.();
      throw error;
    }
    return stream ? this.#stream(stream, document, actor, request) : this.#json(source as ExecutionResult);
  }

  /** Where events come from, or the refusal. While the database is away the events break off at once: a refusal would end the subscription for good. */
  async #source(document: DocumentNode, context: OperationContext, { variables, operationName }: SubgraphRequest): Promise<AsyncIterable<unknown> | ExecutionResult> {
    try {
      const source = await createSourceEventStream({
        schema: this.deps.schemaDocument, document, contextValue: context, variableValues: variables, operationName,
      });
      const away = Symbol.asyncIterator in source ? undefined : source.errors?.find((error) => isDatabaseAway(error));
      return away ? brokenOff(away) : source;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      return brokenOff(error);
    } finally {
      await this.#end(context);
    }
  }

  /** Written by hand: `return()` of an async generator would wait for the pending `next()`. */
  #stream(source: AsyncIterator<unknown>, document: DocumentNode, actor: Actor, request: SubgraphRequest): SubgraphStream {
    const told = new Set<string>();
    const ahead = new Ahead(source);
    let read: (SubgraphResult | StreamInterrupted)[] = [];
    const stream: SubgraphStream = {
      [Symbol.asyncIterator]: () => stream,
      next: async () => {
        if (read.length === 0) read = await this.#events(await awaited(ahead.take(TOGETHER)), document, actor, request, told);
        const result = read.shift();
        if (result instanceof StreamInterrupted) throw result;
        return result ? { done: false, value: result } : { done: true, value: undefined };
      },
      return: async () => {
        await source.return?.();
        return { done: true, value: undefined };
      },
      throw: async (error: unknown) => {
        await source.return?.();
        throw error;
      },
    };
    return stream;
  }

  /**
   * Events are read afresh, those that wait together in one transaction and with the same loaders. What is refused in them is in the trail once a stream.
   * While the database is away the stream is interrupted instead: told without its content an event would be lost, because its cursor was told.
   */
  async #events(rootValues: readonly unknown[], document: DocumentNode, actor: Actor, request: SubgraphRequest, told: Set<string>): Promise<(SubgraphResult | StreamInterrupted)[]> {
    if (rootValues.length === 0) return [];
    const context = this.#context(actor, request);
    try {
      const results: ExecutionResult[] = await Promise.all(rootValues.map((rootValue) => (isMark(rootValue) ? {} : execute({
        schema: this.deps.schemaDocument, document, contextValue: context, rootValue,
        variableValues: request.variables, operationName: request.operationName,
      }))));
      const away = results.map(({ errors }) => errors?.find((error) => isDatabaseAway(error)));
      const first = away.findIndex(Boolean);
      const whole = first < 0 ? results : results.slice(0, first);
      await context.end();
      for (const result of whole) this.#recordDenials(context, document, request, result, told);
      await context.stageRecords();
      return [...whole.map((result, index) => ({ ...this.#json(result), ...placeOf(rootValues[index]) })), ...(first < 0 ? [] : [interrupted(away[first])])];
    } catch (error) {
      throw isDatabaseAway(error) ? interrupted(error) : error;
    } finally {
      await this.#end(context);
    }
  }

  /** What was read for a stream is known; that its transaction fails at its end changes nothing about it. */
  async #end(context: OperationContext): Promise<void> {
    await context.end().catch((error: Error) => this.deps.logger.warn({ err: error.message }, 'the read for a live stream did not end cleanly'));
  }

  #prepare(request: SubgraphRequest): { document: DocumentNode; actor: Actor } | { refused: SubgraphResult } {
    const actor = this.deps.verifier.verify(request.headers[ACTOR_HEADER], this.deps.clock.now());
    if (!actor) return { refused: { errors: [unsigned().toJSON() as never] } };
    let prepared = this.#documents.get(request.query);
    if (!prepared) {
      prepared = this.#parse(request.query);
      this.#documents.set(request.query, prepared);
    }
    if (prepared.errors.length > 0) return { refused: this.#json({ errors: prepared.errors }) };
    return { document: prepared.document, actor };
  }

  #parse(query: string): Prepared {
    try {
      const document = parse(query);
      const errors = validate(this.deps.schemaDocument, document);
      // The gateway sends documents that fit the graph. Only values of custom scalars are judged here for the first time.
      const values = errors.length > 0 ? validate(this.deps.schemaDocument, document, [ValuesOfCorrectTypeRule]) : [];
      return { document, errors: values.length > 0 ? values.map(asBadInput) : errors };
    } catch (error) {
      if (error instanceof GraphQLError) return { document: { kind: 'Document', definitions: [] } as unknown as DocumentNode, errors: [error] };
      throw error;
    }
  }

  #context(actor: Actor, request: SubgraphRequest): OperationContext {
    return new OperationContext(actor, request.headers[CORRELATION_HEADER] ?? '', this.deps, this.deps.logger, this.deps.services, acceptedLocale(request.headers[LOCALE_HEADER]));
  }

  /** @param told those of the same stream that are in the trail already; grows */
  #recordDenials(context: OperationContext, document: DocumentNode, { operationName }: SubgraphRequest, result: ExecutionResult, told = new Set<string>()): void {
    for (const action of denialsOf(document, operationName, result.errors)) {
      if (told.has(action)) continue;
      told.add(action);
      context.record({ action, type: 'AUTHORIZATION', outcome: 'DENIED', reason: 'FORBIDDEN' });
    }
  }

  /** The codec of the wire, also in process: nothing but JSON leaves a subgraph. */
  #json(result: ExecutionResult): SubgraphResult {
    const errors = result.errors?.map((error) => this.#formatted(error));
    return JSON.parse(JSON.stringify({ data: result.data, ...(errors ? { errors } : {}) })) as SubgraphResult;
  }

  #formatted(error: GraphQLError): GraphQLFormattedError {
    if (codeOf(error.originalError ?? error) ?? codeOf(error)) return error.toJSON();
    if (!error.path && error.nodes?.[0]?.kind === Kind.VARIABLE_DEFINITION) return asBadInput(error).toJSON();
    // Unexpected: the gateway masks it and gives it a reference; the cause is logged here, where it is known.
    this.deps.logger.error({ subgraph: this.deps.schema, path: error.path, err: error.originalError ?? error }, 'resolver failed');
    return { message: 'Internal error', ...(error.path ? { path: error.path } : {}), extensions: { code: 'INTERNAL' } };
  }
}

/** Where in its feed an event is, for the gateway. */
function placeOf(rootValue: unknown): Pick<SubgraphResult, 'extensions'> {
  const position = positionOf(rootValue);
  return position === undefined ? {} : { extensions: { position } };
}

/** A value of the caller's that no scalar takes. */
const asBadInput = (error: GraphQLError): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes ?? null, extensions: { code: 'BAD_USER_INPUT' } });

const interrupted = (cause: unknown): StreamInterrupted => new StreamInterrupted('The database is away', { cause });

/** What a source reads before it can tell (a feed its history) meets a database that is away, too. */
const awaited = <Event>(taken: Promise<Event[]>): Promise<Event[]> =>
  taken.catch((error: unknown) => { throw isDatabaseAway(error) ? interrupted(error) : error; });

/** A source that has nothing to tell but that it must be opened again. */
const brokenOff = (cause: unknown): AsyncIterable<never> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(interrupted(cause)) }),
});
