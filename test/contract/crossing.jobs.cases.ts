// For crossing.jobs.test.ts: jobs that need no case of their own, and a graph that cannot be asked.
import { GraphUnavailable, type GraphClient } from '../../subgraphs/kernel/base/graph-client.js';

/** Jobs whose payload names a tenant and nothing in it, so that whatever they touch is that tenant's; and what is the platform's. */
export const OF_A_TENANT: readonly string[] = [
  'identity.announce', 'identity.confirm', 'tenancy.open', 'compliance.drill', 'compliance.backup',
  ...['identity', 'conversations', 'compliance'].flatMap((counts) => ['applyLimits', 'measure', 'confirmMeasure', 'recount'].map((job) => `${counts}.${job}`)),
  ...['identity', 'tenancy', 'conversations', 'commerce', 'compliance'].map((subgraph) => `${subgraph}.erase`),
  // By the catalogue, of the tenant it is told: workers/tenant-export/tenant-export.test.ts.
  ...['identity', 'tenancy', 'conversations', 'commerce', 'compliance'].map((subgraph) => `${subgraph}.exportTenant`),
  'identity.followTenant', 'tenancy.announceLife', 'tenancy.confirmLife', 'tenancy.beginErasure', 'tenancy.repeatErasure', 'tenancy.noteErasure',
  'commerce.expireOrders',
  'tenancy.orderRetention', 'conversations.purge', 'identity.purge', 'commerce.purge', 'tenancy.announceLimits', 'tenancy.noteUsage', 'tenancy.recount', 'tenancy.settlePlan', 'tenancy.announceAlerts',
];

/** Whoever works for somebody claims the work, and waits. */
export const NO_GRAPH: GraphClient = { query: () => Promise.reject(new GraphUnavailable('No graph here.')) };
