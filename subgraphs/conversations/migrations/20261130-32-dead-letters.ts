// Deliveries that are read again, as they came or corrected: what was delivered is never replaced.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const deadLetters = sqlMigration('20261130-32-dead-letters', [
  // `body`: what is read in the place of what came, where somebody corrected it, and why.
  `create table ${S}.webhook_replay (
    tenant_id uuid not null,
    id uuid not null,
    delivery_id uuid not null,
    body bytea,
    reason text,
    requested_by uuid,
    requested_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, delivery_id) references ${S}.webhook_delivery (tenant_id, id),
    check (body is null or reason is not null)
  )`,
  `create index webhook_replay_delivery on ${S}.webhook_replay (tenant_id, delivery_id, id)`,
  ...tenantTable(S, 'webhook_replay', 'select, insert, delete'),
  `create policy webhook_replay_retention on ${S}.webhook_replay as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,

  `alter table ${S}.webhook_delivery add column replays integer not null default 0`,
  // What failed is rare: these cost whoever delivers nothing.
  `create index webhook_delivery_failed on ${S}.webhook_delivery (tenant_id, id) where status = 'FAILED'`,
  `create index webhook_delivery_failed_inbox on ${S}.webhook_delivery (tenant_id, inbox_id, id) where status = 'FAILED'`,
  `create index webhook_delivery_received_inbox on ${S}.webhook_delivery (tenant_id, inbox_id, id) where status = 'RECEIVED'`,
]);
