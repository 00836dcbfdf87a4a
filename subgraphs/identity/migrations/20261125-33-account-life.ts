// Accounts that people make, confirm, recover and change by themselves.
import { appRole, platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const accountLife = sqlMigration('20261125-33-account-life', [
  // `password_changed_at`: a sign-in that a change of password has overtaken finds another value than it read.
  `alter table ${S}.account
    add column locale text not null default 'en' check (length(locale) between 2 and 35),
    add column time_zone text check (length(time_zone) between 1 and 64),
    add column password_changed_at timestamptz(3)`,
  `grant update (email, password_hash, display_name, locale, time_zone, password_changed_at) on ${S}.account to ${appRole(S)}`,
  `grant update (email, display_name) on ${S}.membership to ${appRole(S)}`,

  // Whoever registers has no account until the address is confirmed: nobody takes an address, or makes a tenant, that is not theirs.
  // Rows for addresses with an account are kept too, so that storing them tells nobody which those are; they confirm nothing.
  `create table ${S}.account_registration (
    id uuid primary key,
    email text not null check (email = lower(email) and length(email) between 3 and 254),
    password_hash text not null,
    display_name text not null,
    organization_name text not null,
    locale text not null,
    time_zone text not null,
    currency text not null,
    token_hash text not null unique,
    mails integer not null,
    created_at timestamptz(3) not null,
    expires_at timestamptz(3) not null
  )`,
  `create index account_registration_email on ${S}.account_registration (email, created_at)`,
  `create index account_registration_age on ${S}.account_registration (expires_at)`,
  ...platformTable(S, 'account_registration', 'select, insert, update, delete'),

  `create table ${S}.account_token (
    hash text primary key,
    account_id uuid not null references ${S}.account (id) on delete cascade,
    purpose text not null check (purpose in ('PASSWORD_RESET', 'EMAIL_CHANGE_OLD', 'EMAIL_CHANGE_NEW')),
    created_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    used_at timestamptz(3)
  )`,
  `create index account_token_account on ${S}.account_token (account_id, purpose, created_at)`,
  `create index account_token_age on ${S}.account_token (expires_at)`,
  ...platformTable(S, 'account_token', 'select, insert, update'),

  // One change of address at a time. It ends the sessions of the person but the one it was asked for in.
  `create table ${S}.email_change (
    account_id uuid primary key references ${S}.account (id) on delete cascade,
    new_email text not null check (new_email = lower(new_email) and length(new_email) between 3 and 254),
    session_id uuid,
    old_confirmed_at timestamptz(3),
    new_confirmed_at timestamptz(3),
    created_at timestamptz(3) not null
  )`,
  ...platformTable(S, 'email_change', 'select, insert, update, delete'),
]);
