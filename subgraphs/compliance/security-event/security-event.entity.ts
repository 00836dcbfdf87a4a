// What looks like an attack, as it is kept: one row an incident, of a tenant or of the platform. Opened and raised by the collector only.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { AuditSeverity } from '../../kernel/messaging/audit.js';
import type { SubjectKind } from './security-event.signs.js';
import type { SecurityRuleName } from './security-event.rules.js';

/** The state machine: what may follow what. A new incident of the same kind is a new event. */
export const TRANSITIONS = { OPEN: ['ACKNOWLEDGED'], ACKNOWLEDGED: [] } as const satisfies Record<string, readonly string[]>;
export type SecurityEventState = keyof typeof TRANSITIONS;

const incident = {
  id: p.uuid().primary(),
  rule: p.text().$type<SecurityRuleName>(),
  severity: p.text().$type<AuditSeverity>(),
  state: p.text().$type<SecurityEventState>(),
  subjectKind: p.text().$type<SubjectKind>(),
  /** API id, or a network as text. */
  subjectId: p.text(),
  /** Audit events it rests on so far. */
  count: p.integer(),
  firstAt: p.datetime(3),
  lastAt: p.datetime(3),
  /** The first of them and the latest, `CAUSES_KEPT` at most. */
  auditEventIds: p.type('uuid[]').$type<string[]>(),
  acknowledgedBy: p.uuid().nullable(),
  acknowledgedAt: p.datetime(3).nullable(),
  note: p.text().nullable(),
};

export const SecurityEvent = defineEntity({
  name: 'SecurityEvent', tableName: 'security_event', schema: 'compliance', properties: { ...incident, tenantId: p.uuid() },
});

export const PlatformSecurityEvent = defineEntity({
  name: 'PlatformSecurityEvent', tableName: 'platform_security_event', schema: 'compliance', properties: incident,
});
