// Whether a contact may be written to, by the name an inbox knows them by. It stays when the contact goes: who said stop is not asked again.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const consent = sqlMigration('20261130-01-consent', [
  `create table ${S}.contact_consent (
    tenant_id uuid not null,
    inbox_id uuid not null,
    external_id text not null,
    opted_out boolean not null,
    source text not null check (source in ('CUSTOMER', 'PROVIDER', 'STAFF')),
    changed_at timestamptz(3) not null,
    primary key (tenant_id, inbox_id, external_id),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  )`,
  ...tenantTable(S, 'contact_consent', 'select, insert, update'),
]);
