// What workers may call of compliance.
export { collectAudit } from './audit/audit.collector.js';
export type { ComplianceCrashPoint } from './compliance.crash.js';
export type { AuditSource, CollectAuditOptions, CollectedAudit, QuarantinedAudit } from './audit/audit.collector.js';
