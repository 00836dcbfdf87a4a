// When customers had last written before that was kept. The migration that added it asked as the owner of the tables, whom their forced policies show no row.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';
const TABLES = ['conversation', 'message'];

/** What was learned since is later, or the same. */
export const LAST_INBOUND = [
  ...TABLES.map((table) => `alter table ${S}.${table} no force row level security`),
  `update ${S}.conversation c set last_inbound_at = wrote.at from (select tenant_id, conversation_id, least(max(sent_at), now()) as at from ${S}.message
      where direction = 'INBOUND' and type <> 'SYSTEM' group by tenant_id, conversation_id) wrote
    where c.tenant_id = wrote.tenant_id and c.id = wrote.conversation_id and c.last_inbound_at is null`,
  ...TABLES.map((table) => `alter table ${S}.${table} force row level security`),
];

export const lastInbound = sqlMigration('20261201-14-last-inbound', LAST_INBOUND);
