// A person as colleagues in the same tenant see them.
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { Node } from '../../kernel/graphql/node.js';

@ObjectType('User', {
  implements: Node, description: 'A person who works in this tenant. People of other tenants are not visible.',
})
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class User extends Node {
  @Field(() => ID, { description: 'The id again, for `node(id)`.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => String, { description: 'The name colleagues see.' })
  displayName!: string;

  @Field(() => String, {
    nullable: true,
    description: 'E-mail address. One\'s own is always visible; another\'s needs `user:read`, else it is null, FORBIDDEN.',
  })
  email!: string | null;
}
