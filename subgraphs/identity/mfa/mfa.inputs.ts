// Inputs of second factors.
import { IsOptional, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { Password } from '../account/account.inputs.js';
import { MfaMethod } from '../session/session.type.js';

const CODE = { message: 'A code has at most 64 characters.' };
const TOKEN = { message: 'A token has at most 128 characters.' };

@InputType({ description: 'Who asks for new backup codes: exactly one of `password` and `code`.' })
export class MfaBackupCodesRegenerateInput {
  @IsOptional()
  @Password()
  @Field(() => String, { nullable: true, description: 'The password of the account.' })
  password?: string | null;

  @IsOptional()
  @MaxLength(64, CODE)
  @Field(() => String, { nullable: true, description: 'The six digits the authenticator app shows, or a backup code.' })
  code?: string | null;
}

@InputType({ description: 'Who sets up an authenticator app.' })
export class MfaTotpSetUpInput {
  @Password()
  @Field(() => String, { description: 'The password of the account.' })
  password!: string;
}

@InputType({ description: 'That the authenticator app works.' })
export class MfaTotpConfirmInput {
  @MaxLength(64, CODE)
  @Field(() => String, { description: 'The six digits the app shows now.' })
  code!: string;
}

@InputType({ description: 'Who gives up the second factor: both proofs, for neither is to be enough to be rid of the other.' })
export class MfaDisableInput {
  @Password()
  @Field(() => String, { description: 'The password of the account. It must be one that is accepted without a second factor: at least 15 characters.' })
  password!: string;

  @MaxLength(64, CODE)
  @Field(() => String, { description: 'The six digits the authenticator app shows, or a backup code.' })
  code!: string;
}

@InputType({ description: 'The second step of a sign-in.' })
export class MfaChallengeAnswerInput {
  @MaxLength(128, TOKEN)
  @Field(() => String, { description: '`mfaChallenge.token` of `login`.' })
  token!: string;

  @Field(() => MfaMethod, { description: 'One of `mfaChallenge.methods`.' })
  method!: MfaMethod;

  @MaxLength(64, CODE)
  @Field(() => String, { description: 'The six digits the authenticator app shows, or a backup code; spaces and dashes do not matter.' })
  code!: string;

  @Field(() => ID, { nullable: true, description: 'The tenant to work in, `tnt_…`. Needed only when `login` was not told and the account belongs to several.' })
  tenantId?: string | null;
}

@InputType({ description: 'The sign-in that waits for a second factor to be set up.' })
export class MfaChallengeSetUpInput {
  @MaxLength(128, TOKEN)
  @Field(() => String, { description: '`mfaChallenge.token` of `login`, where `setUpRequired` is true.' })
  token!: string;
}

@InputType({ description: 'The end of a set-up during sign-in.' })
export class MfaChallengeConfirmInput {
  @MaxLength(128, TOKEN)
  @Field(() => String, { description: 'The same token as for `mfaChallengeSetUp`.' })
  token!: string;

  @MaxLength(64, CODE)
  @Field(() => String, { description: 'The six digits the app shows now.' })
  code!: string;
}
