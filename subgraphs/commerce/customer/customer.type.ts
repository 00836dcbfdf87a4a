// Customers in the graph, and the contact of conversations that this subgraph extends.
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Node } from '../../kernel/graphql/node.js';

@ObjectType('Customer', { implements: Node, description: 'Somebody who buys from the tenant.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class CustomerType extends Node {
  @Field(() => ID, { description: 'Same as `id`; joins `node(id)` to its owner.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => String, { description: 'Name as the tenant knows the customer.' })
  name!: string;
}

@ObjectType('Contact', { description: 'A person the tenant has conversations with.' })
@Directive('@key(fields: "id")')
export class ContactRef {
  @Field(() => ID, { description: 'Global id, `cont_…`.' })
  id!: string;
}
