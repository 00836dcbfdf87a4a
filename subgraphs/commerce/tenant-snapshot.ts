// What of a tenant's shop and bookings is in its backups. Money is where the provider says it is: nothing here takes or gives back any.
import type { SnapshotRules } from '../kernel/data/snapshot-rules.js';

const LATE = 'r.sent_at is null and r.due_at <= now()';

export const tenantSnapshot: SnapshotRules = {
  stays: {},
  ends: {},
  grows: { order_counter: 'no number is given twice' },
  keeps: {},
  written: ['timeline_entry'],
  wanted: {},
  settled: {
    reservation_reminder: {
      sent_at: `case when ${LATE} then now() else r.sent_at end`, told_at: `case when ${LATE} then now() else r.told_at end`, outcome: `case when ${LATE} then 'TOO_LATE' else r.outcome end`,
    },
  },
  after: [],
  anew: {
    leaves: { reservation_reminder: 'guests are reminded by the other tenant', payment_webhook: 'came for the other tenant' },
    rewritten: {
      payment_account: { key: `substr(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 1, 26)`, state: `'DISABLED'` },
      payment: { pending: 'null', pending_minor: 'null', pending_method: 'null', due_at: 'null' },
      payment_refund: { state: `case r.state when 'PENDING' then 'FAILED' else r.state end` },
    },
    after: [],
  },
};
