// Everything a tenant has, handed to its owner: asked for, written by all subgraphs, assembled, downloaded by a signed link.
import { z } from 'zod';
import { each, evenClosed, inherited, personCan } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import type { JobReaction } from '../../kernel/messaging/jobs.js';
import { defineExportedEvent, exportOrder, exportPartAnswer } from '../../kernel/messaging/tenant-export.js';
import { ANSWERING } from '../erasure/erasure.service.js';
import { exportTenantJob, noteExportPartJob, runTenantExportJob } from '../jobs.js';
import { TenantStateWrong } from '../life/life.type.js';
import { tenantExport } from '../migrations/20261129-91-tenant-export.js';
import { LINK_PATH } from './tenant-export.download.js';
import { TenantExport } from './tenant-export.entity.js';
import { TenantExportOrdered } from './tenant-export.events.js';
import { TenantExportResolver } from './tenant-export.resolver.js';
import { TenantExportRunning } from './tenant-export.type.js';

const EXPORT = 'org:export';
/** It is what a grace is for. */
const EXPORTING = evenClosed(personCan(EXPORT));
const HOUR_MS = 3_600_000;

const TenancyExported = defineExportedEvent('tenancy');
/** Of the others' answers, what is read here. */
const answer = z.object({ ...exportPartAnswer.shape });
const noted = (subgraph: string) => (_tenantId: string, event: unknown) => ({ subgraph, ...answer.parse(event) });

export const tenantExportSlice: Slice = {
  resolvers: [TenantExportResolver],
  orphanedTypes: [TenantExportRunning, TenantStateWrong],
  entities: [TenantExport],
  migrations: [tenantExport],
  ids: { TenantExport: 'texp' },
  permissions: { [EXPORT]: 'Export everything the tenant has to an archive.' },
  rules: {
    Query: each(EXPORTING, 'tenantExport', 'tenantExports'),
    Mutation: each(EXPORTING, 'tenantExportRequest'),
    TenantExport: each(inherited, 'id', 'state', 'progress', 'rows', 'bytes', 'sha256', 'url', 'requestedAt', 'expiresAt', 'failure'),
    TenantExportConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    TenantExportEdge: each(inherited, 'node', 'cursor'),
    TenantExportRequestPayload: each(inherited, 'tenantExport', 'userErrors'),
    TenantExportRunning: each(inherited, 'message', 'code', 'field'),
  },
  mutations: { tenantExportRequest: { action: 'tenant.export', type: 'DATA_READ', resource: 'TenantExport' } },
  classes: { TenantExport: { repeated: 'plain', rows: 'plain', bytes: 'plain', sha256: 'plain' } },
  tenantExport: {
    job: exportTenantJob, event: TenancyExported, withheld: { 'webhook_endpoint.secrets': 'speak for us to programs of the tenant, which know them' },
    shown: {
      'webhook_endpoint.secret_overlap_until': 'a time, no secret',
      'tenant_export.idempotency_key': 'was chosen by the client', 'tenant_export.file_key': 'names a file that only the installation can read',
    },
  },
  routes: [{ name: 'tenantExportDownload', method: 'GET', path: `${LINK_PATH}:token`, auth: 'signature', maxBytes: 0, timeoutMs: 10_000, answerMs: HOUR_MS }],
  events: [TenantExportOrdered, TenancyExported],
  jobs: [exportTenantJob, noteExportPartJob, runTenantExportJob],
  triggers: [
    { event: TenantExportOrdered, job: exportTenantJob, payload: (_tenantId, event) => exportOrder.parse(event) },
    { event: TenancyExported, job: noteExportPartJob, payload: noted('tenancy') },
  ],
  reactions: ANSWERING.filter((name) => name !== 'tenancy').map((from): JobReaction => ({
    from, event: defineExportedEvent(from).name, version: 1, job: noteExportPartJob, payload: noted(from),
  })),
};
