// Refused reads of an answer, as actions of the trail: named like the field of the schema, whatever the caller calls it.
import { getOperationAST, Kind, type DocumentNode, type FieldNode, type GraphQLError, type SelectionSetNode } from 'graphql';
import { codeOf } from '../base/errors.js';

/** `query.notes`, once each. A refused root field of a mutation is none of them: its own event says so. */
export function denialsOf(document: DocumentNode, operationName: string | null | undefined, errors: readonly GraphQLError[] = []): string[] {
  const operation = getOperationAST(document, operationName);
  const kind = operation?.operation ?? 'query';
  const roots = operation ? [...fieldsOf(operation.selectionSet, document)] : [];
  const fieldAt = (key: unknown): string => roots.find(({ alias, name }) => (alias ?? name).value === key)?.name.value ?? 'unknown';
  const denied = errors.filter((error) => codeOf(error) === 'FORBIDDEN' && (kind !== 'mutation' || (error.path?.length ?? 0) > 1));
  return [...new Set(denied.map(({ path }) => `${kind}.${fieldAt(path?.[0])}`))];
}

function* fieldsOf({ selections }: SelectionSetNode, document: DocumentNode): Generator<FieldNode> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* fieldsOf(selection.selectionSet, document);
    else for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value) yield* fieldsOf(one.selectionSet, document);
  }
}
