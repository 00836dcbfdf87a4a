// A note is about a conversation or about a contact. What it is about goes no earlier than the note.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const contactNote = sqlMigration('20261201-22-contact-note', [
  `alter table ${S}.note alter column conversation_id drop not null,
    add column contact_id uuid,
    add constraint note_contact foreign key (tenant_id, contact_id) references ${S}.contact (tenant_id, id),
    add constraint note_about_check check (num_nonnulls(conversation_id, contact_id) = 1)`,
  `create index note_contact on ${S}.note (tenant_id, contact_id, id) where contact_id is not null`,
]);
