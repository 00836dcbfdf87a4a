// The graph without federation: one graphql-js schema that answers from the subgraphs' own resolvers, rules and loaders.
// Queries only, without `node` and `nodes`; what crosses subgraphs goes through the references that federation uses too.
import {
  GraphQLEnumType, GraphQLObjectType, GraphQLScalarType, defaultFieldResolver, getNamedType, isListType, getNullableType, type GraphQLFieldResolver, type GraphQLSchema,
} from 'graphql';
import { buildState } from '../../gateway/supergraph.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import type { RunningSubgraph } from '../../subgraphs/kernel/graphql/boot.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { OperationContext } from '../../subgraphs/kernel/graphql/context.js';
import { federate } from '../../subgraphs/kernel/graphql/federate.js';
import { decide } from '../../subgraphs/kernel/graphql/rules.js';
import type { BenchSubgraphs } from './gateway.world.js';

/** A part of the graph: a running subgraph and its schema. */
interface Part {
  running: RunningSubgraph;
  schema: GraphQLSchema;
}
type Row = { id: string };

/** What a subgraph's resolvers expect as context. Ends with the operation. */
export const contextOf = ({ name, database, definition, services }: RunningSubgraph, { bus }: BenchSubgraphs, actor: Actor, correlationId: string): OperationContext =>
  new OperationContext(actor, correlationId, { schema: name, database, bus, clock: systemClock, ids: definition.ids, classes: definition.classes }, silentLogger, services);

/** One context a subgraph, made when first needed: each reads in a transaction of its own, as behind a gateway. */
export class MergedContext {
  // Not `#contexts`: the server hands each request a copy made without the constructor.
  private readonly contexts = new Map<string, OperationContext>();

  constructor(private readonly subgraphs: BenchSubgraphs, private readonly actor: Actor, private readonly correlationId: string) {}

  of(part: Part): OperationContext {
    const { name } = part.running;
    const context = this.contexts.get(name) ?? contextOf(part.running, this.subgraphs, this.actor, this.correlationId);
    this.contexts.set(name, context);
    return context;
  }

  async end(): Promise<void> {
    await Promise.all([...this.contexts.values()].map((context) => context.end()));
  }
}

export async function mergedSchema({ all }: BenchSubgraphs): Promise<GraphQLSchema> {
  const parts = await Promise.all(all.map(async (running): Promise<Part> => ({ running, schema: (await federate(running.definition, running.services)).schema })));
  // Only its types are wanted, so any data source will do.
  const { schema } = buildState(readSchemaFile('supergraph.graphql'), new Proxy({}, { get: () => ({}) }));
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (type instanceof GraphQLObjectType) resolveFields(type, parts);
    else if (type instanceof GraphQLScalarType || type instanceof GraphQLEnumType) {
      const own = parts.map((part) => part.schema.getType(type.name)).find((one) => one !== undefined);
      // The scalars of the language are the same objects everywhere.
      if (own && own !== type && 'serialize' in own) type.serialize = (value) => own.serialize(value) as never;
    }
  }
  return schema;
}

const fieldsIn = (part: Part, name: string) => {
  const type = part.schema.getType(name);
  return type instanceof GraphQLObjectType ? type.getFields() : {};
};

/** Who knows most of a type has its rows; others add fields to it. */
const homeOf = (name: string, parts: readonly Part[]): Part | undefined =>
  parts.toSorted((a, b) => Object.keys(fieldsIn(b, name)).length - Object.keys(fieldsIn(a, name)).length)[0];

function resolveFields(type: GraphQLObjectType, parts: readonly Part[]): void {
  const home = homeOf(type.name, parts);
  for (const [name, field] of Object.entries(type.getFields())) {
    const owner = home && fieldsIn(home, type.name)[name] ? home : parts.find((part) => fieldsIn(part, type.name)[name]);
    if (!owner) throw new Error(`Nobody resolves ${type.name}.${name}`);
    const resolve = fieldsIn(owner, type.name)[name]?.resolve ?? defaultFieldResolver;
    const target = getNamedType(field.type).name;
    const targetHome = isListType(getNullableType(field.type)) ? undefined : homeOf(target, parts);
    const crosses = targetHome !== undefined && targetHome !== owner && targetHome.running.definition.references[target] !== undefined ? targetHome : null;
    const extends_ = owner !== home && owner.running.definition.references[type.name] !== undefined;
    // Most fields stay where they are, and must not pay for those that do not.
    field.resolve = !crosses && !extends_
      ? (parent, args, context: MergedContext, info) => resolve(parent, args, context.of(owner), info) as unknown
      : crossing(resolve, owner, extends_ ? type.name : null, crosses && { home: crosses, type: target });
  }
}

function crossing(
  resolve: GraphQLFieldResolver<unknown, unknown>, owner: Part, extended: string | null, target: { home: Part; type: string } | null,
): GraphQLFieldResolver<unknown, MergedContext> {
  return async (parent, args, context, info) => {
    const row = extended === null ? parent : await referred(extended, owner, parent as Row, context);
    const value = row === null ? null : await (resolve(row, args, context.of(owner), info) as Promise<unknown>);
    if (!target || value === null || value === undefined) return value;
    return referred(target.type, target.home, value as Row, context);
  };
}

/** What `_entities` would answer. */
async function referred(type: string, home: Part, { id }: Row, context: MergedContext): Promise<unknown> {
  const reference = home.running.definition.references[type];
  if (!reference) throw new Error(`${home.running.name} cannot be asked for ${type}`);
  const operation = context.of(home);
  const verdict = decide(reference.rule, operation.actor);
  if (verdict !== true) throw verdict;
  const row = await reference.resolve(operation, id);
  return row && { __typename: type, ...(row as object) };
}
