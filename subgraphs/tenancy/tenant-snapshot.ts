// What of a tenant's profile, settings and bots is in its backups. Where it stands, what it has booked and what it is billed are not.
import { recountSoon } from '../kernel/data/snapshot-rules.js';
import type { Slice } from '../kernel/graphql/slice.js';
import { tenantRestored } from './migrations/20261202-64-tenant-restored.js';
import { CONSUMERS } from './plan/plan.service.js';

const LIFE = 'where the tenant stands is no content of it';
const BOOKED = 'what is booked and billed';
const HANDED = 'of what was handed out';
const ROTATED = 'how far a rotation is';

export const tenantSnapshotSlice: Slice = {
  migrations: [tenantRestored],
  tenantSnapshot: {
    stays: {
      tenant_plan: BOOKED, limit_delivery: BOOKED, invoice: BOOKED, invoice_line: BOOKED, usage: BOOKED, usage_part: BOOKED, usage_alert: BOOKED,
      tenant_export: HANDED, tenant_key_rotation: ROTATED, tenant_key_rotation_part: ROTATED,
    },
    ends: {},
    grows: {},
    keeps: {
      'tenant.state': LIFE, 'tenant.suspension_reason': LIFE, 'tenant.resumes': LIFE, 'tenant.deletion_due_at': LIFE, 'tenant.version': LIFE, 'tenant.announced_at': LIFE,
      'tenant.retention_due_at': 'when it is next looked through', 'tenant.tier': BOOKED,
    },
    written: [],
    wanted: {},
    // What was under way may have arrived since.
    settled: { webhook_message: { state: `case r.state when 'PENDING' then 'FAILED' else r.state end`, finished_at: 'coalesce(r.finished_at, now())', leased_until: 'null' } },
    after: [recountSoon('tenancy'), 'insert into tenancy.setting_change (home, changed_at) values ($1, now())'],
    anew: {
      leaves: { webhook_message: 'was told for the other tenant', webhook_attempt: 'was told for the other tenant' },
      rewritten: {
        tenant: {
          name: `coalesce(given.name, left(r.name, 180) || ' (restored)')`, state: `'SUSPENDED'`, suspension_reason: `'Made from a backup: look at it, then reactivate it.'`,
          resumes: 'null', deletion_due_at: 'null', version: '1', announced_at: 'now()',
        },
        webhook_endpoint: { state: `'DISABLED'`, disabled_reason: `coalesce(r.disabled_reason, 'STAFF')`, disabled_at: 'coalesce(r.disabled_at, now())' },
      },
      // No plan is booked by it: it has what its tier gives.
      after: [
        `insert into tenancy.tenant_plan (tenant_id, plan, anchor, version) values ($1, null, now(), 1) on conflict do nothing`,
        `insert into tenancy.limit_delivery (tenant_id, consumer, wanted, version, announced_at) select $1, of.consumer, 1, 0, '2000-01-01'
          from unnest(array[${CONSUMERS.map((name) => `'${name}'`).join(', ')}]) of (consumer) on conflict do nothing`,
      ],
    },
  },
};
