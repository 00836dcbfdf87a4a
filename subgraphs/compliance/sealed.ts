// What compliance seals, and whose keys it is sealed with.
import type { SealedColumn } from '../kernel/crypto/sealed-column.js';
import { DATA_KEY_CLASSES, DATA_KEY_IDS } from '../kernel/graphql/key-rotation.js';
import type { Slice } from '../kernel/graphql/slice.js';
import { keysRotatedOf, requestedRotation } from '../kernel/messaging/key-jobs.js';
import { rotateKeysJob } from './jobs.js';
import { PLATFORM_STREAM } from './log/stream.js';
import { keyRotation } from './migrations/20261129-76-key-rotation.js';

const sealed: SealedColumn[] = [
  { table: 'audit_export', column: 'url_secret', row: 'id', tenant: { column: 'tenant_id' } },
  { table: 'log_key', column: 'private_key', row: 'id', tenant: { platform: PLATFORM_STREAM } },
];

export const sealedSlice: Slice = {
  sealed,
  migrations: [keyRotation],
  ids: DATA_KEY_IDS,
  classes: DATA_KEY_CLASSES,
  events: [keysRotatedOf('compliance')],
  jobs: [rotateKeysJob],
  reactions: [{ from: 'tenancy', event: 'TenantKeyRotationRequested', version: 1, job: rotateKeysJob, payload: requestedRotation }],
};
