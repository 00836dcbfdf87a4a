// Backups: looked after by who looks after the platform.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { backupJob } from '../jobs.js';
import { backupRuns } from '../migrations/20261202-61-backup.js';
import { tenantBackups } from '../migrations/20261202-65-tenant-backup.js';
import { backupRunLists } from '../migrations/20261202-66-backup-lists.js';
import { PLATFORM_PERMISSION } from '../permissions.js';
import { BackupLog, BackupRun } from './backup.entity.js';
import { BackupResolver } from './backup.resolver.js';
import { BackupRunning, BackupsNotConfigured } from './backup.type.js';

const ADMINISTERING = can(PLATFORM_PERMISSION);

export const backupSlice: Slice = {
  resolvers: [BackupResolver],
  orphanedTypes: [BackupRunning, BackupsNotConfigured],
  entities: [BackupRun, BackupLog],
  migrations: [backupRuns, tenantBackups, backupRunLists],
  platformTables: ['backup_run', 'backup_log'],
  ids: { BackupRun: 'bkr' },
  rules: {
    Query: each(ADMINISTERING, 'backupRuns', 'backupStatus'),
    Mutation: each(ADMINISTERING, 'backupCreate', 'backupVerify', 'tenantBackupCreate'),
    BackupRun: each(
      inherited, 'id', 'kind', 'state', 'slot', 'label', 'tenantId', 'backupId', 'requestedAt', 'startedAt', 'finishedAt', 'seconds', 'phase', 'progress', 'content', 'stored', 'wanted', 'level', 'latest',
      'findings', 'failure',
    ),
    BackupRunConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    BackupRunEdge: each(inherited, 'node', 'cursor'),
    BackupStatus: each(inherited, 'configured', 'nextAt', 'keptUntil', 'failing', 'alarm', 'alarmAt'),
    BackupCreatePayload: each(inherited, 'run', 'userErrors'),
    BackupVerifyPayload: each(inherited, 'run', 'userErrors'),
    TenantBackupCreatePayload: each(inherited, 'run', 'userErrors'),
    BackupRunning: each(inherited, 'message', 'code', 'field'),
    BackupsNotConfigured: each(inherited, 'message', 'code', 'field'),
  },
  mutations: {
    backupCreate: { action: 'backup.request', type: 'SECURITY', resource: 'BackupRun' },
    tenantBackupCreate: { action: 'backup.request_tenant', type: 'SECURITY', resource: 'BackupRun' },
    backupVerify: { action: 'backup.request_verification', type: 'SECURITY', resource: 'BackupRun' },
  },
  classes: {
    BackupRun: { label: 'plain', tenant: 'plain', backup: 'plain', manifestSha256: 'plain', content: 'plain', stored: 'plain', wanted: 'plain', level: 'plain', findings: 'plain' },
  },
  jobs: [backupJob],
};
