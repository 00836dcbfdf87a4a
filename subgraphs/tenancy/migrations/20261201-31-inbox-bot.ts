// Which bot serves which inbox, told to whoever has the inboxes until it is noted there.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const inboxBot = sqlMigration('20261201-31-inbox-bot', [
  // Null: no bot that is switched on. "announced_at" is when it was last said; null once it is noted.
  `create table ${S}.inbox_bot (
    tenant_id uuid not null,
    inbox_id uuid not null,
    bot_id uuid,
    revision integer not null,
    announced_at timestamptz(3),
    primary key (tenant_id, inbox_id)
  )`,
  `create index inbox_bot_waiting on ${S}.inbox_bot (announced_at) where announced_at is not null`,
  // Those that serve already are announced, too.
  `alter table ${S}.bot no force row level security`,
  `alter table ${S}.bot_inbox no force row level security`,
  `insert into ${S}.inbox_bot (tenant_id, inbox_id, bot_id, revision, announced_at)
    select i.tenant_id, i.inbox_id, i.bot_id, 1, 'epoch' from ${S}.bot_inbox i join ${S}.bot b on b.tenant_id = i.tenant_id and b.id = i.bot_id where b.enabled`,
  `alter table ${S}.bot force row level security`,
  `alter table ${S}.bot_inbox force row level security`,
  ...tenantTable(S, 'inbox_bot', 'select, insert, update'),
]);
