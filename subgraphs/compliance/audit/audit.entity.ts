// The audit trail as it is kept: one table of the tenants, one of the platform. Written by the collector only.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { AuditOutcome, AuditSeverity, AuditType, StagedAudit } from '../../kernel/messaging/audit.js';

const event = {
  id: p.uuid().primary(),
  action: p.text(),
  type: p.text().$type<AuditType>(),
  severity: p.text().$type<AuditSeverity>(),
  outcome: p.text().$type<AuditOutcome>(),
  occurredAt: p.datetime(3),
  actorKind: p.text().$type<StagedAudit['actor']['kind']>(),
  /** API id, e.g. `user_…`. */
  actorId: p.text().nullable(),
  resourceType: p.text().nullable(),
  /** API id, or what names the resource where it has none. */
  resourceId: p.text().nullable(),
  reason: p.text().nullable(),
  correlationId: p.text(),
  ip: p.text().nullable(),
  userAgent: p.text().nullable(),
  before: p.json<Record<string, unknown>>().nullable(),
  after: p.json<Record<string, unknown>>().nullable(),
  /** The subgraph that staged it. */
  source: p.text(),
  /** Its place in the log of its stream, from 0. */
  position: p.bigint('string'),
  /** Hash of the entry before; null for the first. */
  previous: p.blob().nullable(),
  /** What the log commits to of everything that can be erased. */
  detailsHash: p.blob(),
  /** null once erased. */
  salt: p.blob().nullable(),
  sealedAt: p.datetime(3),
  erasedAt: p.datetime(3).nullable(),
};

export const AuditEvent = defineEntity({
  name: 'AuditEvent', tableName: 'audit_event', schema: 'compliance', properties: { ...event, tenantId: p.uuid() },
});

export const PlatformAuditEvent = defineEntity({
  name: 'PlatformAuditEvent', tableName: 'platform_audit_event', schema: 'compliance', properties: event,
});
