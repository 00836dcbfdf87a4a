// Inputs of signing in, staying in and signing out.
import { Matches, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { Password } from '../account/account.inputs.js';
import { EMAIL_MAX } from '../account/email.js';

const NUL_FREE = /^[^\0]*$/;

@InputType({ description: 'An e-mail address and its password.' })
export class LoginInput {
  @MaxLength(EMAIL_MAX, { message: `An e-mail address has at most ${EMAIL_MAX} characters.` })
  @Matches(NUL_FREE, { message: 'An e-mail address holds no NUL character.' })
  @Field(() => String, { description: 'E-mail address of the account, upper or lower case; at most 254 characters.' })
  email!: string;

  @Password()
  @Field(() => String, { description: 'Its password; at most 1,024 characters.' })
  password!: string;

  @Field(() => ID, { nullable: true, description: 'The tenant to work in. Needed only by accounts that belong to several.' })
  tenantId?: string | null;
}

@InputType({ description: 'A refresh token to exchange.' })
export class SessionRefreshInput {
  @MaxLength(128, { message: 'A refresh token has at most 128 characters.' })
  @Field(() => String, { description: 'The newest refresh token of the session. It works once.' })
  refreshToken!: string;
}

@InputType({ description: 'Where to go on.' })
export class SessionSwitchTenantInput {
  @Field(() => ID, { description: 'Another tenant of the account, `tnt_…`.' })
  tenantId!: string;
}

@InputType({ description: 'What to sign out of.' })
export class LogoutInput {
  @Field(() => Boolean, {
    nullable: true, description: 'True: every session of this person, in every tenant. Else only this one.',
  })
  everywhere?: boolean | null;
}
