// Guests of bookings are reminded: how a tenant wants that, what was done about each reminder, and messages that the product writes by itself.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';
import { GUEST_REMINDER_OUTCOMES } from '../guest-reminder/guest-reminder.outcome.js';

const S = 'conversations';

export const guestReminder = sqlMigration('20261202-02-guest-reminder', [
  `create table ${S}.guest_reminder_setting (
    tenant_id uuid not null primary key,
    enabled boolean not null,
    inbox_id uuid,
    template_name text check (char_length(template_name) between 1 and 512),
    language text not null check (language ~ '^[a-z]{2}$'),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  )`,
  ...tenantTable(S, 'guest_reminder_setting', 'select, insert, update'),

  // Each is sent once, however often it is told of: the row is written with the message.
  `create table ${S}.guest_reminder (
    tenant_id uuid not null,
    reservation_id uuid not null,
    kind text not null check (kind in ('H24', 'H2')),
    starts_at timestamptz(3) not null,
    outcome text not null check (outcome in (${GUEST_REMINDER_OUTCOMES.map((one) => `'${one}'`).join(', ')})),
    settled_at timestamptz(3) not null,
    primary key (tenant_id, reservation_id, kind, starts_at)
  )`,
  ...tenantTable(S, 'guest_reminder', 'select, insert, delete'),
  `create index guest_reminder_age on ${S}.guest_reminder (tenant_id, starts_at)`,
  `create policy guest_reminder_retention on ${S}.guest_reminder as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,

  `alter table ${S}.message drop constraint message_author_kind_check, drop constraint message_author_check,
    add constraint message_author_kind_check check (author_kind in ('CONTACT', 'USER', 'CHANNEL', 'BOT', 'SYSTEM')),
    add constraint message_author_check check ((author_kind in ('CHANNEL', 'SYSTEM')) = (author_id is null))`,
]);
