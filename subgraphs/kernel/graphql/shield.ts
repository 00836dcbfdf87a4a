// The only file that loads graphql-shield and graphql-middleware: their ESM builds fail on Node 24, so both come as CommonJS.
import { createRequire } from 'node:module';
import type { GraphQLSchema } from 'graphql';
import type { IMiddlewareFunction } from 'graphql-middleware';

const require = createRequire(import.meta.url);
const util = require('node:util') as { isUndefined?: (value: unknown) => boolean };
// graphql-shield calls this helper, which Node 23 removed.
util.isUndefined ??= (value) => value === undefined;

const shieldModule = require('graphql-shield') as typeof import('graphql-shield');
const middlewareModule = require('graphql-middleware') as typeof import('graphql-middleware');

export type FieldMiddleware = IMiddlewareFunction<unknown, never, unknown>;
export type FieldMiddlewareMap = Record<string, Record<string, FieldMiddleware>>;
/** `true`, or the error that refuses. */
export type Check = (context: unknown) => true | Error;

const { rule, allow, deny, shield } = shieldModule;

/** Shield's middleware for `checks` (null: the field inherits its parent's decision and is not wrapped at all). */
export function shieldMiddleware(schema: GraphQLSchema, checks: Record<string, Record<string, Check | null>>): FieldMiddlewareMap {
  const tree = Object.fromEntries(Object.entries(checks).map(([type, fields]) => [
    type,
    Object.fromEntries(Object.entries(fields).map(([field, check]) => [
      field,
      check ? rule(`${type}.${field}`, { cache: 'no_cache' })((_parent: unknown, _args: unknown, context: unknown) => check(context)) : allow,
    ])),
  ]));
  const generator = shield(tree as never, { fallbackRule: deny, allowExternalErrors: true });
  const middleware = generator.generate(schema) as unknown as FieldMiddlewareMap;
  return Object.fromEntries(Object.entries(middleware).map(([type, fields]) => [
    type,
    Object.fromEntries(Object.entries(fields).filter(([field]) => checks[type]?.[field] !== null)),
  ]));
}

/** Wraps the schema's resolvers; the first map is the outermost. */
export const applyFieldMiddleware = (schema: GraphQLSchema, ...maps: FieldMiddlewareMap[]): GraphQLSchema =>
  middlewareModule.applyMiddleware(schema, ...(maps as never[])) as unknown as GraphQLSchema;
