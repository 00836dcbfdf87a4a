// When a customer last wrote: on most channels they may be written to for so long after that.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const windows = sqlMigration('20261130-03-window', [
  `alter table ${S}.conversation add column last_inbound_at timestamptz(3)`,
  `update ${S}.conversation c set last_inbound_at = (select max(m.sent_at) from ${S}.message m
    where m.tenant_id = c.tenant_id and m.conversation_id = c.id and m.direction = 'INBOUND' and m.type <> 'SYSTEM')`,
]);
