// Registering, confirming an address, and changing it.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import {
  AccountEmailChangeConfirmInput, AccountEmailChangeInput, AccountEmailVerificationResendInput, AccountEmailVerifyInput, AccountRegisterInput,
} from './account.inputs.js';
import {
  AccountEmailChangeConfirmPayload, AccountEmailChangePayload, AccountEmailVerificationResendPayload, AccountEmailVerifyPayload, AccountRegisterPayload,
} from './account.type.js';

@Resolver()
export class AccountResolver {
  constructor(private readonly services: IdentityServices) {}

  @Mutation(() => AccountRegisterPayload, {
    nullable: true,
    description: 'Registers a person and their business. A mail asks to confirm the address and to choose a password; the account and its tenant are ' +
      'made then, and not before. ' +
      'Anybody may call it; an address that has an account gets a mail saying so, and the answer is the same.',
  })
  async accountRegister(
    @Ctx() context: OperationContext,
    @Arg('input', () => AccountRegisterInput, { description: 'Who registers.' }) input: AccountRegisterInput,
  ) {
    await this.services.registration.register(context, input);
    return { registered: true, userErrors: [] };
  }

  @Mutation(() => AccountEmailVerifyPayload, {
    nullable: true, description: 'Confirms the address of a registration: makes the account with the password given here, its tenant (tier FREE), and the person its owner.',
  })
  async accountEmailVerify(
    @Ctx() context: OperationContext,
    @Arg('input', () => AccountEmailVerifyInput, { description: 'The token of the mailed link, which works once within 24 hours, and a password.' }) input: AccountEmailVerifyInput,
  ) {
    await this.services.registration.confirm(context, input.token, input.password);
    return { verified: true, userErrors: [] };
  }

  @Mutation(() => AccountEmailVerificationResendPayload, {
    nullable: true, description: 'Mails the link of the newest registration of an address again; the older link no longer works. At most three mails a registration.',
  })
  async accountEmailVerificationResend(
    @Ctx() context: OperationContext,
    @Arg('input', () => AccountEmailVerificationResendInput, { description: 'Whom to write to.' }) input: AccountEmailVerificationResendInput,
  ) {
    await this.services.registration.resend(context, input.email);
    return { accepted: true, userErrors: [] };
  }

  @Mutation(() => AccountEmailChangePayload, {
    nullable: true,
    description: 'Asks to change the address of the caller\'s account. Either address gets a link; a newer request replaces an older one. Needs a token of a person.',
  })
  async accountEmailChange(
    @Ctx() context: OperationContext,
    @Arg('input', () => AccountEmailChangeInput, { description: 'The new address, and the password.' }) input: AccountEmailChangeInput,
  ) {
    await this.services.emailChange.request(context, input.newEmail, input.password);
    return { accepted: true, userErrors: [] };
  }

  @Mutation(() => AccountEmailChangeConfirmPayload, {
    nullable: true,
    description: 'Confirms a change of address from one of the two mailboxes, in either order. With the second one the address changes in every tenant, ' +
      'and every session ends but the one that asked for it.',
  })
  async accountEmailChangeConfirm(
    @Ctx() context: OperationContext,
    @Arg('input', () => AccountEmailChangeConfirmInput, { description: 'The token of the mailed link, which works once within an hour.' }) input: AccountEmailChangeConfirmInput,
  ) {
    return { changed: await this.services.emailChange.confirm(context, input.token), userErrors: [] };
  }
}
