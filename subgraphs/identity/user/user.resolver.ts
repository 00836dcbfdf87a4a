// People: the list, fields that depend on who asks, changes of their state.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { forbidden } from '../../kernel/base/errors.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { RoleGrant } from '../grant/grant.type.js';
import { grantsOfUser, type GrantRow, type RoleRow } from '../role/role.loaders.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { RoleType } from '../role/role.type.js';
import type { IdentityServices } from '../services.js';
import { UserDeleteInput, UserReactivateInput, UsersArgs, UserSuspendInput } from './user.inputs.js';
import { listUsers } from './user.list.js';
import { lastSeenOf, userById, type UserRow } from './user.loaders.js';
import { User, UserConnection, UserDeletePayload, UserReactivatePayload, UserStatus, UserSuspendPayload } from './user.type.js';

export const READ_USERS = 'user:read';

/** A rule knows the actor alone; whether it is about themselves, only the row tells. @throws FORBIDDEN */
function ownOr(permission: string, user: UserRow, { actor }: OperationContext): void {
  if (user.id !== actor.sub && !actor.permissions.includes(permission)) throw forbidden(permission);
}
const userId = (text: string): string => inputId('user', text, ['input', 'userId']);
const OTHERS = 'One\'s own is always visible; another\'s needs `user:read`, else it is null, FORBIDDEN.';

@Resolver(() => User)
export class UserResolver {
  constructor(private readonly services: IdentityServices) {}

  @Query(() => UserConnection, { nullable: true, description: 'The people of your tenant, by name, then by id. Needs `user:read`.' })
  users(@Args(() => UsersArgs) args: UsersArgs, @Ctx() context: OperationContext) {
    return listUsers(context, args);
  }

  @FieldResolver()
  email(@Root() user: UserRow, @Ctx() context: OperationContext): string | null {
    ownOr(READ_USERS, user, context);
    // An address that reached the row of somebody who has left is not theirs to see either.
    return user.standing === 'DELETED' ? null : user.email;
  }

  @FieldResolver(() => UserStatus, { nullable: true, description: `Where they stand. ${OTHERS}` })
  status(@Root() user: UserRow, @Ctx() context: OperationContext) {
    ownOr(READ_USERS, user, context);
    return user.standing;
  }

  @FieldResolver(() => DateTime, { nullable: true, description: `When they joined this tenant, UTC. ${OTHERS}` })
  createdAt(@Root() user: UserRow, @Ctx() context: OperationContext): Date {
    ownOr(READ_USERS, user, context);
    return user.joinedAt;
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When they last used a session here, UTC, to the minute; null when they never did. ' +
      'One\'s own is always visible; another\'s needs `user:manage`, else it is null, FORBIDDEN.',
  })
  async lastSeenAt(@Root() user: UserRow, @Ctx() context: OperationContext): Promise<Date | null> {
    ownOr(MANAGE_USERS, user, context);
    return context.load(lastSeenOf, user.id);
  }

  @FieldResolver(() => [RoleType], { nullable: true, description: `The roles they hold now, by name. ${OTHERS}` })
  async roles(@Root() user: UserRow, @Ctx() context: OperationContext): Promise<RoleRow[]> {
    ownOr(READ_USERS, user, context);
    return (await context.load(grantsOfUser, user.id) ?? []).filter(({ expired }) => !expired).map(({ role }) => role);
  }

  @FieldResolver(() => [RoleGrant], {
    nullable: true, description: `Who gave them which role, when and until when, by the role's name; expired ones too. ${OTHERS}`,
  })
  async grants(@Root() user: UserRow, @Ctx() context: OperationContext): Promise<GrantRow[]> {
    ownOr(READ_USERS, user, context);
    return await context.load(grantsOfUser, user.id) ?? [];
  }

  @Mutation(() => UserSuspendPayload, {
    nullable: true,
    description: 'Shuts a person out of your tenant at once: sessions, sockets and all. They keep their roles. ' +
      'Needs `user:manage` and every permission they hold.',
  })
  async userSuspend(@Ctx() context: OperationContext, @Arg('input', () => UserSuspendInput, { description: 'Whom.' }) input: UserSuspendInput) {
    const id = userId(input.userId);
    await this.services.userChanges.suspend(context, id);
    return { user: await context.load(userById, id), userErrors: [] };
  }

  @Mutation(() => UserReactivatePayload, {
    nullable: true, description: 'Lets a suspended person sign in again. Needs `user:manage` and every permission they will hold.',
  })
  async userReactivate(@Ctx() context: OperationContext, @Arg('input', () => UserReactivateInput, { description: 'Whom.' }) input: UserReactivateInput) {
    const id = userId(input.userId);
    await this.services.userChanges.reactivate(context, id);
    return { user: await context.load(userById, id), userErrors: [] };
  }

  @Mutation(() => UserDeletePayload, {
    nullable: true,
    description: 'Removes a person from your tenant for good: sessions and roles end at once, open conversations lose them as assignee. ' +
      'Their name stays with what they wrote. Needs `user:manage` and every permission they hold.',
  })
  async userDelete(@Ctx() context: OperationContext, @Arg('input', () => UserDeleteInput, { description: 'Whom.' }) input: UserDeleteInput) {
    const id = userId(input.userId);
    await this.services.userChanges.delete(context, id);
    return { user: await context.load(userById, id), userErrors: [] };
  }
}
