// Which kind of thing an id names. Kinds of other subgraphs are stubs: their owner must be asked, so it decides who sees them.
import { Directive, Field, ID, ObjectType, type ClassType } from 'type-graphql';
import { Node } from '../../kernel/graphql/node.js';

/** Id prefix -> GraphQL type, of everything `node(id)` reaches. */
export const NODE_TYPES: ReadonlyMap<string, string> = new Map([
  ['tnt', 'Tenant'],
  ['user', 'User'],
  ['inb', 'Inbox'],
  ['cont', 'Contact'],
  ['conv', 'Conversation'],
  ['msg', 'Message'],
  ['cust', 'Customer'],
  ['ord', 'Order'],
  ['rsv', 'Reservation'],
  ['sev', 'SecurityEvent'],
]);

export const OWN_TYPE = 'Tenant';

/**
 * A type of another subgraph as `node(id)` answers it. `id` is external, so asking for it (which the gateway always does)
 * asks the owner, by `nodeKey`; what the owner does not show to this caller is null.
 */
function stubOf(type: string): ClassType<{ id: string; nodeKey: string }> {
  @ObjectType(type, { implements: Node })
  @Directive('@key(fields: "nodeKey", resolvable: false)')
  class Stub extends Node {
    @Field(() => ID)
    @Directive('@external')
    declare id: string;

    @Field(() => ID)
    @Directive('@inaccessible')
    nodeKey!: string;
  }
  return Stub;
}

export const FOREIGN_TYPES: readonly string[] = [...NODE_TYPES.values()].filter((type) => type !== OWN_TYPE);
export const foreignStubs = FOREIGN_TYPES.map(stubOf);
/** GraphQL type -> id prefix. */
export const NODE_PREFIXES: Readonly<Record<string, string>> =
  Object.fromEntries([...NODE_TYPES].map(([prefix, type]) => [type, prefix]));
