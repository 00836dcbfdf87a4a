// The inbox and contacts of a demo tenant. Repeating it changes nothing; conversations come through the signed webhook.
import type { NewInbox } from './inbox/inbox.service.js';
import type { KnownContact } from './contact/contact.service.js';
import type { ConversationsServices } from './services.js';

export interface DemoConversations {
  tenantId: string;
  inbox: NewInbox;
  contacts: Omit<KnownContact, 'inboxId'>[];
}

export async function demoConversations({ inboxes, contacts }: ConversationsServices, facts: DemoConversations): Promise<void> {
  const inboxId = await inboxes.create(facts.tenantId, facts.inbox);
  for (const contact of facts.contacts) await contacts.create(facts.tenantId, { ...contact, inboxId }, 'demo');
}
