// Documents made from the schema: everything a root field can show, to a depth, and every place of its arguments that takes an id.
import {
  getNamedType, isEnumType, isInputObjectType, isInterfaceType, isNonNullType, isObjectType, isScalarType, isUnionType, parse,
  type GraphQLField, type GraphQLInputType, type GraphQLNamedType, type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema,
} from 'graphql';
import { MAX_TOKENS } from '../../subgraphs/kernel/base/document-size.js';

type Root = 'Query' | 'Mutation' | 'Subscription';

export const rootFields = (schema: GraphQLSchema, root: Root): GraphQLField<unknown, unknown>[] => Object.values((schema.getType(root) as GraphQLObjectType | undefined)?.getFields() ?? {});

/** Paths of the arguments of a field that are ids, e.g. `id`, `filter.inboxId`, `input.roleIds`. */
export const idPaths = (field: GraphQLField<unknown, unknown>): string[] => field.args.flatMap(({ name, type }) => pathsIn(type, name));

function pathsIn(type: GraphQLInputType, path: string): string[] {
  const named = getNamedType(type);
  if (isInputObjectType(named)) return Object.values(named.getFields()).flatMap((field) => pathsIn(field.type, `${path}.${field.name}`));
  return named.name === 'ID' ? [path] : [];
}

/** A document that asks one root field for all it has, `depth` objects deep. Every argument is a variable of the same name. */
export function documentOf(schema: GraphQLSchema, root: Root, field: GraphQLField<unknown, unknown>, depth = 4): string {
  const variables = field.args.map(({ name, type, defaultValue }) => `$${name}: ${defaultValue === undefined ? String(type) : String(type).replace(/!$/, '')}`).join(', ');
  const values = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const [declared, given] = variables ? [`(${variables})`, `(${values})`] : ['', ''];
  return `${root.toLowerCase()} Crossing${declared} { ${field.name}${given}${selectionOf(schema, field.type, depth)} }`;
}

/** As `documentOf`, as deep as the gateway's limit of tokens lets a document be: the larger a type is, the sooner it is met. */
export function deepestOf(schema: GraphQLSchema, root: Root, field: GraphQLField<unknown, unknown>, most: number): string {
  const document = documentOf(schema, root, field, most);
  try {
    parse(document, { maxTokens: MAX_TOKENS });
    return document;
  } catch (error) {
    if (most === 1) throw error;
    return deepestOf(schema, root, field, most - 1);
  }
}

function selectionOf(schema: GraphQLSchema, type: GraphQLOutputType, depth: number): string {
  const named: GraphQLNamedType = getNamedType(type);
  if (isScalarType(named) || isEnumType(named)) return '';
  if (isObjectType(named)) return ` { __typename ${fieldsOf(schema, named, depth)} }`;
  if (!isUnionType(named) && !isInterfaceType(named)) return '';
  // Fields of one name whose types differ do not merge: the first member's is asked for.
  const types = new Map<string, string>();
  const parts = schema.getPossibleTypes(named).map((member) => {
    const merging = (field: GraphQLField<unknown, unknown>): boolean => (types.get(field.name) ?? types.set(field.name, String(field.type)).get(field.name)) === String(field.type);
    return `... on ${member.name} { __typename ${fieldsOf(schema, member, depth, merging)} }`;
  });
  return ` { __typename ${parts.join(' ')} }`;
}

function fieldsOf(schema: GraphQLSchema, type: GraphQLObjectType, depth: number, wanted: (field: GraphQLField<unknown, unknown>) => boolean = () => true): string {
  return Object.values(type.getFields()).filter(wanted).flatMap((field) => {
    if (field.args.some((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined)) return [];
    const leaf = isScalarType(getNamedType(field.type)) || isEnumType(getNamedType(field.type));
    if (!leaf && depth === 0) return [];
    // Edges repeat the nodes.
    if (field.name === 'edges') return [];
    const first = field.args.some(({ name }) => name === 'first') ? '(first: 5)' : '';
    // What only holds ids and flags of pages costs no depth.
    return [`${field.name}${first}${selectionOf(schema, field.type, field.name === 'nodes' || field.name === 'pageInfo' ? depth : depth - 1)}`];
  }).join(' ');
}
