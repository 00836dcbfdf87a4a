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

/** The last step of the demo, so its presence says that all of it is there. */
export const demoIsThere = async ({ conversations }: Pick<DemoServices, 'conversations'>): Promise<boolean> =>
  (await conversations.inboxes.byKey(DEMO_INBOX.key)) !== null;

/** @returns true when something was created */
export async function createDemo(services: DemoServices): Promise<boolean> {
  if (await demoIsThere(services)) return false;
  await Promise.all([
    demoTenancy(services.tenancy, demoTenancyFacts),
    demoIdentity(services.identity, demoIdentityFacts),
    demoCommerce(services.commerce, demoCommerceFacts),
    demoCompliance(services.compliance, demoComplianceFacts),
  ]);
  await demoConversations(services.conversations, demoConversationsFacts);
  return true;
}
