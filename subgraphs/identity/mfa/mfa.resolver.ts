// Setting up, using and giving up a second factor.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { auditOf } from '../session/session.audit.js';
import type { IdentityServices } from '../services.js';
import {
  MfaBackupCodesRegenerateInput, MfaChallengeAnswerInput, MfaChallengeConfirmInput, MfaChallengeSetUpInput, MfaDisableInput, MfaTotpConfirmInput, MfaTotpSetUpInput,
} from './mfa.inputs.js';
import {
  MfaBackupCodesRegeneratePayload, MfaChallengeAnswerPayload, MfaChallengeConfirmPayload, MfaChallengeSetUpPayload, MfaDisablePayload, MfaTotpConfirmPayload,
  MfaTotpSetUpPayload,
} from './mfa.type.js';

@Resolver()
export class MfaResolver {
  constructor(private readonly services: IdentityServices) {}

  @Mutation(() => MfaTotpSetUpPayload, {
    nullable: true,
    description: 'Begins to set up an authenticator app, in place of a set-up that was not confirmed. Nothing is asked at sign-in until ' +
      '`mfaTotpConfirm`, which must come within 15 minutes.',
  })
  async mfaTotpSetUp(
    @Ctx() context: OperationContext, @Arg('input', () => MfaTotpSetUpInput, { description: 'Who sets it up.' }) input: MfaTotpSetUpInput,
  ) {
    aboutOneself(context);
    return { provisioning: await this.services.mfaSetUp.start(context, input.password), userErrors: [] };
  }

  @Mutation(() => MfaTotpConfirmPayload, {
    nullable: true,
    description: 'Puts the authenticator app into use: sign-in asks for its codes from now on, in every tenant. All other sessions of the caller end.',
  })
  async mfaTotpConfirm(
    @Ctx() context: OperationContext, @Arg('input', () => MfaTotpConfirmInput, { description: 'That the app works.' }) input: MfaTotpConfirmInput,
  ) {
    aboutOneself(context);
    return { backupCodes: await this.services.mfaSetUp.confirm(context, input.code), userErrors: [] };
  }

  @Mutation(() => MfaBackupCodesRegeneratePayload, { nullable: true, description: 'Makes ten new backup codes; the old ones stop working.' })
  async mfaBackupCodesRegenerate(
    @Ctx() context: OperationContext,
    @Arg('input', () => MfaBackupCodesRegenerateInput, { description: 'Who asks.' }) input: MfaBackupCodesRegenerateInput,
  ) {
    aboutOneself(context);
    return { backupCodes: await this.services.mfaManagement.regenerate(context, input), userErrors: [] };
  }

  @Mutation(() => MfaDisablePayload, {
    nullable: true, description: 'Gives up the second factor and its backup codes, for the password and a code together. All other sessions of the caller end.',
  })
  async mfaDisable(@Ctx() context: OperationContext, @Arg('input', () => MfaDisableInput, { description: 'Who gives it up.' }) input: MfaDisableInput) {
    aboutOneself(context);
    return { disabled: await this.services.mfaManagement.disable(context, input), userErrors: [] };
  }

  @Mutation(() => MfaChallengeAnswerPayload, {
    nullable: true, description: 'Completes a sign-in with a code of the second factor. Five codes may be tried in 15 minutes; each right one works once.',
  })
  async mfaChallengeAnswer(
    @Ctx() context: OperationContext, @Arg('input', () => MfaChallengeAnswerInput, { description: 'The code.' }) input: MfaChallengeAnswerInput,
  ) {
    return { session: await this.services.mfaSignIn.answer(context, input), userErrors: [] };
  }

  @Mutation(() => MfaChallengeSetUpPayload, {
    nullable: true, description: 'Begins to set up an authenticator app during sign-in, where the tenant demands a second factor and the account has none.',
  })
  async mfaChallengeSetUp(
    @Ctx() context: OperationContext, @Arg('input', () => MfaChallengeSetUpInput, { description: 'The sign-in.' }) input: MfaChallengeSetUpInput,
  ) {
    return { provisioning: await this.services.mfaSignIn.provision(context, input.token), userErrors: [] };
  }

  @Mutation(() => MfaChallengeConfirmPayload, {
    nullable: true, description: 'Puts the authenticator app of `mfaChallengeSetUp` into use and completes the sign-in. All other sessions of the person end.',
  })
  async mfaChallengeConfirm(
    @Ctx() context: OperationContext, @Arg('input', () => MfaChallengeConfirmInput, { description: 'That the app works.' }) input: MfaChallengeConfirmInput,
  ) {
    const { tokens, backupCodes } = await this.services.mfaSignIn.confirm(context, input);
    return { session: tokens, backupCodes, userErrors: [] };
  }
}

/** The event is about the caller's own account. */
function aboutOneself(context: OperationContext): void {
  const audit = auditOf(context);
  audit.draft = { ...audit.draft, resource: { type: 'User', id: context.userId } };
}
