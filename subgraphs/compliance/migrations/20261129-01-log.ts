// The trail becomes a log: partitioned by month, each event an entry of a Merkle tree kept in tiles, and signed checkpoints.
import { SYSTEM_ROLE, TENANT_PREDICATE, appRole, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';
import { auditMaintenance } from './20261129-01-log.functions.js';

const HASH = (column: string): string => `${column} bytea not null check (octet_length(${column}) = 32)`;

const COLUMNS = `
    id uuid not null,
    action text not null,
    type text not null check (type in
      ('AUTHENTICATION', 'AUTHORIZATION', 'DATA_READ', 'DATA_WRITE', 'DATA_DELETE', 'API', 'SECURITY', 'COMPLIANCE')),
    severity text not null check (severity in ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
    outcome text not null check (outcome in ('SUCCESS', 'FAILURE', 'DENIED')),
    occurred_at timestamptz(3) not null,
    actor_kind text not null check (actor_kind in ('anonymous', 'user', 'api_key', 'system')),
    actor_id text,
    resource_type text,
    resource_id text,
    reason text,
    correlation_id text not null,
    ip text,
    user_agent text,
    before jsonb,
    after jsonb,
    source text not null,
    position bigint not null check (position >= 0),
    previous bytea check (octet_length(previous) = 32),
    ${HASH('details_hash')},
    salt bytea check (octet_length(salt) between 16 and 32),
    sealed_at timestamptz(3) not null,
    erased_at timestamptz(3),
    check ((position = 0) = (previous is null)),
    check ((salt is null) = (erased_at is not null)),
    check (erased_at is null or coalesce(actor_id, resource_id, reason, ip, user_agent, before::text, after::text) is null)`;

/** The event as it was staged, so that the collector reads it again and seals it. */
const STAGED = `jsonb_build_object('id', id, 'action', action, 'type', type, 'severity', severity, 'outcome', outcome,
    'occurredAt', to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'actor', jsonb_build_object('kind', actor_kind, 'id', actor_id),
    'resource', case when resource_type is not null then jsonb_build_object('type', resource_type, 'id', resource_id) end,
    'reason', reason, 'correlationId', correlation_id, 'ip', ip, 'userAgent', user_agent, 'before', before, 'after', after, 'source', source)`;

/** Requests read, the collector adds, and nobody holds UPDATE or DELETE. */
const appendOnly = (table: string): string[] => [
  `grant select on compliance.${table} to ${appRole('compliance')}`,
  `grant select, insert on compliance.${table} to ${SYSTEM_ROLE}`,
];

/** Requests see the rows of their tenant; what writes them is the system role, and the owner's functions within one tenant. */
const readOnly = (table: string, systemRights: string): string[] => [
  `alter table compliance.${table} enable row level security`,
  `alter table compliance.${table} force row level security`,
  `create policy ${table}_tenant on compliance.${table} using (${TENANT_PREDICATE}) with check (${TENANT_PREDICATE})`,
  `grant select on compliance.${table} to ${appRole('compliance')}`,
  `grant ${systemRights} on compliance.${table} to ${SYSTEM_ROLE}`,
];

export const log = sqlMigration('20261129-01-log', [
  // What is in the trail goes back to staging, from where it enters the log in the order of its ids.
  `alter table compliance.audit_event no force row level security`,
  `alter table compliance.audit_staging no force row level security`,
  `insert into compliance.audit_staging (tenant_id, id, event) select tenant_id, id, ${STAGED} from compliance.audit_event`,
  `insert into compliance.platform_audit_staging (id, event) select id, ${STAGED} from compliance.platform_audit_event`,
  `alter table compliance.audit_staging force row level security`,
  `drop table compliance.audit_event, compliance.platform_audit_event`,

  `create table compliance.audit_event (
    tenant_id uuid not null,${COLUMNS},
    primary key (tenant_id, id, occurred_at)
  ) partition by range (occurred_at)`,
  `create unique index audit_event_position on compliance.audit_event (tenant_id, position, occurred_at)`,
  `create index audit_event_newest on compliance.audit_event (tenant_id, occurred_at desc, id desc)`,
  `create index audit_event_actor on compliance.audit_event (tenant_id, actor_id, occurred_at desc, id desc)`,
  `create index audit_event_resource on compliance.audit_event (tenant_id, resource_id, occurred_at desc, id desc)`,
  `create index audit_event_type on compliance.audit_event (tenant_id, type, occurred_at desc, id desc)`,
  `create index audit_event_action on compliance.audit_event (tenant_id, action, occurred_at desc, id desc)`,
  `alter table compliance.audit_event enable row level security`,
  `alter table compliance.audit_event force row level security`,
  `create policy audit_event_tenant on compliance.audit_event for select using (${TENANT_PREDICATE})`,
  ...appendOnly('audit_event'),

  `create table compliance.platform_audit_event (${COLUMNS},
    primary key (id, occurred_at)
  ) partition by range (occurred_at)`,
  `create unique index platform_audit_event_position on compliance.platform_audit_event (position, occurred_at)`,
  `create index platform_audit_event_newest on compliance.platform_audit_event (occurred_at desc, id desc)`,
  ...appendOnly('platform_audit_event'),

  // What happened in a month that has no partition: a clock far off. Nobody touches a partition but through its table.
  ...['audit_event', 'platform_audit_event'].flatMap((table) => [
    `create table compliance.${table}_default partition of compliance.${table} default`,
    `alter table compliance.${table}_default enable row level security`,
  ]),

  // One row a stream. Its lock makes sealers wait for one another. The platform's stream has the id of no tenant.
  `create table compliance.log_stream (
    tenant_id uuid primary key,
    size bigint not null default 0 check (size >= 0),
    head bytea check (octet_length(head) = 32),
    sealed_at timestamptz(3),
    unsigned_since timestamptz(3) not null default now(),
    signed bigint not null default 0 check (signed >= 0),
    check ((size = 0) = (head is null))
  )`,
  `create index log_stream_unsigned on compliance.log_stream (unsigned_since, tenant_id) where size <> signed`,
  ...readOnly('log_stream', 'select, insert, update'),

  `create table compliance.log_tile (
    tenant_id uuid not null,
    level smallint not null check (level >= 0),
    index bigint not null check (index >= 0),
    hashes bytea storage plain not null check (octet_length(hashes) between 32 and 2048 and octet_length(hashes) % 32 = 0),
    primary key (tenant_id, level, index)
  )`,
  ...readOnly('log_tile', 'select, insert, update'),

  `create table compliance.log_key (
    id uuid primary key,
    public_key bytea not null unique check (octet_length(public_key) = 32),
    private_key bytea not null,
    created_at timestamptz(3) not null,
    endorsed_by uuid unique references compliance.log_key (id),
    endorsement text,
    check ((endorsed_by is null) = (endorsement is null))
  )`,
  // One key alone was never endorsed; with each key endorsing one other, they are a chain and have one end.
  `create unique index log_key_first on compliance.log_key ((true)) where endorsed_by is null`,
  `grant select, insert on compliance.log_key to ${appRole('compliance')}`,
  `grant select on compliance.log_key to ${SYSTEM_ROLE}`,

  `create table compliance.log_checkpoint (
    tenant_id uuid not null,
    size bigint not null check (size > 0),
    ${HASH('root')},
    note text not null,
    key_id uuid not null,
    signed_at timestamptz(3) not null,
    primary key (tenant_id, size)
  )`,
  ...readOnly('log_checkpoint', 'select, insert'),

  // How far each sink has been told of a stream.
  `create table compliance.log_push (
    tenant_id uuid not null,
    sink text not null,
    size bigint not null,
    primary key (tenant_id, sink)
  )`,
  ...readOnly('log_push', 'select, insert, update'),

  // Which entries retention has dropped: the proofs of the others need them no more, and verification must not miss them. An entry of the
  // same log, sealed after each drop, holds a hash over all of it.
  `create table compliance.log_dropped (
    tenant_id uuid not null,
    month date not null,
    positions int8multirange not null,
    dropped_at timestamptz(3) not null default now(),
    primary key (tenant_id, month, dropped_at)
  )`,
  ...readOnly('log_dropped', 'select'),

  // A run over a whole stream, and how far it has come; one at a time for each.
  `create table compliance.audit_verification (
    tenant_id uuid not null,
    id uuid not null,
    state text not null check (state in ('RUNNING', 'PASSED', 'FAILED')),
    total bigint not null,
    checked bigint not null default 0,
    attempts int not null default 0,
    kept_note text,
    head bytea,
    edge jsonb not null default '[]',
    finding jsonb,
    requested_at timestamptz(3) not null,
    due_at timestamptz(3) not null,
    finished_at timestamptz(3),
    primary key (tenant_id, id),
    check ((state = 'RUNNING') = (finished_at is null)),
    check ((state = 'FAILED') = (finding is not null))
  )`,
  `create unique index audit_verification_running on compliance.audit_verification (tenant_id) where state = 'RUNNING'`,
  `create index audit_verification_due on compliance.audit_verification (due_at) where state = 'RUNNING'`,
  ...tenantTable('compliance', 'audit_verification', 'select, insert, update'),

  ...auditMaintenance(),
  `select compliance.ensure_audit_partitions()`,
]);
