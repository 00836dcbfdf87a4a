// Fields of a person that depend on who asks.
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { forbidden } from '../../kernel/base/errors.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { UserRow } from './user.loaders.js';
import { User } from './user.type.js';

const READ_OTHERS = 'user:read';

@Resolver(() => User)
export class UserResolver {
  @FieldResolver()
  email(@Root() user: UserRow, @Ctx() { actor }: OperationContext): string {
    // A rule knows the actor alone; whether it is their own address, only the row tells.
    if (user.id !== actor.sub && !actor.permissions.includes(READ_OTHERS)) throw forbidden(READ_OTHERS);
    return user.email;
  }
}
