// Limits on the shape of a document, checked before the schema is consulted: tokens, depth, aliases, size when expanded.
import { visit, type DocumentNode, type GraphQLError } from 'graphql';
import { MAX_ALIASES, MAX_DEPTH, MAX_FIELDS, MAX_TOKENS, measure } from '../../subgraphs/kernel/base/document-size.js';
import { tooCostly } from '../errors.js';

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
