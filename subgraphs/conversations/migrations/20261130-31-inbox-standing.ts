// Inboxes that are managed: where they stand, whose address at the provider they are, and what they last did.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const inboxStanding = sqlMigration('20261130-31-inbox-standing', [
  `alter table ${S}.inbox
    alter column credentials drop not null,
    add column external_id text,
    add column state text not null default 'ACTIVE' check (state in ('ACTIVE', 'DISABLED', 'DELETED')),
    add column disabled_reason text check (disabled_reason in ('MANUAL', 'REAUTHORISE')),
    add column disabled_detail text,
    add column disabled_at timestamptz(3),
    add column authorised_at timestamptz(3) not null default 'epoch',
    add column secret_overlap_until timestamptz(3),
    add column token_expires_at timestamptz(3),
    add column token_warned_at timestamptz(3),
    add column token_tried_at timestamptz(3),
    add column last_received_at timestamptz(3),
    add column last_sent_at timestamptz(3),
    add column last_test_at timestamptz(3),
    add column last_test_code text,
    add column last_test_message text,
    add column request_key text,
    add column request_hash text,
    add constraint inbox_disabled_check check ((state = 'DISABLED') = (disabled_reason is not null) and (disabled_reason is null) = (disabled_at is null)),
    add constraint inbox_deleted_check check ((state = 'DELETED') = (credentials is null) and (state <> 'DELETED' or external_id is null)),
    add constraint inbox_request_check check ((request_key is null) = (request_hash is null))`,
  // One address at a provider is one inbox, whoever's: a customer's message has one place to go to. Of every tenant, which no policy could see.
  `create unique index inbox_address on ${S}.inbox (channel, external_id) where external_id is not null`,
  `create unique index inbox_request on ${S}.inbox (tenant_id, request_key) where request_key is not null`,
  // Tokens that end.
  `create index inbox_token on ${S}.inbox (token_expires_at) where token_expires_at is not null and state = 'ACTIVE'`,
  // Of a deleted inbox nobody outside is told that it was.
  `create or replace function ${S}.inbox_by_key(wanted text) returns table (tenant_id uuid, id uuid)
    language sql stable security definer set search_path = ${S}, pg_temp
    as $$ select i.tenant_id, i.id from ${S}.inbox i where i.key = wanted and i.state <> 'DELETED' $$`,

  // How many messages failed in each of the last 24 hours: a row for each hour of the day, used again the next day.
  `create table ${S}.inbox_failure (
    tenant_id uuid not null,
    inbox_id uuid not null,
    hour_of_day integer not null check (hour_of_day between 0 and 23),
    hour timestamptz(3) not null,
    failed integer not null,
    primary key (tenant_id, inbox_id, hour_of_day),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  )`,
  ...tenantTable(S, 'inbox_failure', 'select, insert, update'),
]);
