// resolvers -> ids -> rules -> subgraph schema, in that order: rules applied later would also deny `_entities`.
import { buildSubgraphSchema, printSubgraphSchema } from '@apollo/subgraph';
import { getNamedType, parse, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { buildSchema, createResolversMap, type PubSub } from 'type-graphql';
import { decodeId, encodeId } from '../base/ids.js';
import type { OperationContext } from './context.js';
import { grantedAction, grantedMiddleware, isRecorded } from './granted.js';
import { mutationMiddleware } from './mutations.js';
import { checksFor, decide } from './rules.js';
import { scalarsMap } from './scalars.js';
import { applyFieldMiddleware, shieldMiddleware } from './shield.js';
import type { Reference, SubgraphDefinition } from './subgraph.js';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable", "@external", "@inaccessible", "@requires", "@provides"])\n\n`;

const refuse = (): never => {
  throw new Error('A subscription opens its own stream: declare it with `subscribe`, not with topics.');
};
/** type-graphql builds no subscription without one. */
const noTopics: PubSub = { publish: refuse, subscribe: refuse };

export interface FederatedSubgraph {
  schema: GraphQLSchema;
  sdl: string;
}

/** @param services handed to every resolver class */
export async function federate(definition: SubgraphDefinition, services: unknown): Promise<FederatedSubgraph> {
  return guarded(await unguardedSchema(definition, services), definition);
}

/** The subgraph's own types with their resolvers, before any rule. */
export async function unguardedSchema(definition: SubgraphDefinition, services: unknown): Promise<GraphQLSchema> {
  const instances = new Map(definition.resolvers.map((resolver) => [resolver as unknown, new resolver(services as never)]));
  const base = await buildSchema({
    resolvers: definition.resolvers as never,
    orphanedTypes: definition.orphanedTypes as never,
    container: { get: (resolver: unknown) => instances.get(resolver) },
    validate: { forbidUnknownValues: false },
    scalarsMap,
    pubSub: noTopics,
  });
  encodeIds(base, definition.ids);
  return base;
}

/** Puts the rules and the audit of mutations around `base`, then makes it a subgraph. */
export function guarded(base: GraphQLSchema, definition: SubgraphDefinition): FederatedSubgraph {
  assertMutationsDeclared(base, definition);
  const schema = applyFieldMiddleware(base, mutationMiddleware(definition.mutations), shieldMiddleware(base, checksFor(base, definition.rules)), grantedMiddleware(base, definition));
  guardSubscriptions(schema, definition);
  const sdl = LINK + printSubgraphSchema(schema);
  const resolvers = createResolversMap(schema) as Record<string, Record<string, unknown>>;
  for (const [type, reference] of Object.entries(definition.references)) {
    (resolvers[type] ??= {})['__resolveReference'] = referenceResolver(type, reference, definition);
  }
  return { schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]), sdl };
}

/** Shield asks per event; whether a stream may start is asked here. */
function guardSubscriptions(schema: GraphQLSchema, definition: SubgraphDefinition): void {
  for (const [name, field] of Object.entries(schema.getSubscriptionType()?.getFields() ?? {})) {
    const rule = definition.rules['Subscription']?.[name];
    const { subscribe } = field;
    if (!rule || !subscribe) throw new Error(`Subscription.${name} cannot be started.`);
    field.subscribe = (parent: unknown, args: unknown, context: OperationContext, info) => {
      const verdict = decide(rule, context.actor);
      if (verdict !== true) throw verdict;
      if (isRecorded(rule, definition)) context.granted(grantedAction('Subscription', name), { type: getNamedType(field.type).name, id: null });
      return subscribe(parent, args as never, context, info) as unknown;
    };
  }
}

function encodeIds(schema: GraphQLSchema, ids: Record<string, string>): void {
  for (const [name, prefix] of Object.entries(ids)) {
    const fields = (schema.getType(name) as GraphQLObjectType | undefined)?.getFields();
    for (const field of [fields?.['id'], fields?.['nodeKey']]) {
      if (field) field.resolve = (row: { id: string }) => encodeId(prefix, row.id);
    }
  }
}

function referenceResolver(type: string, { rule, resolve }: Reference, definition: SubgraphDefinition) {
  const prefix = definition.ids[type];
  if (!prefix) throw new Error(`${type} is an entity without an id prefix.`);
  return async (reference: { id?: string; nodeKey?: string }, context: OperationContext): Promise<unknown> => {
    const verdict = decide(rule, context.actor);
    if (verdict !== true) throw verdict;
    const id = decodeId(prefix, reference.id ?? reference.nodeKey ?? '');
    const row = id === null ? null : await resolve(context, id);
    if (row !== null && isRecorded(rule, definition)) context.granted(grantedAction(type, 'byReference'), { type, id });
    return row === null ? null : { __typename: type, ...(row as object) };
  };
}

function assertMutationsDeclared(schema: GraphQLSchema, { name, mutations }: SubgraphDefinition): void {
  const fields = Object.keys(schema.getMutationType()?.getFields() ?? {});
  const undeclared = fields.filter((field) => !mutations[field]);
  const unknown = Object.keys(mutations).filter((field) => !fields.includes(field));
  if (undeclared.length + unknown.length > 0) {
    throw new Error(`${name}: mutations without an audit declaration: ${undeclared.join(', ') || 'none'}; declared and absent: ${unknown.join(', ') || 'none'}.`);
  }
}
