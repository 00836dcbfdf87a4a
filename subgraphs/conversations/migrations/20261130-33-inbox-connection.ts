// Connecting by a provider's dialogue: from the address it begins at to the choice of what to connect, an hour at most.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const inboxConnection = sqlMigration('20261130-33-inbox-connection', [
  `create table ${S}.inbox_connection (
    tenant_id uuid not null,
    id uuid not null,
    channel text not null,
    started_by uuid not null,
    state text not null check (state in ('BEGUN', 'EXCHANGING', 'READY', 'FAILED')),
    failure text,
    return_hash text,
    granted bytea,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    check ((state = 'READY') = (granted is not null) and (granted is null) = (return_hash is null)),
    check ((state = 'FAILED') = (failure is not null))
  )`,
  `create index inbox_connection_age on ${S}.inbox_connection (created_at)`,
  ...tenantTable(S, 'inbox_connection', 'select, insert, update'),
]);
