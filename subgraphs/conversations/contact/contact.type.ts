// The GraphQL face of a contact.
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Node } from '../../kernel/graphql/node.js';

@ObjectType('Contact', { implements: Node, description: 'A customer as they appear in conversations.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class ContactType extends Node {
  @Field(() => ID, { description: 'Key of node look-ups.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => String, { nullable: true, description: "Their name: from their channel profile, or as staff wrote it. Null until one is known." })
  name!: string | null;
}
