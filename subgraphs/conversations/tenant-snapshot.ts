// What of a tenant's conversations is in its backups, and what keeps a restore from writing to customers a second time.
import { recountSoon, type SnapshotRules } from '../kernel/data/snapshot-rules.js';

const PENDING = `('INTENT', 'ATTEMPTED', 'RETRY')`;
const newKey = `replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')`;
const SHUT = { state: `case r.state when 'ACTIVE' then 'DISABLED' else r.state end` };

export const tenantSnapshot: SnapshotRules = {
  stays: { attention_request: 'on its way within the installation', guest_reminder: 'who was reminded is not reminded again' },
  ends: { inbox_connection: 'holds for an hour', pace: 'of the last minutes' },
  grows: { tenant_counter: 'no number is given twice' },
  keeps: {},
  written: [],
  // By a column that the database makes itself it refers to what it says.
  wanted: { outbound: 'r.reaction_to is not null or r.amends is not null or exists (select from conversations.message m where m.tenant_id = r.tenant_id and m.id = r.message_id)' },
  // It may have been sent since: whether it was is for a person to say.
  settled: {
    outbound: { state: `case when r.state in ${PENDING} then 'UNCONFIRMED' else r.state end`, change_text: `case when r.state in ${PENDING} then null else r.change_text end` },
    message: { status: `case when r.direction = 'OUTBOUND' and r.status = 'QUEUED' then 'UNCONFIRMED' else r.status end` },
  },
  after: [recountSoon('conversations')],
  anew: {
    leaves: { webhook_delivery: 'came to the channel of the other tenant', webhook_replay: 'came to the channel of the other tenant', delivery_status: 'of the channel of the other tenant' },
    rewritten: {
      inbox: {
        ...SHUT, key: newKey, external_id: 'null', request_key: 'null', request_hash: 'null', disabled_reason: `case r.state when 'ACTIVE' then 'MANUAL' else r.disabled_reason end`,
        disabled_at: `case r.state when 'ACTIVE' then now() else r.disabled_at end`, address_due_at: 'null', token_warned_at: 'null', token_tried_at: 'null',
      },
      custom_integration: SHUT,
      guest_reminder_setting: { enabled: 'false' },
    },
    after: [],
  },
};
