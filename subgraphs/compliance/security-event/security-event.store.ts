// The rows behind security events: signs that wait to be enough, incidents and what they rest on. Each step is one statement, whatever the batch.
import type { ClientBase } from 'pg';
import { newId } from '../../kernel/base/ids.js';
import { checkedPayload } from '../../kernel/messaging/unit-of-work.js';
import { ALERTING, alertOf, SecurityAlertRaised, SecurityEventAdded } from './security-event.events.js';
import type { MetSign } from './security-event.met.js';
import { keptCauses, wakes, type CountedSign, type Judgement, type OpenIncident } from './security-event.judge.js';
import { ruleOf, type SecurityRuleName } from './security-event.rules.js';
import type { SubjectKind } from './security-event.signs.js';
import { columns, table } from './security-event.tables.js';

/** What is counted together: the signs of one rule and subject in one tenant. */
export interface CountedSubject {
  tenantId: string | null;
  rule: SecurityRuleName;
  subjectKind: SubjectKind;
  subjectId: string;
  /** Signs before this instant are too old to count with the new ones. */
  since: string;
}

interface OpenRow extends OpenIncident {
  causes: string[];
}

export interface Counted extends CountedSubject {
  waiting: CountedSign[];
  open: OpenRow | null;
}

export type Incident = Counted & Judgement;

/** A sign that is there already is no news: whatever is collected twice counts once. */
export async function keepNew(client: ClientBase, platform: boolean, signs: readonly MetSign[]): Promise<MetSign[]> {
  if (signs.length === 0) return [];
  const { key, value } = columns(platform);
  const { rows } = await client.query<{ rule: string; id: string }>(`
    insert into ${table(platform, 'security_sign')} (${key} rule, audit_event_id, subject_kind, subject_id, occurred_at)
    select ${value} rule, id, "subjectKind", "subjectId", at
    from jsonb_to_recordset($1::jsonb) as r ("tenantId" uuid, rule text, id uuid, "subjectKind" text, "subjectId" text, at timestamptz)
    on conflict do nothing returning rule, audit_event_id as id`,
  [JSON.stringify(signs.map(({ rule, subject, event }) => ({
    tenantId: event.tenantId, rule, id: event.id, subjectKind: subject.kind, subjectId: subject.id, at: event.occurredAt.toISOString(),
  })))]);
  const kept = new Set(rows.map(({ rule, id }) => `${rule}/${id}`));
  return signs.filter(({ rule, event }) => kept.has(`${rule}/${event.id}`));
}

const keyOf = ({ tenantId, rule, subjectKind, subjectId }: Omit<CountedSubject, 'since'>): string => JSON.stringify([tenantId, rule, subjectKind, subjectId]);

export function subjectsOf(signs: readonly MetSign[]): CountedSubject[] {
  const subjects = new Map<string, CountedSubject>();
  for (const { rule, subject: { kind, id }, event } of signs) {
    const since = new Date(event.occurredAt.getTime() - ruleOf(rule).windowMs).toISOString();
    const subject = { tenantId: event.tenantId, rule, subjectKind: kind, subjectId: id, since };
    const before = subjects.get(keyOf(subject));
    if (!before || since < before.since) subjects.set(keyOf(subject), subject);
  }
  return [...subjects.values()];
}

const RECORD = `"tenantId" uuid, rule text, "subjectKind" text, "subjectId" text, since timestamptz`;

/** What is known of these subjects. Their open incidents are held: acknowledging one waits until this transaction is over. */
export async function waitingOf(client: ClientBase, platform: boolean, subjects: readonly CountedSubject[]): Promise<Counted[]> {
  if (subjects.length === 0) return [];
  const { same } = columns(platform);
  const json = JSON.stringify(subjects);
  const tenant = platform ? 'null' : 't.tenant_id';
  const joined = `join jsonb_to_recordset($1::jsonb) as r (${RECORD})
    on ${same('t')} t.rule = r.rule and t.subject_kind = r."subjectKind" and t.subject_id = r."subjectId"`;
  const own = `${tenant} as "tenantId", t.rule, t.subject_kind as "subjectKind", t.subject_id as "subjectId"`;
  type Own = Omit<CountedSubject, 'since'>;
  const open = await client.query<Own & { id: string; at: Date; causes: string[] }>(`
    select ${own}, t.id, t.last_at as at, t.audit_event_ids as causes from ${table(platform, 'security_event')} t ${joined}
    where t.state = 'OPEN' order by t.id for no key update of t`, [json]);
  const signs = await client.query<Own & { id: string; at: Date }>(`
    select ${own}, t.audit_event_id as id, t.occurred_at as at from ${table(platform, 'security_sign')} t ${joined}
    where t.security_event_id is null and t.occurred_at >= r.since`, [json]);
  const openOf = new Map(open.rows.map((row) => [keyOf(row), { id: row.id, lastAt: row.at.getTime(), causes: row.causes }]));
  const waitingFor = Map.groupBy(signs.rows, keyOf);
  return subjects.map((subject) => ({
    ...subject, open: openOf.get(keyOf(subject)) ?? null,
    waiting: (waitingFor.get(keyOf(subject)) ?? []).map(({ id, at }) => ({ auditEventId: id, at: at.getTime() })),
  }));
}

/** Opens and raises incidents, and takes their signs out of the count. */
export async function store(client: ClientBase, platform: boolean, incidents: readonly Incident[]): Promise<void> {
  if (incidents.length === 0) return;
  const { key, value, same } = columns(platform);
  const event = table(platform, 'security_event');
  const json = JSON.stringify(incidents.map(({ tenantId, rule, subjectKind, subjectId, incident, signs, open }) => ({
    tenantId, id: incident.id, rule, severity: ruleOf(rule).severity, subjectKind, subjectId, count: signs.length,
    firstAt: new Date(Math.min(...signs.map(({ at }) => at))).toISOString(), lastAt: new Date(Math.max(...signs.map(({ at }) => at))).toISOString(),
    causes: keptCauses([...open?.causes ?? [], ...signs.map(({ auditEventId }) => auditEventId)]),
  })));
  await client.query(`
    insert into ${event} as t (${key} id, rule, severity, state, subject_kind, subject_id, count, first_at, last_at, audit_event_ids)
    select ${value} id, rule, severity, 'OPEN', "subjectKind", "subjectId", count, "firstAt", "lastAt", causes
    from jsonb_to_recordset($1::jsonb) as r ("tenantId" uuid, id uuid, rule text, severity text, "subjectKind" text, "subjectId" text, count int,
      "firstAt" timestamptz, "lastAt" timestamptz, causes uuid[])
    on conflict (${key} id) do update set count = t.count + excluded.count, first_at = least(t.first_at, excluded.first_at),
      last_at = greatest(t.last_at, excluded.last_at), audit_event_ids = excluded.audit_event_ids`, [json]);
  await client.query(`
    update ${table(platform, 'security_sign')} t set security_event_id = r."incidentId"
    from jsonb_to_recordset($1::jsonb) as r ("tenantId" uuid, rule text, id uuid, "incidentId" uuid)
    where ${same('t')} t.rule = r.rule and t.audit_event_id = r.id`,
  [JSON.stringify(incidents.flatMap(({ tenantId, rule, signs, incident }) =>
    signs.map(({ auditEventId }) => ({ tenantId, rule, id: auditEventId, incidentId: incident.id }))))]);
}

/** Bad, long known and not acknowledged, and going on after it was quiet: whoever missed it is told once a day. */
const isBack = ({ rule, open, signs }: Incident): boolean => open !== null && ALERTING.has(ruleOf(rule).severity) && wakes(open, signs);

const dayOf = (signs: readonly CountedSign[]): string => new Date(Math.max(...signs.map(({ at }) => at))).toISOString().slice(0, 10);

/** Tells of new incidents, and asks for a person where they are bad; with the outbox ids drawn last, as every change does. */
export async function announce(client: ClientBase, incidents: readonly Incident[]): Promise<void> {
  const told = incidents.filter((one) => one.incident.isNew || isBack(one));
  if (told.length === 0) return;
  await client.query(`
    insert into compliance.outbox (tenant_id, event_id, type, stream_id, group_id, payload, occurred_at)
    select "tenantId", "eventId", type, "streamId", null, payload, now()
    from jsonb_to_recordset($1::jsonb) as r ("tenantId" uuid, "eventId" uuid, type text, "streamId" uuid, payload jsonb)`,
  [JSON.stringify(told.flatMap(({ tenantId, rule, incident: { id, isNew }, signs }) => [
    { tenantId, eventId: newId(), type: SecurityEventAdded.name, streamId: tenantId, payload: checkedPayload(SecurityEventAdded, { securityEventId: id }) },
    ...(ALERTING.has(ruleOf(rule).severity)
      ? [{ tenantId, eventId: newId(), type: SecurityAlertRaised.name, streamId: null, payload: checkedPayload(SecurityAlertRaised, alertOf(id, rule, isNew ? null : dayOf(signs))) }] : []),
  ]))]);
}

/** Longer than any window, and longer than a batch can come again. */
const SIGNS_KEPT = '7 days';
const PLACES_KEPT = '180 days';
const FORGOTTEN_AT_LEAST = 1000;

/** @param added signs of this batch: twice as many may go, so that no stream of them makes the tables grow for good */
export async function forgetOld(client: ClientBase, platform: boolean, added: number): Promise<void> {
  const most = Math.max(FORGOTTEN_AT_LEAST, 2 * added);
  for (const [name, column, kept] of [['security_sign', 'noted_at', SIGNS_KEPT], ['security_place', 'last_at', PLACES_KEPT]] as const) {
    const from = table(platform, name);
    await client.query(`delete from ${from} where ctid in (select ctid from ${from} where ${column} < now() - $1::interval limit $2)`, [kept, most]);
  }
}
