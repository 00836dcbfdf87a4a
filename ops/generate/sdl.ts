// A subgraph's SDL in one fixed order, so that a diff shows a change of the API and never one of import order.
import { Kind, parse, print, type DefinitionNode, type DocumentNode } from 'graphql';
import { federate } from '../../subgraphs/kernel/graphql/federate.js';
import type { SubgraphDefinition } from '../../subgraphs/kernel/graphql/subgraph.js';

/** Printed in this order; the rest follows by name. */
const LEADING: readonly string[] = [Kind.SCHEMA_EXTENSION, Kind.SCHEMA_DEFINITION, Kind.DIRECTIVE_DEFINITION];
const ROOTS = ['Query', 'Mutation', 'Subscription'];

const nameOf = (node: DefinitionNode): string => ('name' in node ? (node.name?.value ?? '') : '');

const rankOf = (node: DefinitionNode): number => {
  const leading = LEADING.indexOf(node.kind);
  if (leading >= 0) return leading;
  const root = ROOTS.indexOf(nameOf(node));
  return LEADING.length + (root >= 0 ? root : ROOTS.length);
};

/** By code unit, the same on every machine whatever its locale. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Types and object fields sorted by name; arguments, input fields and enum values stay as declared. */
export function sortedDocument(document: DocumentNode): DocumentNode {
  const definitions = document.definitions.map((node): DefinitionNode => {
    const sortable = node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;
    if (!sortable || !node.fields) return node;
    return { ...node, fields: [...node.fields].sort((a, b) => byText(a.name.value, b.name.value)) };
  });
  return { ...document, definitions: definitions.sort((a, b) => rankOf(a) - rankOf(b) || byText(nameOf(a), nameOf(b))) };
}

/** The SDL of a subgraph. Needs no database: resolvers only hold their services, and none is called. */
export async function subgraphSdl(definition: SubgraphDefinition): Promise<string> {
  const { sdl } = await federate(definition, {});
  return `${print(sortedDocument(parse(sdl)))}\n`;
}
