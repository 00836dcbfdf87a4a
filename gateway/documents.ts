// The gate every document passes, over HTTP and sockets: limits, syntax, validity. Accepted documents are remembered.
import {
  GraphQLError, Kind, getOperationAST, getVariableValues, parse, specifiedRules, validate, type DocumentNode, type GraphQLSchema,
  type OperationDefinitionNode, type SelectionSetNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { MAX_TOKENS } from '../subgraphs/kernel/base/document-size.js';
import { badRequest } from './errors.js';
import { isTokenLimit, limitErrors, tokenLimitError } from './limits/document-limits.js';

/** One operation of an accepted document. */
export interface AcceptedOperation {
  query: string;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  operationName: string | undefined;
}

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes, source: error.source, positions: error.positions, extensions: { code } });

export class Documents {
  readonly #accepted = new LRUCache<string, DocumentNode>({
    max: 2_000, maxSize: 16 * 1024 * 1024, sizeCalculation: (_document, query) => query.length + 1,
  });

  constructor(private current: GraphQLSchema) {}

  get schema(): GraphQLSchema {
    return this.current;
  }

  /** From now on documents are judged by this one. */
  load(schema: GraphQLSchema): void {
    this.current = schema;
    this.#accepted.clear();
  }

  /** The operation, or why it is refused. */
  accept(query: string, operationName: string | null | undefined): AcceptedOperation | GraphQLError[] {
    const document = this.#accepted.get(query) ?? this.#read(query);
    if (Array.isArray(document)) return document;
    this.#accepted.set(query, document);
    const operation = getOperationAST(document, operationName || undefined);
    if (operation) return { query, document, operation, operationName: operation.name?.value };
    const message = operationName
      ? `The document has no operation named "${operationName}".`
      : 'The document has several operations: say which one to run in operationName.';
    return [badRequest(message, 'OPERATION_RESOLUTION_FAILURE')];
  }

  /** What is wrong with the variables of an accepted operation; empty when they fit. */
  variableErrors(accepted: AcceptedOperation, variables: Record<string, unknown>): GraphQLError[] {
    const definitions = accepted.operation.variableDefinitions ?? [];
    const { errors } = getVariableValues(this.schema, definitions, variables, { hideSuggestions: true });
    return (errors ?? []).map((error) => withCode(error, 'BAD_USER_INPUT'));
  }

  #read(query: string): DocumentNode | GraphQLError[] {
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: MAX_TOKENS });
    } catch (error) {
      if (isTokenLimit(error)) return [tokenLimitError()];
      if (error instanceof GraphQLError) return [withCode(error, 'GRAPHQL_PARSE_FAILED')];
      throw error;
    }
    const beyond = limitErrors(document);
    if (beyond.length > 0) return beyond;
    const conditional = conditionalSubscriptionRoots(document);
    if (conditional.length > 0) return conditional;
    const invalid = validate(this.schema, document, specifiedRules, { hideSuggestions: true });
    return invalid.length > 0 ? invalid.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) : document;
  }
}

/** graphql-js throws from `validate` when the root field of a subscription depends on a variable. */
function conditionalSubscriptionRoots(document: DocumentNode): GraphQLError[] {
  const fragments = new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.selectionSet] as const] : []),
  );
  const isConditional = (set: SelectionSetNode | undefined, seen: Set<string>): boolean =>
    (set?.selections ?? []).some((selection) => {
      if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return true;
      if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet, seen);
      if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) return false;
      return isConditional(fragments.get(selection.name.value), seen.add(selection.name.value));
    });
  return document.definitions.flatMap((each) =>
    each.kind === Kind.OPERATION_DEFINITION && each.operation === 'subscription' && isConditional(each.selectionSet, new Set())
      ? [badRequest('The root field of a subscription cannot carry @skip or @include.', 'GRAPHQL_VALIDATION_FAILED')]
      : [],
  );
}
