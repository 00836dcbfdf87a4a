// The life of a tenant at the API.
import { Field, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { TenantType } from '../tenant/tenant.type.js';

export const { Connection: TenantConnection } = connectionOf('Tenant', () => TenantType);

const TENANT = 'The tenant as it is now; null when nothing was changed.';

@ObjectType({ description: 'The outcome of `tenantUpdate`.' })
export class TenantUpdatePayload {
  @Field(() => TenantType, { nullable: true, description: TENANT })
  tenant!: TenantType | null;

  @Field(() => [UserError], { description: 'Why not: `InputInvalid`, `TenantStateWrong`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `tenantSuspend`.' })
export class TenantSuspendPayload {
  @Field(() => TenantType, { nullable: true, description: TENANT })
  tenant!: TenantType | null;

  @Field(() => [UserError], { description: 'Why not: `TenantNotFound`, `TenantStateWrong`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `tenantReactivate`.' })
export class TenantReactivatePayload {
  @Field(() => TenantType, { nullable: true, description: TENANT })
  tenant!: TenantType | null;

  @Field(() => [UserError], { description: 'Why not: `TenantNotFound`, `TenantStateWrong`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `tenantDelete`.' })
export class TenantDeletePayload {
  @Field(() => TenantType, { nullable: true, description: 'The tenant, with the day of its erasure in `deletionDueAt`; null when nothing was changed.' })
  tenant!: TenantType | null;

  @Field(() => [UserError], { description: 'Why not: `InputInvalid` (the name is another), `TenantStateWrong`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `tenantDeletionCancel`.' })
export class TenantDeletionCancelPayload {
  @Field(() => TenantType, { nullable: true, description: TENANT })
  tenant!: TenantType | null;

  @Field(() => [UserError], { description: 'Why not: `TenantNotFound` (it is not yours), `TenantStateWrong`.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such tenant (any more).' })
export class TenantNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The tenant is not in a state in which this can be done; its `state` says which.' })
export class TenantStateWrong extends UserError {}
