// One app of the installation delivers for many inboxes: an address at a provider finds the inbox that has it.
import { appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const inboxAddress = sqlMigration('20261130-34-inbox-address', [
  // One exact address finds tenant and id, and nothing else of the row (`inbox_lookup` lets the owner see it).
  `create function ${S}.inbox_by_address(of_channel text, wanted text) returns table (tenant_id uuid, id uuid)
    language sql stable security definer set search_path = ${S}, pg_temp
    as $$ select i.tenant_id, i.id from ${S}.inbox i where i.channel = of_channel and i.external_id = wanted and i.state <> 'DELETED' $$`,
  `revoke all on function ${S}.inbox_by_address(text, text) from public`,
  `grant execute on function ${S}.inbox_by_address(text, text) to ${appRole(S)}`,
]);
