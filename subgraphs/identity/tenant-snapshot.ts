// What of a tenant's people and rights is in its backups. What lets somebody in is not: nobody who was let go since comes in again by it.
import { recountSoon } from '../kernel/data/snapshot-rules.js';
import type { Slice } from '../kernel/graphql/slice.js';
import { tenantRestored } from './migrations/20261202-64-tenant-restored.js';

const KEY = 'a key that was revoked since does not open again';
const SIGNED_IN = 'everybody signs in again';
const LIFE = 'where the tenant stands is no content of it';

export const tenantSnapshotSlice: Slice = {
  migrations: [tenantRestored],
  tenantSnapshot: {
    stays: { api_key: KEY, api_key_secret: KEY, api_call_report: 'counts what was used' },
    ends: { session: SIGNED_IN, spent_refresh: SIGNED_IN, mail: 'holds links that sign in or join' },
    grows: {},
    keeps: { 'organization.state': LIFE, 'organization.state_version': LIFE, 'organization.announced_at': LIFE, 'organization.registration': LIFE },
    written: [],
    // Accounts are people's own: who has deleted theirs does not come back by a tenant.
    wanted: { membership: 'exists (select from identity.account a where a.id = r.user_id)' },
    settled: { invitation: { ended_at: 'coalesce(r.ended_at, now())', ended_as: `coalesce(r.ended_as, 'REVOKED')` } },
    after: [recountSoon('identity'), 'insert into identity.access_change (home, changed_at) values ($1, now())'],
    anew: {
      leaves: { invitation: 'is into the other tenant', notification: 'they have it there' },
      rewritten: {
        organization: {
          name: `coalesce(given.name, left(r.name, 180) || ' (restored)')`, state: `'SUSPENDED'`, state_version: '1', announced_at: 'null', registration: 'null', brand: 'null',
        },
      },
      after: [],
    },
  },
};
