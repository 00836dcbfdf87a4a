// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { AuditEvent, PlatformAuditEvent } from './audit/audit.entity.js';
import type { DataExport, DataExportPart } from './data-export/data-export.entity.js';
import { AuditExport } from './export/export.entity.js';
import { BackupLog, BackupRun } from './backup/backup.entity.js';
import { IsolationDrill } from './isolation/isolation.entity.js';
import { AuditVerification, LogCheckpoint, LogKey, LogStream } from './log/log.entity.js';
import type { PlatformSecurityEvent, SecurityEvent } from './security-event/security-event.entity.js';

export type ComplianceTables = Tables<
  typeof AuditEvent | typeof PlatformAuditEvent | typeof LogStream | typeof LogCheckpoint | typeof LogKey | typeof AuditVerification | typeof AuditExport | typeof IsolationDrill
  | typeof BackupRun | typeof BackupLog
  | typeof SecurityEvent | typeof PlatformSecurityEvent
  | typeof DataExport | typeof DataExportPart
>;

export const db = (tx: Tx) => rows<ComplianceTables>(tx).withSchema('compliance');
