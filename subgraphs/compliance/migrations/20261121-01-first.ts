// The first tables of compliance: the audit trail of the tenants and of the platform, and the events it could not read.
import { SYSTEM_ROLE, TENANT_PREDICATE, appRole, kernelTables } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const EVENT_COLUMNS = `
    id uuid not null,
    action text not null,
    type text not null check (type in
      ('AUTHENTICATION', 'AUTHORIZATION', 'DATA_READ', 'DATA_WRITE', 'DATA_DELETE', 'API', 'SECURITY', 'COMPLIANCE')),
    severity text not null check (severity in ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
    outcome text not null check (outcome in ('SUCCESS', 'FAILURE', 'DENIED')),
    occurred_at timestamptz(3) not null,
    actor_kind text not null check (actor_kind in ('anonymous', 'user', 'system')),
    actor_id text,
    resource_type text,
    resource_id text,
    reason text,
    correlation_id text not null,
    ip text,
    user_agent text,
    before jsonb,
    after jsonb,
    source text not null`;

/** The trail is append-only: requests read it, the collector adds to it, and nobody holds UPDATE or DELETE. */
const appendOnly = (table: string): string[] => [
  `grant select on compliance.${table} to ${appRole('compliance')}`,
  `grant select, insert on compliance.${table} to ${SYSTEM_ROLE}`,
];

export const first = sqlMigration('20261121-01-first', [
  ...kernelTables('compliance'),

  `create table compliance.audit_event (
    tenant_id uuid not null,${EVENT_COLUMNS},
    primary key (tenant_id, id)
  )`,
  `create index audit_event_newest on compliance.audit_event (tenant_id, occurred_at desc, id desc)`,
  `create index audit_event_actor on compliance.audit_event (tenant_id, actor_id, occurred_at desc, id desc)`,
  `create index audit_event_resource on compliance.audit_event (tenant_id, resource_id, occurred_at desc, id desc)`,
  `create index audit_event_type on compliance.audit_event (tenant_id, type, occurred_at desc, id desc)`,
  `create index audit_event_action on compliance.audit_event (tenant_id, action, occurred_at desc, id desc)`,
  `alter table compliance.audit_event enable row level security`,
  `alter table compliance.audit_event force row level security`,
  `create policy audit_event_tenant on compliance.audit_event for select using (${TENANT_PREDICATE})`,
  ...appendOnly('audit_event'),

  `create table compliance.platform_audit_event (${EVENT_COLUMNS},
    primary key (id)
  )`,
  `create index platform_audit_event_newest on compliance.platform_audit_event (occurred_at desc, id desc)`,
  ...appendOnly('platform_audit_event'),

  // What was staged but is no audit event: kept as it was, for an operator. Requests cannot read it.
  `create table compliance.audit_quarantine (
    number bigint generated always as identity primary key,
    source text not null,
    staged_tenant uuid,
    staged_id uuid not null,
    event jsonb not null,
    reason text not null,
    quarantined_at timestamptz(3) not null default now(),
    unique nulls not distinct (source, staged_tenant, staged_id)
  )`,
  `grant select, insert on compliance.audit_quarantine to ${SYSTEM_ROLE}`,
]);
