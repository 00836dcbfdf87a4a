// Exports of the audit trail: asked for, written by a job, downloaded by a signed link.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { exportJob } from '../jobs.js';
import { auditExport } from '../migrations/20261129-60-audit-export.js';
import { auditExportFailure } from '../migrations/20261129-81-audit-export-failure.js';
import { AuditExport } from './export.entity.js';
import { LINK_PATH } from './export.link.js';
import { ExportResolver } from './export.resolver.js';
import { AuditExportLimitReached } from './export.type.js';

const EXPORTING = can('audit:export');
const HOUR_MS = 3_600_000;

export const exportSlice: Slice = {
  resolvers: [ExportResolver],
  orphanedTypes: [AuditExportLimitReached],
  entities: [AuditExport],
  migrations: [auditExport, auditExportFailure],
  ids: { AuditExport: 'aexp' },
  permissions: { 'audit:export': 'Export the audit trail to a file, with its proofs.' },
  rules: {
    Query: each(EXPORTING, 'auditExport', 'auditExports'),
    Mutation: each(EXPORTING, 'auditExportRequest'),
    AuditExport: each(inherited, 'id', 'state', 'format', 'progress', 'rows', 'bytes', 'sha256', 'url', 'requestedAt', 'expiresAt', 'failure'),
    AuditExportConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    AuditExportEdge: each(inherited, 'node', 'cursor'),
    AuditExportRequestPayload: each(inherited, 'auditExport', 'userErrors'),
    AuditExportLimitReached: each(inherited, 'message', 'code', 'field'),
  },
  mutations: { auditExportRequest: { action: 'audit.export', type: 'DATA_READ', resource: 'AuditExport' } },
  classes: {
    AuditExport: {
      repeated: 'plain', format: 'plain', rows: 'plain', bytes: 'plain', sha256: 'plain',
      filter: 'plain', type: 'plain', types: 'plain', action: 'plain', actionPrefix: 'plain', actorId: 'plain', resourceType: 'plain', resourceId: 'plain', outcome: 'plain', severities: 'plain',
      correlationId: 'plain', text: 'personal', from: 'plain', to: 'plain',
    },
  },
  routes: [
    { name: 'auditExportDownload', method: 'GET', path: `${LINK_PATH}:token`, auth: 'signature', maxBytes: 0, timeoutMs: 10_000, answerMs: HOUR_MS },
    { name: 'auditVerifier', method: 'GET', path: '/.well-known/switchboard-verify-audit.mjs', auth: 'public', maxBytes: 0, timeoutMs: 5_000 },
  ],
  jobs: [exportJob],
};
