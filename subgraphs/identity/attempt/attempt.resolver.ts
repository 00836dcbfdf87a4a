// Unlocking people who tried too often, or were tried at.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { AccountUnlockInput } from './attempt.inputs.js';
import { AccountUnlockPayload } from './attempt.type.js';

@Resolver()
export class AttemptResolver {
  constructor(private readonly services: IdentityServices) {}

  @Mutation(() => AccountUnlockPayload, {
    nullable: true,
    description: 'Forgets the failed sign-ins and password confirmations counted against a colleague, so that they may try again at once; codes of ' +
      'a second factor stay counted. Locks also end by themselves, after 15 minutes. Needs a token of a person, `user:manage` and every ' +
      'permission they hold.',
  })
  async accountUnlock(
    @Ctx() context: OperationContext,
    @Arg('input', () => AccountUnlockInput, { description: 'Whom to unlock.' }) input: AccountUnlockInput,
  ) {
    return { countersCleared: await this.services.unlock.unlock(context, input.userId), userErrors: [] };
  }
}
