// Accounts: people who can sign in, from registering to changing their address.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, open, person } from '../../kernel/graphql/rules.js';
import { accountLife } from '../migrations/20261125-33-account-life.js';
import { passwordAtConfirmation } from '../migrations/20261126-01-password-at-confirmation.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { Account, AccountRegistration, AccountToken, EmailChange } from './account.entity.js';
import { AccountResolver } from './account.resolver.js';
import { MailLimitReached, PasswordUnacceptable, TokenInvalid } from './account.type.js';
import { PasswordResolver } from './password.resolver.js';
import { ProfileResolver, ViewerProfileField } from './profile.resolver.js';

export const accountSlice: Slice = {
  resolvers: [AccountResolver, PasswordResolver, ProfileResolver, ViewerProfileField],
  orphanedTypes: [PasswordUnacceptable, TokenInvalid, MailLimitReached],
  entities: [Account, AccountRegistration, AccountToken, EmailChange],
  migrations: [accountLife, passwordAtConfirmation],
  platformTables: ['account', 'account_registration', 'account_token', 'email_change'],
  rules: {
    Mutation: {
      ...each(open, 'accountRegister', 'accountEmailVerify', 'accountEmailVerificationResend', 'accountEmailChangeConfirm', 'passwordForgot', 'passwordReset'),
      ...each(person, 'accountEmailChange', 'passwordChange', 'profileUpdate'),
    },
    Viewer: each(inherited, 'profile'),
    Profile: each(inherited, 'displayName', 'email', 'locale', 'timeZone'),
    AccountRegisterPayload: each(inherited, 'registered', 'userErrors'),
    AccountEmailVerifyPayload: each(inherited, 'verified', 'userErrors'),
    AccountEmailVerificationResendPayload: each(inherited, 'accepted', 'userErrors'),
    AccountEmailChangePayload: each(inherited, 'accepted', 'userErrors'),
    AccountEmailChangeConfirmPayload: each(inherited, 'changed', 'userErrors'),
    PasswordForgotPayload: each(inherited, 'accepted', 'userErrors'),
    PasswordResetPayload: each(inherited, 'reset', 'userErrors'),
    PasswordChangePayload: each(inherited, 'sessionsEnded', 'userErrors'),
    ProfileUpdatePayload: each(inherited, 'profile', 'userErrors'),
    PasswordUnacceptable: each(inherited, ...USER_ERROR_FIELDS, 'reason', 'minimumLength'),
    TokenInvalid: each(inherited, ...USER_ERROR_FIELDS),
    MailLimitReached: each(inherited, ...USER_ERROR_FIELDS),
  },
  mutations: {
    accountRegister: { action: 'account.register', type: 'AUTHENTICATION', resource: 'User' },
    accountEmailVerify: { action: 'account.verify_email', type: 'AUTHENTICATION', resource: 'User' },
    accountEmailVerificationResend: { action: 'account.resend_verification', type: 'AUTHENTICATION', resource: 'User' },
    accountEmailChange: { action: 'account.email_change_request', type: 'SECURITY', resource: 'User' },
    accountEmailChangeConfirm: { action: 'account.email_change', type: 'SECURITY', resource: 'User' },
    passwordForgot: { action: 'account.password_forgot', type: 'AUTHENTICATION', resource: 'User' },
    passwordReset: { action: 'account.password_reset', type: 'SECURITY', resource: 'User' },
    passwordChange: { action: 'account.password_change', type: 'SECURITY', resource: 'User' },
    profileUpdate: { action: 'account.profile_update', type: 'DATA_WRITE', resource: 'User' },
  },
  classes: {
    User: { displayName: 'personal', email: 'personal', locale: 'personal', timeZone: 'personal', changed: 'plain', sessionsEnded: 'plain' },
  },
};
