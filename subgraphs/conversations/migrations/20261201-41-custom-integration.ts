// Programs of the tenant's own that are asked what they know of a contact, and what they said last.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const customIntegration = sqlMigration('20261201-41-custom-integration', [
  `create table ${S}.custom_integration (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (char_length(name) between 1 and 100),
    folded text not null check (char_length(folded) > 0),
    kind text not null check (kind in ('CRM', 'POS', 'OTHER')),
    url text not null check (char_length(url) between 1 and 2048),
    secrets bytea not null,
    secret_overlap_until timestamptz(3),
    state text not null check (state in ('ACTIVE', 'DISABLED')),
    failures integer not null default 0 check (failures >= 0),
    retry_at timestamptz(3),
    last_answered_at timestamptz(3),
    last_failed_at timestamptz(3),
    last_failure text check (char_length(last_failure) <= 500),
    last_test_at timestamptz(3),
    last_test_code text,
    last_test_message text check (char_length(last_test_message) <= 500),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    constraint custom_integration_name unique (tenant_id, folded)
  )`,
  ...tenantTable(S, 'custom_integration', 'select, insert, update, delete'),

  // Goes with whoever it is about and with whose word it is.
  `create table ${S}.contact_card (
    tenant_id uuid not null,
    contact_id uuid not null,
    integration_id uuid not null,
    card jsonb,
    answered_at timestamptz(3),
    asked_at timestamptz(3) not null,
    problem text check (char_length(problem) <= 500),
    primary key (tenant_id, contact_id, integration_id),
    foreign key (tenant_id, contact_id) references ${S}.contact (tenant_id, id) on delete cascade,
    foreign key (tenant_id, integration_id) references ${S}.custom_integration (tenant_id, id) on delete cascade
  )`,
  `create index contact_card_integration on ${S}.contact_card (tenant_id, integration_id)`,
  ...tenantTable(S, 'contact_card', 'select, insert, update, delete'),
]);
