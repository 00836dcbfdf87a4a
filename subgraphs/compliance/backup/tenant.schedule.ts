// A backup of each tenant as often as its tier has it: each hour, day or week is a row that only one can add, whatever number of workers there are and however often they start.
import type { Pool } from 'pg';
import { newId } from '../../kernel/base/ids.js';

/** As the index of what runs has it. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
/** So many run or wait at once: the rest of a large installation follows as these end. */
const AT_ONCE = 20;

// What has failed is tried again after an hour; the next slot does not wait for it.
const MISSING = `
  with slots as (select l.tenant_id as tenant, s.label, s.slot from compliance.tenant_limit l join (values
      ('ENTERPRISE', 'hourly', to_char($1::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24')),
      ('PROFESSIONAL', 'daily', to_char($1::timestamptz at time zone 'UTC', 'YYYY-MM-DD')),
      ('STANDARD', 'weekly', to_char($1::timestamptz at time zone 'UTC', 'IYYY-"W"IW'))) s (tier, label, slot) on s.tier = l.tier)
  select tenant, label, slot from slots where not exists (select from compliance.backup_run r where r.tenant = slots.tenant and r.slot = slots.slot
      and (r.state = 'DONE' or r.finished_at > $1::timestamptz - interval '1 hour'))
    and not exists (select from compliance.backup_run r where r.kind = 'TENANT' and coalesce(r.tenant, '${NOBODY}') = slots.tenant and r.state = 'RUNNING')
  order by slot desc, tenant limit greatest(0, ${AT_ONCE} - (select count(*)::int from compliance.backup_run where kind = 'TENANT' and state = 'RUNNING'))`;

const ADD = `insert into compliance.backup_run (id, kind, state, slot, label, tenant, requested_at, due_at)
  select new.id, 'TENANT', 'RUNNING', new.slot, new.label, new.tenant, $1::timestamptz, $1::timestamptz
  from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) new (id, slot, label, tenant) on conflict do nothing`;

/** Runs of tenants are many: what became of them is told for a month. */
const OLD = `delete from compliance.backup_run where kind = 'TENANT' and finished_at < $1::timestamptz - interval '30 days'`;

/** How often a process looks: each second would be a second look at every tenant for nothing. */
export const LOOK_MS = 10_000;

export async function scheduleTenants(system: Pool, now: Date): Promise<void> {
  const { rows } = await system.query<{ tenant: string; label: string; slot: string }>(MISSING, [now]);
  if (rows.length === 0) return;
  await system.query(OLD, [now]);
  await system.query(ADD, [now, rows.map(() => newId()), rows.map(({ slot }) => slot), rows.map(({ label }) => label), rows.map(({ tenant }) => tenant)]);
}
