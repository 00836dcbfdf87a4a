// Recovering and changing a password.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { PasswordChangeInput, PasswordForgotInput, PasswordResetInput } from './account.inputs.js';
import { PasswordChangePayload, PasswordForgotPayload, PasswordResetPayload } from './account.type.js';

@Resolver()
export class PasswordResolver {
  constructor(private readonly services: IdentityServices) {}

  @Mutation(() => PasswordForgotPayload, {
    nullable: true,
    description: 'Mails a link for choosing a new password, to an address that has an account. Anybody may call it; the answer is the same for any address.',
  })
  async passwordForgot(
    @Ctx() context: OperationContext,
    @Arg('input', () => PasswordForgotInput, { description: 'Who forgot it.' }) input: PasswordForgotInput,
  ) {
    await this.services.passwords.forgot(context, input.email);
    return { accepted: true, userErrors: [] };
  }

  @Mutation(() => PasswordResetPayload, {
    nullable: true,
    description: 'Sets a new password by a mailed link. Ends every session of the person everywhere and opens none: a second factor is asked for as ever.',
  })
  async passwordReset(
    @Ctx() context: OperationContext,
    @Arg('input', () => PasswordResetInput, { description: 'The token of the link, which works once within an hour, and the new password.' }) input: PasswordResetInput,
  ) {
    await this.services.passwords.reset(context, input.token, input.newPassword);
    return { reset: true, userErrors: [] };
  }

  @Mutation(() => PasswordChangePayload, {
    nullable: true, description: 'Changes the caller\'s password and ends their other sessions, in every tenant. Needs a token of a person.',
  })
  async passwordChange(
    @Ctx() context: OperationContext,
    @Arg('input', () => PasswordChangeInput, { description: 'The present password and the new one.' }) input: PasswordChangeInput,
  ) {
    return { sessionsEnded: await this.services.passwords.change(context, input.currentPassword, input.newPassword), userErrors: [] };
  }
}
