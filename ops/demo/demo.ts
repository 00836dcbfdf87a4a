// Creates the demo tenants through each subgraph's own demo step. Repeating it changes nothing.
import { demoCommerce } from '../../subgraphs/commerce/demo.js';
import type { CommerceServices } from '../../subgraphs/commerce/subgraph.js';
import { demoCompliance } from '../../subgraphs/compliance/demo.js';
import type { ComplianceServices } from '../../subgraphs/compliance/subgraph.js';
import { demoConversations } from '../../subgraphs/conversations/demo.js';
import type { ConversationsServices } from '../../subgraphs/conversations/services.js';
import { demoIdentity } from '../../subgraphs/identity/demo.js';
import type { IdentityServices } from '../../subgraphs/identity/services.js';
import { demoTenancy } from '../../subgraphs/tenancy/demo.js';
import type { TenancyServices } from '../../subgraphs/tenancy/subgraph.js';
import { DEMO_INBOX, demoCommerceFacts, demoComplianceFacts, demoConversationsFacts, demoIdentityFacts, demoTenancyFacts } from './demo.facts.js';

export interface DemoServices {
  identity: IdentityServices;
  tenancy: TenancyServices;
  conversations: ConversationsServices;
  commerce: CommerceServices;
  compliance: ComplianceServices;
}

/** The last step of the demo, so its presence says that all of it is there; what was erased since is not to be there. */
export const demoIsThere = async ({ conversations, tenancy }: Pick<DemoServices, 'conversations' | 'tenancy'>): Promise<boolean> =>
  (await conversations.inboxes.byKey(DEMO_INBOX.key)) !== null || (await tenancy.erasure.erased([demoConversationsFacts.tenantId])).size > 0;

/** @returns true when something was created */
export async function createDemo(services: DemoServices): Promise<boolean> {
  if (await demoIsThere(services)) return false;
  const tenants = demoTenancyFacts.tenants.map(({ id }) => id);
  const gone = await services.tenancy.erasure.erased(tenants);
  const stays = (tenantId: string): boolean => !gone.has(tenantId);
  await Promise.all([
    demoTenancy(services.tenancy, { tenants: demoTenancyFacts.tenants.filter(({ id }) => stays(id)) }),
    demoIdentity(services.identity, { ...demoIdentityFacts, tenants: demoIdentityFacts.tenants.filter(({ tenantId }) => stays(tenantId)) }),
    ...(stays(demoCommerceFacts.tenantId) ? [demoCommerce(services.commerce, demoCommerceFacts)] : []),
    demoCompliance(services.compliance, { tenants: demoComplianceFacts.tenants.filter(({ tenantId }) => stays(tenantId)) }),
  ]);
  if (stays(demoConversationsFacts.tenantId)) await demoConversations(services.conversations, demoConversationsFacts);
  return true;
}
