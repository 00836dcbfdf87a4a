// Whom a reminder is for: the name under which the guest was last heard of, in the inbox that the tenant chose, or in any.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Attributes } from '../attribute/attribute.values.js';
import type { ChannelName } from '../channel/channel.port.js';

export interface Guest {
  conversationId: string | null;
  contactIds: readonly string[];
}

export interface Target {
  contactId: string;
  inboxId: string;
  channel: ChannelName;
  attributes: Attributes;
}

/** Who was found to be somebody else is written to as that. Inboxes that work go before those that are switched off. @returns null when no inbox knows them */
export async function targetOf({ tx }: UnitOfWork, { conversationId, contactIds }: Guest, inboxId: string | null): Promise<Target | null> {
  const { rows: [target] } = await sql<Target>`
    with recursive person(id) as (
      (select unnest(${[...contactIds]}::uuid[]) union select c.contact_id from conversations.conversation c where c.id = ${conversationId}::uuid)
      union select t.merged_into from conversations.contact t join person on person.id = t.id where t.merged_into is not null)
    select i.contact_id as "contactId", i.inbox_id as "inboxId", n.channel, t.attributes
    from person join conversations.contact_identity i on i.contact_id = person.id join conversations.inbox n on n.tenant_id = i.tenant_id and n.id = i.inbox_id
      join conversations.contact t on t.tenant_id = i.tenant_id and t.id = i.contact_id
    where n.state <> 'DELETED' and (${inboxId}::uuid is null or i.inbox_id = ${inboxId}::uuid)
    order by n.state = 'ACTIVE' desc, i.last_wrote_at desc nulls last, i.created_at desc limit 1`.execute(tx.getKysely());
  return target ?? null;
}
