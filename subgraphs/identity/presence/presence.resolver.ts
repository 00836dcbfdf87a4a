// Saying whether one is there, and seeing it of others.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { userById, type UserRow } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import { presenceOfUser } from './presence.loaders.js';
import { presenceAt, type PresenceNow } from './presence.rules.js';
import { Presence, PresenceChanged, PresenceUpdateInput, PresenceUpdatePayload } from './presence.type.js';

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

@Resolver(() => PresenceChanged)
export class PresenceChangedResolver {
  @FieldResolver(() => User, { nullable: true, description: 'Who. Null when they have left meanwhile.' })
  user(@Root() { userId }: { userId: string }, @Ctx() context: OperationContext) {
    return context.load(userById, userId);
  }
}

@Resolver()
export class PresenceFeedResolver {
  @Subscription(() => PresenceChanged, {
    description: 'Colleagues as they come, go and change their word, those included who fall silent. There is no history: subscribe first, then read who is there.',
    subscribe: ({ context }) => {
      const operation = context as unknown as OperationContext<IdentityServices>;
      return operation.services.presenceFeed.open(operation) as never;
    },
  })
  presence(@Root() event: Record<string, unknown>): PresenceChanged {
    return event as unknown as PresenceChanged;
  }
}
