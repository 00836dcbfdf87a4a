// `node` answers for any id, so its owner must be asked: every selection of it also asks `id`, under a name of ours that
// is taken out of the answer. An id that the owner does not show to this caller is null, and so is the node.
import {
  GraphQLError, Kind, TypeInfo, getNamedType, isInterfaceType, visit, visitWithTypeInfo, type DocumentNode, type FieldNode,
  type GraphQLSchema,
} from 'graphql';

const ROOT_FIELDS = new Set(['node', 'nodes']);

interface Identified {
  document: DocumentNode;
  /** Response names at the root that carry the extra field; empty when the document selects no node. */
  keys: ReadonlySet<string>;
  alias: string;
}

/** The parts of an execution result that carry the extra field. */
interface Result {
  data?: Record<string, unknown> | null;
  errors?: readonly Error[];
}

export class NodeIdentity {
  readonly #known = new WeakMap<DocumentNode, Identified>();

  constructor(private readonly schema: GraphQLSchema) {}

  /** The document to run instead of `document`: the same object when it selects no node. */
  identified(document: DocumentNode): Identified {
    const known = this.#known.get(document);
    if (known) return known;
    const made = this.#identify(document);
    this.#known.set(document, made);
    return made;
  }

  #identify(document: DocumentNode): Identified {
    const query = this.schema.getQueryType();
    const used = new Set<string>();
    visit(document, { Field: (node) => { if (node.alias) used.add(node.alias.value); } });
    let alias = '_nodeId';
    while (used.has(alias)) alias = `_${alias}`;
    const id: FieldNode = {
      kind: Kind.FIELD, alias: { kind: Kind.NAME, value: alias }, name: { kind: Kind.NAME, value: 'id' },
    };
    const keys = new Set<string>();
    const types = new TypeInfo(this.schema);
    const changed = visit(document, visitWithTypeInfo(types, {
      Field: {
        leave: (node) => {
          if (types.getParentType() !== query || !ROOT_FIELDS.has(node.name.value) || !node.selectionSet) return undefined;
          const type = getNamedType(types.getType());
          if (!isInterfaceType(type) || !type.getFields()['id']) return undefined;
          keys.add(node.alias?.value ?? node.name.value);
          return { ...node, selectionSet: { ...node.selectionSet, selections: [...node.selectionSet.selections, id] } };
        },
      },
    }));
    return keys.size > 0 ? { document: changed, keys, alias } : { document, keys, alias };
  }
}

/** `result` as the caller asked for it: without the extra field, and without errors that point into it. */
export function withoutIdentity<R extends Result>(result: R, { keys, alias }: Identified): R {
  if (keys.size === 0) return result;
  for (const key of keys) {
    const value = result.data?.[key];
    for (const node of Array.isArray(value) ? value : [value]) {
      if (typeof node === 'object' && node !== null) Reflect.deleteProperty(node, alias);
    }
  }
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map((error) => pointingAtNode(error, alias)) };
}

function pointingAtNode(error: Error, alias: string): Error {
  if (!(error instanceof GraphQLError) || error.path?.at(-1) !== alias) return error;
  const { message, nodes, source, positions, originalError, extensions } = error;
  return new GraphQLError(message, { nodes, source, positions, originalError, extensions, path: error.path.slice(0, -1) });
}
