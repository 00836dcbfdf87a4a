// Inputs of registering, confirming, recovering and changing an account.
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { DisplayText } from '../../kernel/graphql/display-text.js';
import { EMAIL, EMAIL_MAX } from './email.js';
import { PASSWORD_MAX } from './password.policy.js';

const TOKEN_MAX = 128;
const NAME_MAX = 200;

/** Constraints of an address, here and below in the order in which they are judged last to first. */
export const Address = (): PropertyDecorator => (target, key) => {
  Matches(EMAIL, { message: 'This is no e-mail address.' })(target, key);
  MaxLength(EMAIL_MAX, { message: `An e-mail address has at most ${EMAIL_MAX} characters.` })(target, key);
};
export const Password = (): PropertyDecorator => MaxLength(PASSWORD_MAX, { message: `A password has at most ${PASSWORD_MAX} characters.` });
export const Secret = (): PropertyDecorator => MaxLength(TOKEN_MAX, { message: `A token has at most ${TOKEN_MAX} characters.` });
export const Name = (): PropertyDecorator => DisplayText('A name', NAME_MAX);
const Preference = (): PropertyDecorator => (target, key) => {
  MaxLength(64, { message: 'This has at most 64 characters.' })(target, key);
  IsOptional()(target, key);
};

@InputType({ description: 'Who registers, and for which business.' })
export class AccountRegisterInput {
  @Address()
  @Field(() => String, { description: 'E-mail address to sign in with, upper or lower case; ASCII, at most 254 characters. It must be confirmed.' })
  email!: string;

  @Name()
  @Field(() => String, { description: 'The name colleagues will see; one line, at most 200 characters.' })
  displayName!: string;

  @Name()
  @Field(() => String, { description: 'The name of the business; one line, at most 200 characters.' })
  organizationName!: string;

  @Preference()
  @Field(() => String, { nullable: true, description: 'BCP 47 language tag of the person and the business, e.g. `it-IT`; `en` when absent.' })
  locale?: string | null;

  @Preference()
  @Field(() => String, { nullable: true, description: 'IANA time zone of the business, e.g. `Europe/Rome`; `UTC` when absent.' })
  timeZone?: string | null;

  @Preference()
  @Field(() => String, { nullable: true, description: 'ISO 4217 code of the currency the business sells in, e.g. `EUR`; `USD` when absent.' })
  currency?: string | null;
}

@InputType({ description: 'The token of a mailed link, and the password of the account it makes.' })
export class AccountEmailVerifyInput {
  @Secret()
  @Field(() => String, { description: 'What stands behind `#token=` in the link.' })
  token!: string;

  @Password()
  @Field(() => String, {
    description: 'The password to sign in with: at least 15 characters, at most 1,024; any characters. Not one that attackers try first, nor made of ' +
      'the address and the names given at registering.',
  })
  password!: string;
}

@InputType({ description: 'Whom to write to again.' })
export class AccountEmailVerificationResendInput {
  @Address()
  @Field(() => String, { description: 'The address somebody registered with.' })
  email!: string;
}

@InputType({ description: 'Who forgot their password.' })
export class PasswordForgotInput {
  @Address()
  @Field(() => String, { description: 'The address of the account.' })
  email!: string;
}

@InputType({ description: 'A new password, and the proof that the mailbox is the caller\'s.' })
export class PasswordResetInput {
  @Secret()
  @Field(() => String, { description: 'What stands behind `#token=` in the link.' })
  token!: string;

  @Password()
  @Field(() => String, { description: 'At least 15 characters, 8 for an account with a second factor; at most 1,024.' })
  newPassword!: string;
}

@InputType({ description: 'A new password, and the present one.' })
export class PasswordChangeInput {
  @Password()
  @Field(() => String, { description: 'The present password. A wrong one counts as an attempt.' })
  currentPassword!: string;

  @Password()
  @Field(() => String, { description: 'At least 15 characters, 8 for an account with a second factor; at most 1,024.' })
  newPassword!: string;
}

@InputType({ description: 'A new address, and the password.' })
export class AccountEmailChangeInput {
  @Address()
  @Field(() => String, { description: 'The address the account is to have.' })
  newEmail!: string;

  @Password()
  @Field(() => String, { description: 'The account\'s password. A wrong one counts as an attempt.' })
  password!: string;
}

@InputType({ description: 'The token of one of the two mailed links.' })
export class AccountEmailChangeConfirmInput {
  @Secret()
  @Field(() => String, { description: 'What stands behind `#token=` in the link.' })
  token!: string;
}

@InputType({ description: 'What to change of one\'s profile; what is absent stays.' })
export class ProfileUpdateInput {
  @Name()
  @IsOptional()
  @Field(() => String, { nullable: true, description: 'The name colleagues see, in every tenant; one line, at most 200 characters.' })
  displayName?: string | null;

  @Preference()
  @Field(() => String, { nullable: true, description: 'BCP 47 language tag in which mails are written, e.g. `pt-BR`.' })
  locale?: string | null;

  @Preference()
  @Field(() => String, { nullable: true, description: 'IANA time zone, e.g. `Europe/Lisbon`; null: that of the tenant.' })
  timeZone?: string | null;
}
