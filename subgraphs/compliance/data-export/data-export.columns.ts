// The columns of an export: the selection of one row, flattened. Nested objects have dots, what is below a list is one cell of several values.
import {
  Kind, getNamedType, isCompositeType, isEnumType, isInterfaceType, isListType, isNonNullType, isObjectType, isUnionType, typeFromAST, type FieldNode, type FragmentDefinitionNode,
  type GraphQLCompositeType, type GraphQLOutputType, type GraphQLSchema, type SelectionSetNode,
} from 'graphql';
import { invalidInput } from '../../kernel/base/errors.js';

/** What is in a column, which says how people read it. */
export type ColumnKind = 'TEXT' | 'NUMBER' | 'MONEY' | 'BOOLEAN' | 'INSTANT' | 'JSON';

export interface ExportColumn {
  /** Names of the answer from the row down. */
  path: string[];
  heading: string;
  kind: ColumnKind;
  /** There may be several values in a row. */
  list: boolean;
  /** Of an amount: the path of its currency. */
  currency?: string[];
}

export const COLUMNS_MAX = 100;
const OPERATION = ['input', 'operation'];

const SCALARS: Readonly<Record<string, ColumnKind>> = { Int: 'NUMBER', Float: 'NUMBER', BigInt: 'NUMBER', Boolean: 'BOOLEAN', DateTimeISO: 'INSTANT', JSON: 'JSON', JSONObject: 'JSON' };

export interface Fragments {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

export interface SelectedField {
  node: FieldNode;
  name: string;
  /** As the answer calls it. */
  key: string;
  parent: GraphQLCompositeType;
  type: GraphQLOutputType;
}

/** The fields of a selection, those of its fragments among them; without what a schema says of itself. */
export function fieldsOf(set: SelectionSetNode, parent: GraphQLCompositeType, within: Fragments): SelectedField[] {
  return set.selections.flatMap((selection): SelectedField[] => {
    if (selection.kind === Kind.FIELD) {
      const [name, key] = [selection.name.value, selection.alias?.value ?? selection.name.value];
      if (name === '__typename') return [{ node: selection, name, key, parent, type: within.schema.getType('String') as GraphQLOutputType }];
      const field = isUnionType(parent) ? undefined : parent.getFields()[name];
      return field ? [{ node: selection, name, key, parent, type: field.type }] : [];
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? within.fragments.get(selection.name.value) : selection;
    const condition = fragment?.typeCondition && typeFromAST(within.schema, fragment.typeCondition);
    return fragment ? fieldsOf(fragment.selectionSet, isCompositeType(condition) ? condition : parent, within) : [];
  });
}

export const isList = (type: GraphQLOutputType): boolean => (isNonNullType(type) ? isList(type.ofType) : isListType(type));

/** A list that comes in pages. */
export function isConnection(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  if (!isObjectType(named)) return false;
  const { pageInfo, nodes, edges } = named.getFields();
  return pageInfo !== undefined && (nodes ?? edges) !== undefined;
}

/** @throws Refusal for what is no row of cells */
export function columnsOf(set: SelectionSetNode, parent: GraphQLCompositeType, within: Fragments): ExportColumn[] {
  const columns = new Map<string, ExportColumn>();
  collect(set, parent, { within, above: [], list: false }, columns);
  if (columns.size > COLUMNS_MAX) throw invalidInput(`This selects ${columns.size} columns; an export has at most ${COLUMNS_MAX}.`, OPERATION);
  return [...columns.values()].map((column) => {
    const currency = [...column.path.slice(0, -1), 'currency'];
    return column.kind === 'MONEY' ? columns.has(currency.join('.')) ? { ...column, currency } : { ...column, kind: 'NUMBER' } : column;
  });
}

interface Place {
  within: Fragments;
  above: string[];
  list: boolean;
}

function collect(set: SelectionSetNode, parent: GraphQLCompositeType, { within, above, list }: Place, into: Map<string, ExportColumn>): void {
  for (const { node, name, key, parent: owner, type } of fieldsOf(set, parent, within)) {
    const path = [...above, key];
    const heading = path.join('.');
    if (isConnection(type)) throw invalidInput(`${heading} is a list in pages itself: an export follows one list, so that nothing is cut off without a word.`, OPERATION);
    const named = getNamedType(type);
    const many = list || isList(type);
    if (node.selectionSet && (isObjectType(named) || isInterfaceType(named) || isUnionType(named))) collect(node.selectionSet, named, { within, above: path, list: many }, into);
    // The same twice is one column, as it is one value of the answer.
    else if (!into.has(heading)) into.set(heading, { path, heading, kind: kindOf(owner.name, name, isEnumType(named) ? 'String' : named.name), list: many });
  }
}

const kindOf = (owner: string, field: string, scalar: string): ColumnKind => (owner === 'Money' && field === 'minor' ? 'MONEY' : SCALARS[scalar] ?? 'TEXT');

/** A cell of a row: a value, or several of them below a list. */
export type Cell = string | number | boolean | null | (string | number | boolean | null)[];

/** @param row of the answer */
export const cellsOf = (row: unknown, columns: readonly Pick<ExportColumn, 'path' | 'kind' | 'list'>[]): Cell[] => columns.map(({ path, kind, list }) => {
  const values = valuesAt(row, path, kind === 'JSON').map((value) => (value === null ? null : kind === 'JSON' || typeof value === 'object' ? JSON.stringify(value) : value as string | number | boolean));
  return list ? values : values[0] ?? null;
});

/** @param whole an array at the end is a value, and no list of them */
function valuesAt(value: unknown, path: readonly string[], whole: boolean, depth = 0): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path, whole, depth));
  if (depth === path.length) return [value ?? null];
  if (value === null || value === undefined) return [null];
  const below: unknown = (value as Record<string, unknown>)[path[depth] ?? ''];
  return depth === path.length - 1 && (whole || !Array.isArray(below)) ? [below ?? null] : valuesAt(below, path, whole, depth + 1);
}
