// What a tenant sends, receives and has done for it is metered by the rows themselves: whoever writes one need not remember it.
import { meterTables, tallyRows } from '../../kernel/data/meter-tables.js';
import { recountedQuotas } from '../../kernel/data/quota-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const metering = sqlMigration('20261129-93-metering', [
  ...recountedQuotas(S),
  ...meterTables(S),
  ...tallyRows(S, { table: 'message', name: `case direction when 'INBOUND' then 'MESSAGES_IN' else 'MESSAGES_OUT' end`, at: 'created_at' }),
  ...tallyRows(S, { table: 'webhook_delivery', name: `'JOBS'`, at: 'received_at' }),
  ...tallyRows(S, { table: 'outbound', name: `'JOBS'`, at: 'created_at' }),
]);
