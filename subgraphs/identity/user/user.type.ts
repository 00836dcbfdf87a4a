// A person as colleagues in the same tenant see them, and what changing their state answers.
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { Node } from '../../kernel/graphql/node.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

export enum UserStatus {
  ACTIVE = 'ACTIVE',
  SUSPENDED = 'SUSPENDED',
  DELETED = 'DELETED',
}
registerEnumType(UserStatus, {
  name: 'UserStatus',
  description: 'Where a person stands in a tenant.',
  valuesConfig: {
    ACTIVE: { description: 'Works here.' },
    SUSPENDED: { description: 'Cannot sign in here until reactivated; keeps their roles.' },
    DELETED: { description: 'Has left. Kept by name, so that what they wrote has an author.' },
  },
});

@ObjectType('User', {
  implements: Node, description: 'A person who works in this tenant, or has worked here. People of other tenants are not visible.',
})
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class User extends Node {
  @Field(() => ID, { description: 'The id again, for `node(id)`.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => String, { description: 'The name colleagues see. It stays when the person leaves.' })
  displayName!: string;

  @Field(() => String, {
    nullable: true,
    description: 'E-mail address; null for who has left. One\'s own is always visible; another\'s needs `user:read`, else it is null, FORBIDDEN.',
  })
  email!: string | null;
}

export const { Connection: UserConnection } = connectionOf('User', () => User);

const REASONS = '`UserNotFound`, `UserIsYourself`, `UserStateWrong`, `GrantRefused`, `LastOwner`.';

@ObjectType({ description: 'The outcome of `userSuspend`.' })
export class UserSuspendPayload {
  @Field(() => User, { nullable: true, description: 'The person, now suspended; null when nothing was changed.' })
  user!: User | null;

  @Field(() => [UserError], { description: `Why not: ${REASONS}` })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `userReactivate`.' })
export class UserReactivatePayload {
  @Field(() => User, { nullable: true, description: 'The person, active again; null when nothing was changed.' })
  user!: User | null;

  @Field(() => [UserError], { description: 'Why not: `UserNotFound`, `UserIsYourself`, `UserStateWrong`, `GrantRefused`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `userDelete`.' })
export class UserDeletePayload {
  @Field(() => User, { nullable: true, description: 'What is left of the person here: their name; null when nothing was changed.' })
  user!: User | null;

  @Field(() => [UserError], { description: `Why not: ${REASONS}` })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such person in your tenant.' })
export class UserNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Nobody suspends, reactivates or removes themselves.' })
export class UserIsYourself extends UserError {}

@ObjectType({ implements: UserError, description: 'The person is not in a state in which this can be done.' })
export class UserStateWrong extends UserError {}
