// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { AuditEvent, PlatformAuditEvent } from './audit/audit.entity.js';
import type { PlatformSecurityEvent, SecurityEvent } from './security-event/security-event.entity.js';

export const entities = [AuditEvent, PlatformAuditEvent];

export type ComplianceTables = Tables<typeof AuditEvent | typeof PlatformAuditEvent | typeof SecurityEvent | typeof PlatformSecurityEvent>;

export const db = (tx: Tx) => rows<ComplianceTables>(tx).withSchema('compliance');
