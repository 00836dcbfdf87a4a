// Limits on the shape of a document, checked before the schema is consulted: tokens, depth, aliases, size when expanded.
import { Kind, visit, type DocumentNode, type GraphQLError, type SelectionSetNode } from 'graphql';
import { tooCostly } from '../errors.js';

/** Most lexical tokens of a document. */
export const MAX_TOKENS = 5_000;
/** Deepest nesting of fields; introspection is bounded by a rule of its own. */
export const MAX_DEPTH = 12;
/** Most aliased fields written in a document. */
export const MAX_ALIASES = 30;
/** Most fields of an operation with its fragments written out: they multiply, so few tokens can mean millions. */
export const MAX_FIELDS = 10_000;

const INTROSPECTION = new Set(['__schema', '__type']);

/** True when a syntax error says that the parser stopped at its token limit. */
export const isTokenLimit = (error: unknown): boolean =>
  error instanceof Error && error.message.includes(`more that ${MAX_TOKENS} tokens`);

export const tokenLimitError = (): GraphQLError =>
  tooCostly(`This document has more than ${MAX_TOKENS} tokens.`, 'tokens');

/** What a document exceeds, empty when it is within every limit. */
export function limitErrors(document: DocumentNode): GraphQLError[] {
  const errors: GraphQLError[] = [];
  let aliases = 0;
  visit(document, { Field: (node) => { if (node.alias) aliases += 1; } });
  if (aliases > MAX_ALIASES) {
    errors.push(tooCostly(`This document has ${aliases} aliases; at most ${MAX_ALIASES} are allowed.`, 'aliases'));
  }
  const { depth, fields } = measure(document);
  if (depth > MAX_DEPTH) {
    errors.push(tooCostly(`This document nests ${depth} levels of fields; at most ${MAX_DEPTH} are allowed.`, 'depth'));
  }
  if (fields > MAX_FIELDS) {
    errors.push(tooCostly(`This document selects ${fields} fields; at most ${MAX_FIELDS} are allowed.`, 'fields'));
  }
  return errors;
}

interface Size {
  depth: number;
  fields: number;
}
const NOTHING: Size = { depth: 0, fields: 0 };
const widest = (a: Size, b: Size): Size => ({ depth: Math.max(a.depth, b.depth), fields: a.fields + b.fields });

function measure(document: DocumentNode): Size {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  }
  const known = new Map<string, Size>();
  const ofFragment = (name: string): Size => {
    const remembered = known.get(name);
    if (remembered) return remembered;
    known.set(name, NOTHING); // a fragment inside itself adds nothing here; validation refuses the cycle
    const set = fragments.get(name);
    const size = set ? ofSet(set) : NOTHING;
    known.set(name, size);
    return size;
  };
  const ofSet = (set: SelectionSetNode): Size =>
    set.selections.reduce<Size>((total, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return widest(total, ofFragment(selection.name.value));
      if (selection.kind === Kind.INLINE_FRAGMENT) return widest(total, ofSet(selection.selectionSet));
      const inner = selection.selectionSet ? ofSet(selection.selectionSet) : NOTHING;
      const depth = INTROSPECTION.has(selection.name.value) ? 0 : inner.depth + 1;
      return widest(total, { depth, fields: inner.fields + 1 });
    }, NOTHING);
  return document.definitions.reduce<Size>(
    (total, each) => (each.kind === Kind.OPERATION_DEFINITION ? widest(total, ofSet(each.selectionSet)) : total),
    NOTHING,
  );
}
