// What compliance has in backups of a tenant: what was noticed. The log and its proof are never rolled back: a restore is written into it.
import { recountSoon } from '../kernel/data/snapshot-rules.js';
import type { Slice } from '../kernel/graphql/slice.js';
import { tenantRestored } from './migrations/20261202-64-tenant-restored.js';

const LOG = 'part of the audit log, which proves what was done';
const FILE = 'of a file that was made from what there is, and can be made again';
const NOTICED = 'what was noticed stays noticed';

export const tenantSnapshotSlice: Slice = {
  migrations: [tenantRestored],
  tenantSnapshot: {
    stays: {
      audit_event: LOG, log_stream: LOG, log_tile: LOG, log_checkpoint: LOG, log_push: LOG, log_dropped: LOG, audit_verification: LOG,
      audit_export: FILE, data_export: FILE, data_export_part: FILE, stored_file: FILE,
    },
    ends: {},
    grows: { security_event: NOTICED, security_sign: NOTICED, security_place: NOTICED },
    keeps: {},
    written: [],
    wanted: {},
    settled: {},
    after: [recountSoon('compliance')],
    anew: {
      leaves: { security_event: 'of the other tenant\'s log', security_sign: 'of the other tenant\'s log', security_place: 'of the other tenant\'s log' },
      rewritten: {},
      after: [],
    },
  },
};
