// Exports of lists of the graph: asked for, read and written by a job as whoever asked, downloaded by a link of theirs.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { dataExportJob } from '../jobs.js';
import { dataExport } from '../migrations/20261202-51-data-export.js';
import { LINK_PATH } from './data-export.download.js';
import { DataExport, DataExportPart } from './data-export.entity.js';
import { ExportProgressed } from './data-export.events.js';
import { DataExportFeedResolver, DataExportResolver, ExportProgressedResolver } from './data-export.resolver.js';
import { EXPORT_PERMISSION, MANAGE_PERMISSION } from './data-export.service.js';
import { ExportEnded, ExportFeedGap, ExportLimit, ExportNotFound, ExportProgressedEvent } from './data-export.type.js';

const EXPORTING = can(EXPORT_PERMISSION);
const HOUR_MS = 3_600_000;
const USER_ERROR_FIELDS = ['message', 'code', 'field'] as const;

export const dataExportSlice: Slice = {
  resolvers: [DataExportResolver, ExportProgressedResolver, DataExportFeedResolver],
  orphanedTypes: [ExportLimit, ExportNotFound, ExportEnded, ExportProgressedEvent, ExportFeedGap],
  entities: [DataExport, DataExportPart],
  migrations: [dataExport],
  ids: { Export: 'exp' },
  permissions: { [EXPORT_PERMISSION]: 'Export lists of what one may read to files.', [MANAGE_PERMISSION]: 'See and cancel the exports of everybody.' },
  rules: {
    Query: each(EXPORTING, 'export', 'exports'),
    Mutation: each(EXPORTING, 'exportCreate', 'exportCancel'),
    Subscription: each(EXPORTING, 'exportProgress'),
    Export: each(
      inherited, 'id', 'state', 'format', 'title', 'columns', 'rows', 'estimatedRows', 'written', 'sizeBytes', 'sha256', 'manifest', 'url', 'requestedBy', 'requestedAt', 'expiresAt', 'error',
    ),
    ExportConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    ExportEdge: each(inherited, 'node', 'cursor'),
    ExportCreatePayload: each(inherited, 'export', 'userErrors'),
    ExportCancelPayload: each(inherited, 'export', 'userErrors'),
    ExportLimit: each(inherited, ...USER_ERROR_FIELDS, 'resetsAt'),
    ExportNotFound: each(inherited, ...USER_ERROR_FIELDS),
    ExportEnded: each(inherited, ...USER_ERROR_FIELDS),
    ExportProgressed: each(inherited, 'cursor', 'export'),
    ExportFeedGap: each(inherited, 'cursor', 'reason'),
  },
  mutations: {
    exportCreate: { action: 'export.create', type: 'DATA_READ', resource: 'Export' },
    exportCancel: { action: 'export.cancel', type: 'DATA_WRITE', resource: 'Export' },
  },
  classes: {
    Export: { repeated: 'plain', format: 'plain', list: 'plain', operation: 'plain', columns: 'plain', rows: 'plain', bytes: 'plain', sha256: 'plain', manifestSha256: 'plain' },
  },
  routes: [{ name: 'exportDownload', method: 'GET', path: `${LINK_PATH}:token`, auth: 'signature', maxBytes: 0, timeoutMs: 10_000, answerMs: HOUR_MS }],
  events: [ExportProgressed],
  jobs: [dataExportJob],
};
