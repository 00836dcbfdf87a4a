// What an export asks: a client's own query with one list in pages, judged as it is asked for, and made into one that walks that list.
import {
  GraphQLError, Kind, getNamedType, getVariableValues, isUnionType, parse, parseType, print, specifiedRules, validate, visit,
  type ArgumentNode, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLCompositeType, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode, type VariableDefinitionNode,
} from 'graphql';
import { MAX_ALIASES, MAX_DEPTH, MAX_FIELDS, MAX_TOKENS, measure } from '../../kernel/base/document-size.js';
import { invalidInput } from '../../kernel/base/errors.js';
import { columnsOf, fieldsOf, isConnection, isList, type ExportColumn, type Fragments, type SelectedField } from './data-export.columns.js';
import { clientSchema } from './data-export.schema.js';

export interface ExportPlan {
  /** Takes the variables of the client, and `variables.first` and `variables.after` by the names given here. */
  query: string;
  variables: Record<string, unknown>;
  paging: { first: string; after: string };
  /** Names of the answer down to the list. */
  list: string[];
  /** From the list to its rows: `nodes`, or `edges` and `node`, as the client calls them. */
  rows: [string] | [string, string];
  columns: ExportColumn[];
}

export const OPERATION_MAX = 20_000;
export const VARIABLES_MAX = 20_000;
/** Of the answer: where its page lies. */
export const PAGE = '_page';

const refused = (message: string): Error => invalidInput(message, ['input', 'operation']);

/** @throws Refusal that says what is wrong, and where */
export function planOf(operation: string, variables: Record<string, unknown>): ExportPlan {
  if (operation.length > OPERATION_MAX) throw refused(`A document has at most ${OPERATION_MAX} characters.`);
  const document = documentIn(operation);
  const [query, ...others] = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  if (!query || others.length > 0) throw refused('The document holds one operation: the query to export.');
  if (query.operation !== 'query') throw refused(`An export reads: this is a ${query.operation}.`);
  const [invalid] = validate(clientSchema(), document, specifiedRules, { hideSuggestions: true });
  if (invalid) throw refused(invalid.message);
  const within: Fragments = { schema: clientSchema(), fragments: new Map(document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : []))) };
  const chain = chainOf(query, within);
  const list = chain.at(-1) as SelectedField;
  const rows = rowsOf(list, within);
  const row = rows.at(-1) as SelectedField;
  const columns = columnsOf(row.node.selectionSet as SelectionSetNode, getNamedType(row.type) as GraphQLCompositeType, within);
  const { document: walking, paging } = walk(query, chain, rows, within.fragments);
  const { depth, fields } = measure(walking);
  let aliases = 0;
  visit(walking, { Field: (node) => { if (node.alias) aliases += 1; } });
  if (depth > MAX_DEPTH || fields > MAX_FIELDS || aliases > MAX_ALIASES) throw refused(`A query has at most ${MAX_DEPTH - 1} levels, ${MAX_ALIASES - 1} aliases and ${MAX_FIELDS} fields.`);
  return {
    query: print(walking), variables: variablesFor(walking, paging, variables), paging, columns,
    list: chain.map(({ key }) => key), rows: rows.map(({ key }) => key) as ExportPlan['rows'],
  };
}

function documentIn(operation: string): DocumentNode {
  try {
    return parse(operation, { maxTokens: MAX_TOKENS, noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError) throw refused(`This is no GraphQL document: ${error.message}`);
    throw error;
  }
}

/** From the root to the one list in pages: one field at each step. */
function chainOf(query: OperationDefinitionNode, within: Fragments): SelectedField[] {
  const chain: SelectedField[] = [];
  let set: SelectionSetNode | undefined = query.selectionSet;
  let type = within.schema.getQueryType() as GraphQLCompositeType;
  while (set) {
    const [field, ...others]: SelectedField[] = fieldsOf(set, type, within).filter(({ name }) => name !== '__typename');
    const at = chain.map(({ key }) => key).join('.') || 'the query';
    if (!field || others.length > 0) throw refused(`An export follows one list: ${at} has to select one field, which is that list or leads to it.`);
    if (set.selections.some(({ directives = [] }) => directives.length > 0)) throw refused(`${field.key} cannot depend on @skip or @include.`);
    chain.push(field);
    if (isConnection(field.type)) {
      const taken = isUnionType(field.parent) ? [] : field.parent.getFields()[field.name]?.args.map(({ name }) => name) ?? [];
      if (!taken.includes('first') || !taken.includes('after')) break;
      if (field.node.arguments?.some(({ name }) => name.value === 'last' || name.value === 'before')) throw refused(`${field.key} is followed from its beginning: leave out last and before.`);
      return chain;
    }
    if (isList(field.type)) throw refused(`${field.key} is a list without pages: an export follows a list with pageInfo, first and after.`);
    set = field.node.selectionSet;
    type = getNamedType(field.type) as GraphQLCompositeType;
  }
  throw refused('This selects no list in pages: an export follows a field with first, after and pageInfo, like auditEvents.');
}

/** The way from the list to a row. */
function rowsOf(list: SelectedField, within: Fragments): SelectedField[] {
  const selected = fieldsOf(list.node.selectionSet as SelectionSetNode, getNamedType(list.type) as GraphQLCompositeType, within);
  const [rows, ...others] = selected.filter(({ name }) => name === 'nodes' || name === 'edges');
  if (!rows || others.length > 0) throw refused(`${list.key} has to select nodes or edges, once: that is what its rows are.`);
  if (rows.name === 'nodes') return [rows];
  const [node, ...more] = fieldsOf(rows.node.selectionSet as SelectionSetNode, getNamedType(rows.type) as GraphQLCompositeType, within).filter(({ name }) => name === 'node');
  if (!node || more.length > 0) throw refused(`${rows.key} has to select node, once.`);
  return [rows, node];
}

const NAME = (value: string) => ({ kind: Kind.NAME, value }) as const;
const PAGE_FIELD: FieldNode = {
  kind: Kind.FIELD, alias: NAME(PAGE), name: NAME('pageInfo'),
  selectionSet: { kind: Kind.SELECTION_SET, selections: ['hasNextPage', 'endCursor'].map((field) => ({ kind: Kind.FIELD, name: NAME(field) })) },
};

/** The query that walks: nothing beside the rows and where their page lies, and first and after from variables of ours. */
function walk(query: OperationDefinitionNode, chain: readonly SelectedField[], rows: readonly SelectedField[], fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const names = new Set(query.variableDefinitions?.map(({ variable }) => variable.name.value));
  const free = (name: string): string => (names.has(name) ? free(`${name}_`) : name);
  const paging = { first: free('first'), after: free('after') };
  const list = chain.at(-1) as SelectedField;
  const paged = (['first', 'after'] as const).map((name): ArgumentNode => ({ kind: Kind.ARGUMENT, name: NAME(name), value: { kind: Kind.VARIABLE, name: NAME(paging[name]) } }));
  const listNode: FieldNode = {
    ...only(list.node, [nested(rows, null, list), PAGE_FIELD]),
    arguments: [...(list.node.arguments ?? []).filter(({ name }) => name.value !== 'first' && name.value !== 'after'), ...paged],
  };
  const root = nested(chain, listNode, null);
  const used = new Map<string, FragmentDefinitionNode>();
  const find = (node: SelectionNode | FragmentDefinitionNode): void => {
    visit(node, { FragmentSpread: ({ name }) => {
      const fragment = fragments.get(name.value);
      if (!fragment || used.has(name.value)) return;
      used.set(name.value, fragment);
      find(fragment);
    } });
  };
  find(root);
  const asked = new Set<string>();
  for (const node of [root, ...used.values()]) visit(node, { Variable: ({ name }) => { asked.add(name.value); } });
  const own: VariableDefinitionNode[] = (['first', 'after'] as const).map((name) => (
    { kind: Kind.VARIABLE_DEFINITION, variable: { kind: Kind.VARIABLE, name: NAME(paging[name]) }, type: parseType(name === 'first' ? 'Int' : 'String') }));
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION, operation: query.operation, name: query.name ?? NAME('Export'), selectionSet: { kind: Kind.SELECTION_SET, selections: [root] },
        variableDefinitions: [...(query.variableDefinitions ?? []).filter(({ variable }) => asked.has(variable.name.value)), ...own],
      },
      ...used.values(),
    ],
  };
  return { document, paging };
}

const only = (node: FieldNode, selections: readonly SelectionNode[]): FieldNode => ({ ...node, selectionSet: { kind: Kind.SELECTION_SET, selections } });

/** Each field with the next one and nothing else in it, on the type it was selected of. @param last what stands for the last one, where that is not itself */
function nested([field, ...below]: readonly SelectedField[], last: FieldNode | null, above: SelectedField | null): SelectionNode {
  if (!field) throw new Error('A way through a query has a field.');
  const node = below.length > 0 ? only(field.node, [nested(below, last, field)]) : last ?? field.node;
  if (!above || getNamedType(above.type).name === field.parent.name) return node;
  return { kind: Kind.INLINE_FRAGMENT, typeCondition: { kind: Kind.NAMED_TYPE, name: NAME(field.parent.name) }, selectionSet: { kind: Kind.SELECTION_SET, selections: [node] } };
}

/** Those that the walking query takes, as they were given. @throws Refusal for one that does not fit */
function variablesFor(walking: DocumentNode, paging: ExportPlan['paging'], given: Record<string, unknown>): Record<string, unknown> {
  if (JSON.stringify(given).length > VARIABLES_MAX) throw invalidInput(`Variables have at most ${VARIABLES_MAX} characters.`, ['input', 'variables']);
  const query = walking.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  const definitions = query?.variableDefinitions ?? [];
  const { errors } = getVariableValues(clientSchema(), definitions, given, { maxErrors: 1 });
  const [error] = errors ?? [];
  if (error) throw invalidInput(error.message.replace(/ ?Did you mean [\s\S]*$/, ''), ['input', 'variables', ...(/^Variable "\$(\w+)"/.exec(error.message)?.slice(1, 2) ?? [])]);
  const taken = definitions.map(({ variable }) => variable.name.value).filter((name) => name !== paging.first && name !== paging.after);
  return Object.fromEntries(taken.flatMap((name) => (Object.hasOwn(given, name) ? [[name, given[name]]] : [])));
}
