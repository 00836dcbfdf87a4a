// How large an operation is: bounds that the gateway holds every document to, and who makes documents for it. Pure.
import { Kind, type DocumentNode, type SelectionSetNode } from 'graphql';

/** Most lexical tokens of a document. */
export const MAX_TOKENS = 5_000;
/** Deepest nesting of fields; introspection is bounded by a rule of its own. */
export const MAX_DEPTH = 12;
/** Most aliased fields written in a document. */
export const MAX_ALIASES = 30;
/** Most fields of an operation with its fragments written out: they multiply, so few tokens can mean millions. */
export const MAX_FIELDS = 10_000;

const INTROSPECTION = new Set(['__schema', '__type']);

export interface Size {
  depth: number;
  fields: number;
}
const NOTHING: Size = { depth: 0, fields: 0 };
const widest = (a: Size, b: Size): Size => ({ depth: Math.max(a.depth, b.depth), fields: a.fields + b.fields });

/** Depth and number of fields of the operations of a document, its fragments written out. */
export function measure(document: DocumentNode): Size {
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
