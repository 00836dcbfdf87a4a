// The committed graph as clients see it.
import { Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';

/** The API schema of schema/supergraph.graphql. */
export const committedApiSchema = (): GraphQLSchema =>
  Supergraph.build(readSchemaFile('supergraph.graphql')).apiSchema().toGraphQLJSSchema();
