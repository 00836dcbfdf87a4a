// How tenancy answers for its entities when another subgraph refers to one.
import { evenClosed, signedIn } from '../kernel/graphql/rules.js';
import type { Reference } from '../kernel/graphql/subgraph.js';
import { tenantById } from './tenant/tenant.loaders.js';

export const references: Record<string, Reference> = {
  Tenant: { rule: evenClosed(signedIn), resolve: (context, id) => context.load(tenantById, id) },
};
