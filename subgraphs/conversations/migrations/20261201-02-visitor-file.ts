// Files that visitors of a web chat bring are theirs until a message of theirs has them.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const visitorFile = sqlMigration('20261201-02-visitor-file', [
  `alter table ${S}.attachment
    add column visitor text,
    add constraint attachment_visitor_check check (visitor is null or (source = 'UPLOAD' and uploaded_by is null and message_id is null and state <> 'GONE'))`,
  `create index attachment_visitor on ${S}.attachment (tenant_id, inbox_id, visitor) where visitor is not null`,
]);
