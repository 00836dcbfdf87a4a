// Inboxes that were made before addresses were kept get theirs: it is sealed, so that a job reads it, one by one.
import { sqlMigration } from '../../kernel/data/migrate.js';

const T = 'conversations.inbox';

/** Of the channels that have one; what is made from now on has it from the beginning, or claims none. */
export const ADDRESS_DUE = [
  `alter table ${T} no force row level security`,
  `update ${T} set address_due_at = now() where external_id is null and state <> 'DELETED' and channel in ('WHATSAPP', 'MESSENGER', 'INSTAGRAM', 'TWILIO_SMS', 'TWILIO_WHATSAPP')`,
  `alter table ${T} force row level security`,
];

export const addressDue = sqlMigration('20261201-13-address-due', [
  `alter table ${T} add column address_due_at timestamptz(3)`,
  `create index inbox_address_due on ${T} (address_due_at) where address_due_at is not null`,
  ...ADDRESS_DUE,
]);
