// Saying whether one is there, and seeing it of others.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import type { UserRow } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import { presenceOfUser } from './presence.loaders.js';
import { presenceAt, type PresenceNow } from './presence.rules.js';
import { Presence, PresenceUpdateInput, PresenceUpdatePayload } from './presence.type.js';

@Resolver()
export class PresenceResolver {
  constructor(private readonly services: IdentityServices) {}

  @Mutation(() => PresenceUpdatePayload, {
    nullable: true,
    description: 'Says whether the caller is there. Repeat it every 30 seconds: 90 seconds after the last one they count as OFFLINE. For people, not API keys.',
  })
  async presenceUpdate(
    @Ctx() context: OperationContext,
    @Arg('input', () => PresenceUpdateInput, { description: 'The status, and a few words.' }) input: PresenceUpdateInput,
  ) {
    return { presence: await this.services.presence.update(context, input), userErrors: [] };
  }
}

@Resolver(() => User)
export class UserPresenceResolver {
  @FieldResolver(() => Presence, { description: 'Whether they are there now.' })
  async presence(@Root() user: UserRow, @Ctx() context: OperationContext): Promise<PresenceNow> {
    return presenceAt(await context.load(presenceOfUser, user.id), context.deps.clock.now());
  }
}
