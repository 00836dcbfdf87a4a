// What registering, confirming, recovering and changing an account answer.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { PasswordFault } from './password.policy.js';

registerEnumType(PasswordFault, {
  name: 'PasswordFault',
  description: 'Why a new password is not accepted.',
  valuesConfig: {
    TOO_SHORT: { description: 'Fewer than 15 characters, or than 8 for an account with a second factor.' },
    TOO_LONG: { description: 'More than 1,024 characters.' },
    COMMON: { description: 'Among the passwords that attackers try first, or a repetition or row of characters.' },
    GUESSABLE: { description: 'Little more than the name of the product, the business or the person, or the address.' },
  },
});

@ObjectType({ implements: UserError, description: 'The new password is too short, or one that an attacker would try.' })
export class PasswordUnacceptable extends UserError {
  @Field(() => PasswordFault, { description: 'What is wrong with it.' })
  reason!: PasswordFault;

  @Field(() => Int, { description: 'How many characters this account\'s password needs.' })
  minimumLength!: number;
}

@ObjectType({ implements: UserError, description: 'The link is unknown, used, replaced by a newer one, or expired. It does not say which.' })
export class TokenInvalid extends UserError {}

@ObjectType({ implements: UserError, description: 'Three such mails were sent within an hour. Use the newest, or wait.' })
export class MailLimitReached extends UserError {}

@ObjectType({ description: 'How a person likes to be addressed.' })
export class Profile {
  @Field(() => String, { description: 'The name colleagues see.' })
  displayName!: string;

  @Field(() => String, { description: 'The confirmed address the person signs in with.' })
  email!: string;

  @Field(() => String, { description: 'BCP 47 language tag in which mails are written, e.g. `pt-BR`.' })
  locale!: string;

  @Field(() => String, { nullable: true, description: 'IANA time zone, e.g. `Europe/Lisbon`; null: that of the tenant.' })
  timeZone!: string | null;
}

@ObjectType({ description: 'The outcome of `accountRegister`. It is the same whether or not the address has an account already.' })
export class AccountRegisterPayload {
  @Field(() => Boolean, { nullable: true, description: 'True: look into the mailbox. The account is there once its address is confirmed and its password chosen.' })
  registered!: boolean | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InputInvalid`, `TooManyAttempts`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `accountEmailVerify`.' })
export class AccountEmailVerifyPayload {
  @Field(() => Boolean, { nullable: true, description: 'True: the account and its tenant are there; sign in.' })
  verified!: boolean | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `TokenInvalid`, `PasswordUnacceptable` (the link still works), `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `accountEmailVerificationResend`. It is the same whether or not somebody registered with the address.' })
export class AccountEmailVerificationResendPayload {
  @Field(() => Boolean, { nullable: true, description: 'True: look into the mailbox.' })
  accepted!: boolean | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InputInvalid`, `TooManyAttempts`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `passwordForgot`. It is the same whether or not the address has an account.' })
export class PasswordForgotPayload {
  @Field(() => Boolean, { nullable: true, description: 'True: look into the mailbox.' })
  accepted!: boolean | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InputInvalid`, `TooManyAttempts`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `passwordReset`.' })
export class PasswordResetPayload {
  @Field(() => Boolean, { nullable: true, description: 'True: the new password holds and every session of the person has ended; sign in.' })
  reset!: boolean | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `TokenInvalid`, `PasswordUnacceptable` (the link still works), `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `passwordChange`.' })
export class PasswordChangePayload {
  @Field(() => Int, { nullable: true, description: 'How many other sessions ended, in every tenant. This one goes on.' })
  sessionsEnded!: number | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InvalidCredentials`, `PasswordUnacceptable`, `TooManyAttempts`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `accountEmailChange`. It is the same whether or not the new address has an account.' })
export class AccountEmailChangePayload {
  @Field(() => Boolean, { nullable: true, description: 'True: look into both mailboxes. The address changes once both links were used.' })
  accepted!: boolean | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InvalidCredentials`, `TooManyAttempts`, `MailLimitReached`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `accountEmailChangeConfirm`.' })
export class AccountEmailChangeConfirmPayload {
  @Field(() => Boolean, { nullable: true, description: 'True: the address has changed. False: it waits for the link in the other mailbox.' })
  changed!: boolean | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `TokenInvalid`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `profileUpdate`.' })
export class ProfileUpdatePayload {
  @Field(() => Profile, { nullable: true, description: 'The profile as it is now.' })
  profile!: Profile | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InputInvalid`.' })
  userErrors!: UserError[];
}
