// The graph as its clients see it, made of the committed supergraph: what an export may ask is judged here before anybody is asked.
import { buildASTSchema, parse, visit, type ASTNode, type GraphQLSchema } from 'graphql';
import { readSchemaFile } from '../../kernel/base/schema-files.js';

let known: GraphQLSchema | null = null;

/** Made at the first use: most processes never need it. */
export function clientSchema(): GraphQLSchema {
  known ??= buildASTSchema(visit(parse(readSchemaFile('supergraph.graphql')), { enter: (node) => (isHidden(node) ? null : undefined) }), { assumeValid: true, assumeValidSDL: true });
  return known;
}

const isHidden = (node: ASTNode): boolean => 'directives' in node && (node.directives ?? []).some(({ name }) => name.value === 'inaccessible');
