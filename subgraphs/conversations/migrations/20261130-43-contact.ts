// What is known of a contact besides their addresses, who is blocked, and which two contacts were found to be one person.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const contact = sqlMigration('20261130-43-contact', [
  `alter table ${S}.contact
    add column email text constraint contact_email_check check (email = lower(email) and char_length(email) between 3 and 254),
    add column phone text constraint contact_phone_check check (phone ~ '^[+][1-9][0-9]{5,14}$'),
    add column identifier text constraint contact_identifier_check check (char_length(identifier) between 1 and 200),
    add column attributes jsonb not null default '{}' constraint contact_attributes_check check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536),
    add column blocked_at timestamptz(3),
    add column merged_into uuid constraint contact_merged_check check (merged_into <> id),
    add constraint contact_merged_into foreign key (tenant_id, merged_into) references ${S}.contact (tenant_id, id)`,
  // Of those that are still somebody of their own: what was merged keeps what it was, and takes nothing from anybody.
  `create unique index contact_email on ${S}.contact (tenant_id, email) where email is not null and merged_into is null`,
  `create unique index contact_phone on ${S}.contact (tenant_id, phone) where phone is not null and merged_into is null`,
  `create unique index contact_identifier on ${S}.contact (tenant_id, identifier) where identifier is not null and merged_into is null`,
  `create index contact_blocked on ${S}.contact (tenant_id, id) where blocked_at is not null and merged_into is null`,
  `create index contact_merged on ${S}.contact (tenant_id, merged_into) where merged_into is not null`,

  // What moved, so that it can be put back exactly. Names what moved, and holds nothing of what it said.
  `create table ${S}.contact_merge (
    tenant_id uuid not null,
    id uuid not null,
    kept_id uuid not null,
    merged_id uuid not null,
    merged_by uuid,
    merged_at timestamptz(3) not null,
    moved jsonb not null,
    undone_by uuid,
    undone_at timestamptz(3),
    primary key (tenant_id, id),
    foreign key (tenant_id, kept_id) references ${S}.contact (tenant_id, id),
    foreign key (tenant_id, merged_id) references ${S}.contact (tenant_id, id),
    check (kept_id <> merged_id)
  )`,
  `create unique index contact_merge_standing on ${S}.contact_merge (tenant_id, merged_id) where undone_at is null`,
  `create index contact_merge_kept on ${S}.contact_merge (tenant_id, kept_id, id)`,
  `create index contact_merge_merged on ${S}.contact_merge (tenant_id, merged_id)`,
  ...tenantTable(S, 'contact_merge', 'select, insert, update, delete'),
  // It goes with its contacts, when their time is over, and not otherwise.
  `create policy contact_merge_retention on ${S}.contact_merge as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,
]);
