// A grant as people see it, and what giving and taking answers.
import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { RoleType } from '../role/role.type.js';
import { User } from '../user/user.type.js';

@ObjectType({ description: 'That a person holds a role: by whom, since and until when.' })
export class RoleGrant {
  @Field(() => RoleType, { description: 'The role.' })
  role!: RoleType;

  @Field(() => DateTime, { description: 'When it was given, UTC.' })
  grantedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'From this instant on it gives nothing; null: it does not end by itself.' })
  until!: Date | null;

  @Field(() => Boolean, { description: 'Whether it has ended, and gives nothing any more.' })
  expired!: boolean;
}

@ObjectType({ description: 'The outcome of `roleGrant`.' })
export class RoleGrantPayload {
  @Field(() => User, { nullable: true, description: 'The person with their grants; null when nothing was given.' })
  user!: User | null;

  @Field(() => [UserError], {
    description: 'Why nothing was given: `UserNotFound`, `UserStateWrong`, `RoleNotFound`, `GrantRefused`, `LastOwner`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `roleRevoke`.' })
export class RoleRevokePayload {
  @Field(() => User, { nullable: true, description: 'The person with the grants that are left; null when nothing was taken.' })
  user!: User | null;

  @Field(() => [UserError], {
    description: 'Why nothing was taken: `UserNotFound`, `UserStateWrong`, `RoleNotFound`, `NotGranted`, `GrantRefused`, `LastOwner`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'The person does not hold this role.' })
export class NotGranted extends UserError {}
