// Second factors in the graph.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MfaMethod, SessionTokens } from '../session/session.type.js';
import type { CodeMethod, UseOutcome, UsePurpose } from './mfa.entity.js';

export const MfaUsePurposeEnum: { [Purpose in UsePurpose]: Purpose } = { SIGN_IN: 'SIGN_IN', SET_UP: 'SET_UP', STEP_UP: 'STEP_UP' };
registerEnumType(MfaUsePurposeEnum, {
  name: 'MfaUsePurpose',
  description: 'What a code was given for.',
  valuesConfig: {
    SIGN_IN: { description: 'To sign in.' },
    SET_UP: { description: 'To show that an authenticator app works.' },
    STEP_UP: { description: 'To prove oneself again before a change of one\'s own security.' },
  },
});

export const MfaUseOutcomeEnum: { [Outcome in UseOutcome]: Outcome } = { ACCEPTED: 'ACCEPTED', REFUSED: 'REFUSED' };
registerEnumType(MfaUseOutcomeEnum, {
  name: 'MfaUseOutcome',
  description: 'What became of a code.',
  valuesConfig: {
    ACCEPTED: { description: 'It was right; it works no second time.' },
    REFUSED: { description: 'It was wrong, used before or out of date.' },
  },
});

@ObjectType({ description: 'One use of a second factor.' })
export class MfaUse {
  @Field(() => ID, { description: 'Global id, `mfu_…`.' })
  id!: string;

  @Field(() => Date, { description: 'When the code was judged.' })
  usedAt!: Date;

  @Field(() => MfaMethod, { description: 'Which factor the code was of.' })
  method!: CodeMethod;

  @Field(() => MfaUsePurposeEnum, { description: 'What it was given for.' })
  purpose!: UsePurpose;

  @Field(() => MfaUseOutcomeEnum, { description: 'What became of it.' })
  outcome!: UseOutcome;

  @Field(() => String, { nullable: true, description: 'Address it came from.' })
  ip!: string | null;

  @Field(() => String, { nullable: true, description: 'What the client called itself.' })
  userAgent!: string | null;
}

export const { Connection: MfaUseConnection } = connectionOf('MfaUse', () => MfaUse);

@ObjectType({ description: 'The caller\'s own second factors. They belong to the account and hold in every tenant.' })
export class ViewerMfa {
  @Field(() => Boolean, { description: 'Sign-in asks for a second factor.' })
  enabled!: boolean;

  @Field(() => [MfaMethod], { description: 'What a sign-in can be completed with; empty without a second factor.' })
  methods!: CodeMethod[];

  @Field(() => Int, { description: 'Backup codes not used yet; 0 without a second factor.' })
  backupCodesLeft!: number;
}

@ObjectType({ description: 'What an authenticator app must be told. Shown once; whoever has it can make codes.' })
export class MfaProvisioning {
  @Field(() => String, { description: '`otpauth://totp/…`: a link that opens an authenticator app on the same device.' })
  otpauthUri!: string;

  @Field(() => String, { description: 'The secret in base32, to type where nothing can be scanned.' })
  secret!: string;

  @Field(() => String, { description: 'The link as a QR code: an SVG document, about 5 kB.' })
  qrSvg!: string;
}

@ObjectType({ description: 'The outcome of `mfaTotpSetUp`.' })
export class MfaTotpSetUpPayload {
  @Field(() => MfaProvisioning, { nullable: true, description: 'For the app; null when it was refused.' })
  provisioning!: MfaProvisioning | null;

  @Field(() => [UserError], {
    description: 'Expected reasons for failure: `InvalidCredentials` (the password is wrong), `MfaAlreadyEnabled`, `TooManyAttempts`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `mfaTotpConfirm`.' })
export class MfaTotpConfirmPayload {
  @Field(() => [String], { nullable: true, description: 'Ten backup codes, each good for one sign-in without the app. Shown once.' })
  backupCodes!: string[] | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `MfaCodeInvalid`, `TooManyAttempts`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `mfaBackupCodesRegenerate`.' })
export class MfaBackupCodesRegeneratePayload {
  @Field(() => [String], { nullable: true, description: 'Ten new backup codes; the old ones no longer work. Shown once.' })
  backupCodes!: string[] | null;

  @Field(() => [UserError], {
    description: 'Expected reasons for failure: `MfaNotEnabled`, `InvalidCredentials`, `MfaCodeInvalid`, `TooManyAttempts`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `mfaDisable`.' })
export class MfaDisablePayload {
  @Field(() => Boolean, { nullable: true, description: 'True when sign-in asks for the password alone from now on.' })
  disabled!: boolean | null;

  @Field(() => [UserError], {
    description: 'Expected reasons for failure: `MfaNotEnabled`, `MfaRequired` (a tenant of yours demands it), `InvalidCredentials`, ' +
      '`PasswordUnacceptable` (too short without a second factor: change it first), `MfaCodeInvalid`, `TooManyAttempts`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `mfaChallengeAnswer`.' })
export class MfaChallengeAnswerPayload {
  @Field(() => SessionTokens, { nullable: true, description: 'The session; null when the sign-in is not complete.' })
  session!: SessionTokens | null;

  @Field(() => [UserError], {
    description: 'Expected reasons for failure: `MfaCodeInvalid`, `MfaChallengeInvalid` (sign in again), `TenantChoiceRequired` (repeat with ' +
      '`tenantId`; the code is still good), `TooManyAttempts`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `mfaChallengeSetUp`.' })
export class MfaChallengeSetUpPayload {
  @Field(() => MfaProvisioning, { nullable: true, description: 'For the app; null when it was refused.' })
  provisioning!: MfaProvisioning | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `MfaChallengeInvalid`, `MfaAlreadyEnabled`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `mfaChallengeConfirm`.' })
export class MfaChallengeConfirmPayload {
  @Field(() => SessionTokens, { nullable: true, description: 'The session; null when the sign-in is not complete.' })
  session!: SessionTokens | null;

  @Field(() => [String], { nullable: true, description: 'Ten backup codes, each good for one sign-in without the app. Shown once.' })
  backupCodes!: string[] | null;

  @Field(() => [UserError], {
    description: 'Expected reasons for failure: `MfaCodeInvalid`, `MfaChallengeInvalid` (sign in again), `TooManyAttempts`, `InputInvalid`.',
  })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'The code is wrong, was used before or has expired; or there is no second factor it could be of.' })
export class MfaCodeInvalid extends UserError {}

@ObjectType({ implements: UserError, description: 'The sign-in this token belongs to is unknown, complete or older than five minutes. Sign in again.' })
export class MfaChallengeInvalid extends UserError {}

@ObjectType({ implements: UserError, description: 'A second factor is in use already. Disable it before setting up another.' })
export class MfaAlreadyEnabled extends UserError {}

@ObjectType({ implements: UserError, description: 'There is no second factor. Set one up first.' })
export class MfaNotEnabled extends UserError {}

@ObjectType({ implements: UserError, description: 'A tenant demands a second factor of its people, and this would do without.' })
export class MfaRequired extends UserError {}
