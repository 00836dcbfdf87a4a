// What signing in answers.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

export enum MfaMethod {
  TOTP = 'TOTP',
  BACKUP_CODE = 'BACKUP_CODE',
}
registerEnumType(MfaMethod, {
  name: 'MfaMethod',
  description: 'A second factor.',
  valuesConfig: {
    TOTP: { description: 'A six-digit code from an authenticator app (RFC 6238).' },
    BACKUP_CODE: { description: 'One of the single-use codes handed out when the second factor was set up.' },
  },
});

@ObjectType({ description: 'Tokens of a signed-in session.' })
export class SessionTokens {
  @Field(() => String, { description: 'JWT to send as `Authorization: Bearer …`; valid for 10 minutes.' })
  accessToken!: string;

  @Field(() => Date, { description: 'When the access token ends. Call `sessionRefresh` before.' })
  accessTokenExpiresAt!: Date;

  @Field(() => String, { description: 'Opaque token for `sessionRefresh`. It works once and is shown once; keep it secret.' })
  refreshToken!: string;
}

@ObjectType({
  description: 'The password was right and a second factor is needed: answer with `mfaChallengeAnswer` or, where it is yet to be set up, with ' +
    '`mfaChallengeSetUp` and `mfaChallengeConfirm`.',
})
export class MfaChallenge {
  @Field(() => String, { description: 'Opaque token of this attempt.' })
  token!: string;

  @Field(() => [MfaMethod], { description: 'The second factors this account can answer with; empty where one is yet to be set up.' })
  methods!: MfaMethod[];

  @Field(() => Boolean, { description: 'The tenant demands a second factor and the account has none: set one up to come in.' })
  setUpRequired!: boolean;

  @Field(() => Date, { description: 'When the attempt ends.' })
  expiresAt!: Date;
}

@ObjectType({ description: 'The outcome of `login`: a session, a challenge, or the reasons why not.' })
export class LoginPayload {
  @Field(() => SessionTokens, { nullable: true, description: 'Null when the login did not succeed or is not complete.' })
  session!: SessionTokens | null;

  @Field(() => MfaChallenge, { nullable: true, description: 'Null unless a second factor is needed.' })
  mfaChallenge!: MfaChallenge | null;

  @Field(() => [UserError], {
    description: 'Expected reasons for failure: `InvalidCredentials`, `TenantChoiceRequired`, `TenantSuspended`, `TooManyAttempts`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `sessionSwitchTenant`.' })
export class SessionSwitchTenantPayload {
  @Field(() => SessionTokens, { nullable: true, description: 'Tokens for the other tenant; null when it was refused.' })
  session!: SessionTokens | null;

  @Field(() => [UserError], {
    description: 'Expected reasons for failure: `MfaRequired` (that tenant demands a second factor and this session has none), `SessionExpired` ' +
      '(that tenant wants a newer sign-in: sign in there), `TenantSuspended`, `InputInvalid` (also for the present tenant).',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `sessionRefresh`.' })
export class SessionRefreshPayload {
  @Field(() => SessionTokens, { nullable: true, description: 'The next tokens of the same session; null when it has ended.' })
  session!: SessionTokens | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `SessionExpired`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `logout`.' })
export class LogoutPayload {
  @Field(() => Int, { nullable: true, description: 'How many sessions ended; 0 when they had ended before.' })
  sessionsEnded!: number | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure.' })
  userErrors!: UserError[];
}

@ObjectType({
  implements: UserError,
  description: 'No account with this e-mail address and password may sign in here. It does not say which part is wrong.',
})
export class InvalidCredentials extends UserError {}

@ObjectType({
  implements: UserError, description: 'The refresh token is unknown, spent or expired, or its session was ended; or the sign-in is too old. Sign in again.',
})
export class SessionExpired extends UserError {}

@ObjectType({ implements: UserError, description: 'The person is who they say, and the tenant is suspended: nobody works in it until it is reactivated.' })
export class TenantSuspended extends UserError {}

@ObjectType({ description: 'A tenant a person may sign in to.' })
export class TenantChoice {
  @Field(() => ID, { description: 'Its global id, `tnt_…`: pass it as `tenantId`.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Its name; null for the platform itself.' })
  name!: string | null;
}

@ObjectType({
  implements: UserError,
  description: 'The person is who they say and belongs to several tenants. Repeat the call with `tenantId`.',
})
export class TenantChoiceRequired extends UserError {
  @Field(() => [ID], { description: 'Ids of the tenants to choose from.' })
  tenantIds!: string[];

  @Field(() => [TenantChoice], { description: 'The tenants to choose from, by name.' })
  tenants!: TenantChoice[];
}
