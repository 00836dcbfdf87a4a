// Who is asking.
import { Directive, Field, ID, ObjectType } from 'type-graphql';
import { ApiKeyType } from '../api-key/api-key.type.js';
import { RoleType } from '../role/role.type.js';
import { TenantChoice } from '../session/session.type.js';
import { User } from '../user/user.type.js';

@ObjectType('Tenant')
@Directive('@key(fields: "id", resolvable: false)')
export class TenantRef {
  @Field(() => ID)
  id!: string;
}

@ObjectType({ description: 'The caller: a person or an API key, in a tenant, with what they may do there.' })
export class Viewer {
  @Field(() => User, { nullable: true, description: 'The person; null for an API key.' })
  user!: User | null;

  @Field(() => ApiKeyType, { nullable: true, description: 'The API key; null for a person.' })
  apiKey!: ApiKeyType | null;

  @Field(() => TenantRef, { nullable: true, description: 'The tenant of this session; null for people of the platform.' })
  tenant!: TenantRef | null;

  @Field(() => [TenantChoice], {
    description: 'The tenants this person may work in, by name, this one included: what `sessionSwitchTenant` takes. None for an API key.',
  })
  tenants!: TenantChoice[];

  @Field(() => [RoleType], { description: 'The roles held in this tenant, by name.' })
  roles!: RoleType[];

  @Field(() => [String], { description: 'Every permission these roles give, sorted, e.g. `conversation:read`.' })
  permissions!: string[];
}
