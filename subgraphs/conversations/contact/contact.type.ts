// The GraphQL face of a contact.
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Node } from '../../kernel/graphql/node.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

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

@ObjectType({ implements: UserError, description: 'There is no such contact in your tenant.' })
export class ContactNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The inbox has no address of the contact: they never wrote to it and were not added to it.' })
export class ContactUnreachable extends UserError {}
