// Signing in, staying in, signing out.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Refusal } from '../../kernel/base/errors.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import { userErrorOf } from '../../kernel/graphql/user-errors.js';
import type { IdentityServices } from '../services.js';
import { LoginInput, LogoutInput, SessionRefreshInput, SessionSwitchTenantInput } from './session.inputs.js';
import { LoginPayload, LogoutPayload, SessionRefreshPayload, SessionSwitchTenantPayload } from './session.type.js';

@Resolver()
export class SessionResolver {
  constructor(private readonly services: IdentityServices) {}

  @Mutation(() => LoginPayload, {
    nullable: true,
    description: 'Signs a person in with e-mail address and password. Anybody may call it; ' +
      'nothing tells unknown accounts from wrong passwords. Who has a second factor, or works where one is demanded, gets a challenge instead of a session.',
  })
  async login(
    @Ctx() context: OperationContext,
    @Arg('input', () => LoginInput, { description: 'Who signs in.' }) input: LoginInput,
  ) {
    return { ...await this.services.login.login(context, input), userErrors: [] };
  }

  @Mutation(() => SessionRefreshPayload, {
    nullable: true,
    description: 'Exchanges a refresh token for new tokens. For 10 seconds the same client gets the same refresh token again, so that a ' +
      'lost answer or a second tab costs nothing. Later, or from elsewhere, presenting an exchanged token ends the session for all its holders, with every ' +
      'session it was opened from or that was opened from it in another tenant.',
  })
  async sessionRefresh(
    @Ctx() context: OperationContext,
    @Arg('input', () => SessionRefreshInput, { description: 'The token to exchange.' }) input: SessionRefreshInput,
  ) {
    const outcome = await this.services.refresh.refresh(context, input.refreshToken);
    if (outcome instanceof Refusal) return { session: null, userErrors: [userErrorOf(outcome)] };
    return { session: outcome, userErrors: [] };
  }

  @Mutation(() => SessionSwitchTenantPayload, {
    nullable: true,
    description: 'Opens a session of the same person in another tenant, without the password. The present session stays; both end when their ' +
      'tenant\'s limits say so, counted from the sign-in.',
  })
  async sessionSwitchTenant(
    @Ctx() context: OperationContext,
    @Arg('input', () => SessionSwitchTenantInput, { description: 'Where to go.' }) input: SessionSwitchTenantInput,
  ) {
    return { session: await this.services.switching.switch(context, input.tenantId), userErrors: [] };
  }

  @Mutation(() => LogoutPayload, {
    nullable: true, description: 'Ends this session, or all of the person\'s. Its tokens stop working within a second.',
  })
  async logout(
    @Ctx() context: OperationContext,
    @Arg('input', () => LogoutInput, { description: 'What to end.' }) input: LogoutInput,
  ) {
    return { sessionsEnded: await this.services.logout.logout(context, input.everywhere ?? false), userErrors: [] };
  }
}
