// Compliance as one value: the sum of its slices.
import 'reflect-metadata';
import { crashAt } from '../kernel/base/crash-points.js';
import type { SubgraphDeps, SubgraphModule } from '../kernel/graphql/boot.js';
import { QuotaKeeper } from '../kernel/graphql/quota.keeper.js';
import { combineSlices, type Slice } from '../kernel/graphql/slice.js';
import { InputInvalid } from '../kernel/graphql/user-errors.js';
import { openStorage } from '../kernel/storage/storage.open.js';
import { AuditEvent, PlatformAuditEvent } from './audit/audit.entity.js';
import { AuditActorResolver, AuditEventConnectionResolver, AuditResolver } from './audit/audit.resolver.js';
import { AuditService } from './audit/audit.service.js';
import type { BackupServices } from './backup/backup.resolver.js';
import { BackupService } from './backup/backup.service.js';
import { backupSlice } from './backup/slice.js';
import { DataExportDownload } from './data-export/data-export.download.js';
import { DataExportFeed } from './data-export/data-export.feed.js';
import type { DataExportServices } from './data-export/data-export.resolver.js';
import { DataExportRun } from './data-export/data-export.run.js';
import { DataExportService } from './data-export/data-export.service.js';
import { dataExportSlice } from './data-export/slice.js';
import { erasureSlice } from './erasure.js';
import { ExportDownload } from './export/export.download.js';
import { serveVerifier } from './export/export.verifier.js';
import { ExportRun } from './export/export.run.js';
import { ExportService } from './export/export.service.js';
import { exportSlice } from './export/slice.js';
import type { IsolationServices } from './isolation/isolation.resolver.js';
import { IsolationService } from './isolation/isolation.service.js';
import { isolationSlice } from './isolation/slice.js';
import { LogKeyService } from './log/log-key.service.js';
import { keysDocument } from './log/log-key.document.js';
import { LogService } from './log/log.service.js';
import { logSlice } from './log/slice.js';
import { VerificationService } from './log/verification.service.js';
import { first } from './migrations/20261121-01-first.js';
import { apiKeyActors } from './migrations/20261124-01-api-key-actors.js';
import { auditSearch } from './migrations/20261129-50-audit-search.js';
import { permissions, rules } from './permissions.js';
import { sealedSlice } from './sealed.js';
import { SecurityEventFeed } from './security-event/security-event.feed.js';
import type { SecurityEventServices } from './security-event/security-event.resolver.js';
import { SecurityEventService } from './security-event/security-event.service.js';
import { securityEventSlice } from './security-event/slice.js';
import { tenantExportSlice } from './tenant-export.js';
import { tenantSnapshotSlice } from './tenant-snapshot.js';
import { tenantLimitSlice } from './tenant-limit/slice.js';
import { StorageMeasured } from './tenant-limit/tenant-limit.events.js';
import { complianceQuotas } from './tenant-limit/tenant-limit.js';

export interface ComplianceServices extends SecurityEventServices, IsolationServices, DataExportServices, BackupServices {
  deps: SubgraphDeps;
  audit: AuditService;
  log: LogService;
  logKeys: LogKeyService;
  verification: VerificationService;
  exports: ExportService;
  exportRun: ExportRun;
  exportDownload: ExportDownload;
  dataExportRun: DataExportRun;
  limits: QuotaKeeper;
}

const auditSlice: Slice = {
  resolvers: [AuditResolver, AuditActorResolver, AuditEventConnectionResolver],
  orphanedTypes: [InputInvalid],
  entities: [AuditEvent, PlatformAuditEvent],
  migrations: [first, apiKeyActors, auditSearch],
  platformTables: ['platform_audit_event', 'audit_quarantine'],
  definerFunctions: ['audit_search'],
  ids: { AuditEvent: 'aud', User: 'user' },
  permissions,
  rules,
};

export const compliance: SubgraphModule<ComplianceServices> = {
  definition: combineSlices('compliance', [auditSlice, logSlice, exportSlice, dataExportSlice, securityEventSlice, isolationSlice, backupSlice, tenantLimitSlice, sealedSlice, erasureSlice, tenantExportSlice, tenantSnapshotSlice]),
  services: (deps) => {
    const files = openStorage(deps.config);
    const quotas = complianceQuotas();
    return {
      deps, audit: new AuditService(quotas), log: new LogService(quotas), logKeys: new LogKeyService(deps), verification: new VerificationService(deps),
      exports: new ExportService(quotas), exportRun: new ExportRun(deps, files, crashAt(deps.config.crashAt)), exportDownload: new ExportDownload(deps, files),
      dataExports: new DataExportService(quotas), dataExportRun: new DataExportRun(deps, files, crashAt(deps.config.crashAt)),
      dataExportDownload: new DataExportDownload(deps, files), dataExportFeed: new DataExportFeed(deps.feed),
      limits: new QuotaKeeper(deps.unit, quotas, { measured: StorageMeasured, action: 'tenant_limit.apply' }, deps.logger),
      isolation: new IsolationService(deps), backups: new BackupService(deps), securityEvents: new SecurityEventService(), securityEventFeed: new SecurityEventFeed(deps.feed),
    };
  },
  routes: ({ logKeys, exportDownload, dataExportDownload }) => ({
    auditKeys: () => keysDocument(logKeys),
    auditExportDownload: (request) => exportDownload.serve(request),
    exportDownload: (request) => dataExportDownload.serve(request),
    auditVerifier: serveVerifier,
  }),
};
