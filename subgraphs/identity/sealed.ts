// What identity seals, and whose keys it is sealed with.
import type { SealedColumn } from '../kernel/crypto/sealed-column.js';
import { DATA_KEY_CLASSES, DATA_KEY_IDS } from '../kernel/graphql/key-rotation.js';
import type { Slice } from '../kernel/graphql/slice.js';
import { keysRotatedOf, requestedRotation } from '../kernel/messaging/key-jobs.js';
import { rotateKeysJob } from './jobs.js';
import { keyRotation } from './migrations/20261129-76-key-rotation.js';
import { PLATFORM_TENANT_ID } from './platform.js';

const sealed: SealedColumn[] = [
  { table: 'mail', column: 'sealed', row: 'id', tenant: { column: 'tenant_id' } },
  { table: 'session', column: 'refresh_sealed', row: 'id', tenant: { column: 'tenant_id' } },
  // An account belongs to no tenant.
  { table: 'mfa_factor', column: 'secret', row: 'id', tenant: { platform: PLATFORM_TENANT_ID } },
  { table: 'signing_key', column: 'private_jwk', row: 'kid', tenant: { platform: PLATFORM_TENANT_ID } },
];

export const sealedSlice: Slice = {
  sealed,
  migrations: [keyRotation],
  ids: DATA_KEY_IDS,
  classes: DATA_KEY_CLASSES,
  events: [keysRotatedOf('identity')],
  jobs: [rotateKeysJob],
  reactions: [{ from: 'tenancy', event: 'TenantKeyRotationRequested', version: 1, job: rotateKeysJob, payload: requestedRotation }],
};
