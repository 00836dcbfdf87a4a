// A role as people see it, and what changing one answers.
import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { RolePreset as Preset } from './role.presets.js';

export enum RolePreset {
  OWNER = 'OWNER',
  ADMIN = 'ADMIN',
  ANALYST = 'ANALYST',
  AGENT = 'AGENT',
  VIEWER = 'VIEWER',
  SUPER_ADMIN = 'SUPER_ADMIN',
}
registerEnumType(RolePreset, {
  name: 'RolePreset',
  description: 'The roles that exist everywhere.',
  valuesConfig: {
    OWNER: { description: 'Everything in the tenant.' },
    ADMIN: { description: 'People, settings, keys and the daily work; reads the audit trail.' },
    ANALYST: { description: 'Reads and writes analytics and reports, reads conversations and orders.' },
    AGENT: { description: 'Works conversations, contacts, orders and bookings.' },
    VIEWER: { description: 'Reads.' },
    SUPER_ADMIN: { description: 'Runs the platform; never a role in a tenant.' },
  },
});

@ObjectType('Role', { description: 'A named set of permissions that people hold in a tenant.' })
@Directive('@key(fields: "id")')
export class RoleType {
  @Field(() => ID, { description: 'Global id, `role_…`.' })
  id!: string;

  @Field(() => String, { description: 'Its name, e.g. `Owner`.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description!: string | null;

  @Field(() => RolePreset, { nullable: true, description: 'Which preset it is; null for a role of the tenant\'s own making.' })
  preset!: Preset | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}

export const { Connection: RoleConnection } = connectionOf('Role', () => RoleType);

@ObjectType({ description: 'The outcome of `roleCreate`.' })
export class RoleCreatePayload {
  @Field(() => RoleType, { nullable: true, description: 'The new role; null when there is none.' })
  role!: RoleType | null;

  @Field(() => [UserError], {
    description: 'Why there is none: `RoleNameTaken`, `RoleLimitReached`, `GrantRefused`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `roleUpdate`.' })
export class RoleUpdatePayload {
  @Field(() => RoleType, { nullable: true, description: 'The role as it is now; null when it was not changed.' })
  role!: RoleType | null;

  @Field(() => [UserError], {
    description: 'Why it was not changed: `RoleNotFound`, `RoleFixed`, `RoleNameTaken`, `GrantRefused`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `roleDelete`.' })
export class RoleDeletePayload {
  @Field(() => Int, { nullable: true, description: 'How many people held it; null when it was not deleted.' })
  grantsEnded!: number | null;

  @Field(() => [UserError], { description: 'Why it was not deleted: `RoleNotFound`, `RoleFixed`, `GrantRefused`.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such role in your tenant.' })
export class RoleNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another role of your tenant has this name, in upper or lower case.' })
export class RoleNameTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'The role is a preset: the same in every tenant, and not to be changed.' })
export class RoleFixed extends UserError {}

@ObjectType({ implements: UserError, description: 'There are as many roles of your own as there may be.' })
export class RoleLimitReached extends UserError {}

@ObjectType({
  implements: UserError,
  description: 'Nobody grants, changes or takes away rights beyond their own; the rank of owner is the owners\' business.',
})
export class GrantRefused extends UserError {
  @Field(() => [String], { description: 'The permissions that you do not hold; none when it is about the rank of owner.' })
  permissions!: string[];
}

@ObjectType({ implements: UserError, description: 'A tenant keeps at least one active owner whose grant does not end.' })
export class LastOwner extends UserError {}
