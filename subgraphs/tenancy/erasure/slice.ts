// The end of a tenant: erased everywhere once its grace is over, with a receipt.
import { z } from 'zod';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { defineErasedEvent } from '../../kernel/messaging/erasure.js';
import type { JobReaction } from '../../kernel/messaging/jobs.js';
import { beginErasureJob, eraseJob, noteErasureJob, repeatErasureJob } from '../jobs.js';
import { tenantErasure } from '../migrations/20261129-75-tenant-erasure.js';
import { erasedRows } from '../migrations/20261129-92-erased-rows.js';
import { TenantErasure } from './erasure.entity.js';
import { TenantErasureOrdered } from './erasure.events.js';
import { ErasureResolver } from './erasure.resolver.js';
import { ANSWERING } from './erasure.service.js';

/** Of the others' answers, what is read here. */
const answer = z.object({ tenantId: z.uuid(), tables: z.array(z.object({ table: z.string(), rows: z.number() })) });
const TenancyErased = defineErasedEvent('tenancy');
const noted = (subgraph: string) => (_tenantId: string, event: unknown) => ({ subgraph, ...answer.parse(event) });

export const erasureSlice: Slice = {
  resolvers: [ErasureResolver],
  entities: [TenantErasure],
  migrations: [tenantErasure, erasedRows],
  platformTables: ['tenant_erasure'],
  rules: {
    Query: { tenantErasure: can('system:admin') },
    TenantErasure: each(inherited, 'tenantId', 'startedAt', 'finishedAt', 'receipts'),
    TenantErasureReceipt: each(inherited, 'subgraph', 'erasedAt', 'tables'),
    TenantErasureTable: each(inherited, 'table', 'rows'),
  },
  classes: { Tenant: { receipts: 'plain', subgraph: 'plain', tables: 'plain', table: 'plain', rows: 'plain' } },
  erasure: { kept: {}, event: TenancyErased, job: eraseJob },
  events: [TenantErasureOrdered, TenancyErased],
  jobs: [beginErasureJob, repeatErasureJob, noteErasureJob, eraseJob],
  triggers: [
    { event: TenantErasureOrdered, job: eraseJob, payload: (_tenantId, event) => TenantErasureOrdered.payload.parse(event) },
    { event: TenancyErased, job: noteErasureJob, payload: noted('tenancy') },
  ],
  reactions: ANSWERING.filter((name) => name !== 'tenancy').map((from): JobReaction => ({
    from, event: defineErasedEvent(from).name, version: 1, job: noteErasureJob, payload: noted(from),
  })),
};
