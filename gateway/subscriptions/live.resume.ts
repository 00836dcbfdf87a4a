// Where in a document a subscription says after which cursor it goes on.
import { Kind, visit, type DocumentNode, type FieldNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { AcceptedOperation } from '../documents.js';

/** The argument that all feeds with history have. */
const AFTER = 'after';

/**
 * `none`: from now on, whoever asks. `variable`: after the cursor in it, and from now on while it is null. `own`: it cannot be told
 * apart from the rest of what is asked, so that nobody shares it.
 */
export type Resume = { kind: 'none' } | { kind: 'variable'; name: string } | { kind: 'own' };

export function resumeOf({ document, operation }: AcceptedOperation): Resume {
  const root = rootField(operation.selectionSet, document);
  if (!root) return { kind: 'own' };
  const value = root.arguments?.find(({ name }) => name.value === AFTER)?.value;
  if (!value || value.kind === Kind.NULL) return { kind: 'none' };
  if (value.kind !== Kind.VARIABLE) return { kind: 'own' };
  const name = value.name.value;
  return isOptional(operation, name) && usesOf(document, name) === 1 ? { kind: 'variable', name } : { kind: 'own' };
}

function rootField({ selections }: SelectionSetNode, document: DocumentNode): FieldNode | null {
  const [first] = selections;
  if (first?.kind === Kind.FIELD) return first;
  if (first?.kind === Kind.INLINE_FRAGMENT) return rootField(first.selectionSet, document);
  const fragment = document.definitions.find((each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === first?.name.value);
  return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootField(fragment.selectionSet, document) : null;
}

/** It may be left out, and is null then. */
function isOptional({ variableDefinitions = [] }: OperationDefinitionNode, name: string): boolean {
  const definition = variableDefinitions.find(({ variable }) => variable.name.value === name);
  return definition !== undefined && definition.type.kind !== Kind.NON_NULL_TYPE && definition.defaultValue === undefined;
}

/** Uses besides its definition. */
function usesOf(document: DocumentNode, name: string): number {
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: (variable) => { if (variable.name.value === name) uses += 1; },
  });
  return uses;
}
