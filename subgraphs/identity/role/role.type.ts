// A role as people see it.
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@ObjectType('Role', { description: 'A named set of permissions that people hold in a tenant.' })
@Directive('@key(fields: "id")')
export class RoleType {
  @Field(() => ID, { description: 'Global id, `role_…`.' })
  id!: string;

  @Field(() => String, { description: 'Its name, e.g. `Owner`.' })
  name!: string;
}
