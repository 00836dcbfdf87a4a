// The tables in which a subgraph keeps what its tenants may use, and what they use of it.
import { tenantTable } from './kernel-tables.js';

/**
 * Statements of the migration of a subgraph that enforces limits. `quota_within` is what makes one too many impossible, whatever the
 * code above does: a limit that is lowered below what is used lets `ceiling` stay where it is and follow `used` down.
 */
export function quotaTables(schema: string): string[] {
  return [
    `create table ${schema}.tenant_limit (
      tenant_id uuid primary key,
      version bigint not null,
      tier text not null,
      features text[] not null,
      anchor timestamptz(3) not null,
      ceilings jsonb not null,
      offers jsonb not null
    )`,
    ...tenantTable(schema, 'tenant_limit', 'select, insert, update'),
    `create table ${schema}.quota (
      tenant_id uuid not null,
      name text not null,
      starts_at timestamptz(3) not null,
      ends_at timestamptz(3),
      granted bigint check (granted >= 0),
      ceiling bigint,
      used bigint not null default 0 check (used >= 0),
      over bigint not null default 0 check (over >= 0),
      revision bigint not null default 1,
      reported bigint not null default 0,
      reported_at timestamptz(3),
      primary key (tenant_id, name, starts_at),
      constraint quota_within check (used <= ceiling),
      check ((granted is null) = (ceiling is null)),
      check (granted <= ceiling)
    ) with (fillfactor = 70)`,
    `create index quota_unreported on ${schema}.quota (reported_at) where revision > reported`,
    ...tenantTable(schema, 'quota', 'select, insert, update'),
  ];
}

/** Tenants whose use is not known elsewhere yet; $1: seconds after which a report is said again, $2: at most so many. */
export const unreportedQuotas = (schema: string): string => `select tenant_id as "tenantId" from ${schema}.quota
  where revision > reported and (reported_at is null or reported_at < now() - make_interval(secs => $1)) group by tenant_id limit $2`;

/** Statements of a later migration: a counter is counted anew from its rows once a day. */
export const recountedQuotas = (schema: string): string[] => [
  `alter table ${schema}.quota add column recounted_at timestamptz(3) not null default now()`,
  `create index quota_recounted on ${schema}.quota (recounted_at)`,
];

/** Tenants whose counters were not counted anew for a day; $1: at most so many. */
export const unrecountedQuotas = (schema: string): string => `select tenant_id as "tenantId" from ${schema}.quota
  where recounted_at < now() - interval '1 day' group by tenant_id limit $1`;

/** The same as `unreportedQuotas`, with tenants of whom something waits to be counted. */
export const unmeteredQuotas = (schema: string): string => `select "tenantId" from (${unreportedQuotas(schema)}) unreported
  union select * from (select tenant_id from ${schema}.usage_tally where at < now() - make_interval(secs => $1) group by tenant_id limit $2) waiting`;
