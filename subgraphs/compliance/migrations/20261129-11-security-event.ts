// Security events: incidents, the signs they are counted from and the places people sign in from, of tenants and of the platform.
import { SYSTEM_ROLE, TENANT_PREDICATE, appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

/** What is the same with and without a tenant. */
interface Variant {
  prefix: string;
  column: string;
  key: string;
}

const APP = appRole('compliance');

const tables = ({ prefix, column, key }: Variant): string[] => [
  `create table compliance.${prefix}security_event (${column}
    id uuid not null,
    rule text not null,
    severity text not null check (severity in ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
    state text not null check (state in ('OPEN', 'ACKNOWLEDGED')),
    subject_kind text not null,
    subject_id text not null,
    count int not null check (count > 0),
    first_at timestamptz(3) not null,
    last_at timestamptz(3) not null check (last_at >= first_at),
    audit_event_ids uuid[] not null check (cardinality(audit_event_ids) between 1 and 10),
    acknowledged_by uuid,
    acknowledged_at timestamptz(3),
    note text,
    primary key (${key}id),
    check ((state = 'ACKNOWLEDGED') = (acknowledged_by is not null and acknowledged_at is not null)),
    check (note is null or state = 'ACKNOWLEDGED')
  )`,
  // One open incident of a rule and subject: what follows raises it.
  `create unique index ${prefix}security_event_open on compliance.${prefix}security_event (${key}rule, subject_kind, subject_id) where state = 'OPEN'`,
  `create index ${prefix}security_event_state on compliance.${prefix}security_event (${key}state, id)`,
  // Requests acknowledge; what happened is the collector's to say.
  `grant select, update (state, acknowledged_by, acknowledged_at, note) on compliance.${prefix}security_event to ${APP}`,
  `grant select, insert, update on compliance.${prefix}security_event to ${SYSTEM_ROLE}`,

  `create table compliance.${prefix}security_sign (${column}
    rule text not null,
    audit_event_id uuid not null,
    subject_kind text not null,
    subject_id text not null,
    occurred_at timestamptz(3) not null,
    noted_at timestamptz(3) not null default now(),
    security_event_id uuid,
    primary key (${key}rule, audit_event_id),
    foreign key (${key}security_event_id) references compliance.${prefix}security_event (${key}id)
  )`,
  `create index ${prefix}security_sign_waiting on compliance.${prefix}security_sign
    (${key}rule, subject_kind, subject_id, occurred_at) where security_event_id is null`,
  `create index ${prefix}security_sign_noted on compliance.${prefix}security_sign (noted_at)`,
  `grant select, insert, update, delete on compliance.${prefix}security_sign to ${SYSTEM_ROLE}`,

  `create table compliance.${prefix}security_place (${column}
    subject_id text not null,
    kind text not null,
    place text not null,
    last_at timestamptz(3) not null,
    primary key (${key}subject_id, kind, place)
  )`,
  `create index ${prefix}security_place_last on compliance.${prefix}security_place (last_at)`,
  `grant select, insert, update, delete on compliance.${prefix}security_place to ${SYSTEM_ROLE}`,
];

/** The signs and places are nobody's but the collector's: no request holds a right on them, and the wall stands all the same. */
const walls = (table: string): string[] => [
  `alter table compliance.${table} enable row level security`,
  `alter table compliance.${table} force row level security`,
  `create policy ${table}_tenant on compliance.${table} using (${TENANT_PREDICATE}) with check (${TENANT_PREDICATE})`,
];

export const securityEvents = sqlMigration('20261129-11-security-event', [
  ...tables({ prefix: '', column: '\n    tenant_id uuid not null,', key: 'tenant_id, ' }),
  ...['security_event', 'security_sign', 'security_place'].flatMap(walls),
  ...tables({ prefix: 'platform_', column: '', key: '' }),
]);
