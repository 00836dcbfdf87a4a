// Mails that wait to be sent.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const mail = sqlMigration('20261125-31-mail', [
  // Recipient and content are sealed: links carry secrets. Once settled there is nothing left to open.
  `create table ${S}.mail (
    tenant_id uuid not null,
    id uuid not null,
    kind text not null,
    sealed bytea,
    state text not null check (state in ('QUEUED', 'SENT', 'FAILED')),
    attempts integer not null default 0,
    next_attempt_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    created_at timestamptz(3) not null,
    settled_at timestamptz(3),
    failure text,
    primary key (tenant_id, id),
    check ((state = 'QUEUED') = (settled_at is null)),
    check ((state = 'QUEUED') = (sealed is not null))
  )`,
  `create index mail_due on ${S}.mail (next_attempt_at) where state = 'QUEUED'`,
  `create index mail_settled on ${S}.mail (settled_at) where state <> 'QUEUED'`,
  ...tenantTable(S, 'mail', 'select, insert, update'),
]);
