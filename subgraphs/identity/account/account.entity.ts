// A person who can sign in (memberships join them to tenants), and what leads to an account or recovers it.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Account = defineEntity({
  name: 'Account', tableName: 'account', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    /** Lower case; unique. */
    email: p.text(),
    passwordHash: p.text(),
    displayName: p.text(),
    /** BCP 47 tag, for mails. */
    locale: p.text(),
    /** IANA name; null: that of the tenant. */
    timeZone: p.text().nullable(),
    /** Null while it is the first one. */
    passwordChangedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});

/** Somebody who says an address is theirs. Becomes an account and a tenant when they prove it; its id is that tenant's. */
export const AccountRegistration = defineEntity({
  name: 'AccountRegistration', tableName: 'account_registration', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    email: p.text(),
    displayName: p.text(),
    organizationName: p.text(),
    locale: p.text(),
    timeZone: p.text(),
    currency: p.text(),
    /** SHA-256 of what the mailed link carries. */
    tokenHash: p.text(),
    /** How many mails told of it. */
    mails: p.integer(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
  },
});

export type TokenPurpose = 'PASSWORD_RESET' | 'EMAIL_CHANGE_OLD' | 'EMAIL_CHANGE_NEW';

/** A mailed secret that works once. */
export const AccountToken = defineEntity({
  name: 'AccountToken', tableName: 'account_token', schema: 'identity',
  properties: {
    /** SHA-256 of the secret. */
    hash: p.text().primary(),
    accountId: p.uuid(),
    purpose: p.text().$type<TokenPurpose>(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    usedAt: p.datetime(3).nullable(),
  },
});

/** An address that waits to become the account's: it must be confirmed there and at the old one. */
export const EmailChange = defineEntity({
  name: 'EmailChange', tableName: 'email_change', schema: 'identity',
  properties: {
    accountId: p.uuid().primary(),
    newEmail: p.text(),
    /** The session it was asked for in, which survives it. */
    sessionId: p.uuid().nullable(),
    oldConfirmedAt: p.datetime(3).nullable(),
    newConfirmedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
