// Which conversations have something to hand over, across tenants, as the system role sees them.
import type { Pool } from 'pg';

/** `$2`: the time of the product, which tests turn on. Of each conversation only the first open message can be due: the others wait for it, also while it waits to be tried again. Tenants take turns. */
const due = (state: 'INTENT' | 'RETRY'): string => `select "tenantId", "conversationId", "messageId", rank from (
    select "tenantId", "conversationId", "messageId", next_attempt_at, (row_number() over (partition by "tenantId" order by next_attempt_at))::int - 1 as rank from (
      select distinct on (tenant_id, conversation_id) tenant_id as "tenantId", conversation_id as "conversationId", message_id as "messageId",
        state, next_attempt_at, inbox_id
      from conversations.outbound where state in ('INTENT', 'RETRY') or (state = 'ATTEMPTED' and next_attempt_at > greatest(now(), $2))
      order by tenant_id, conversation_id, seq
    ) as first_open
    where next_attempt_at <= greatest(now(), $2) and state = '${state}' and not exists (select from conversations.inbox i where i.tenant_id = "tenantId" and i.id = inbox_id and i.state = 'DISABLED')
  ) as due order by rank, next_attempt_at limit $1`;

const FRESH = due('INTENT');
const AGAIN = due('RETRY');

export interface DueConversation {
  tenantId: string;
  conversationId: string;
  messageId: string;
  /** How many of its tenant are due before it. */
  rank: number;
}

/** Found at a time: few, so that whoever comes meanwhile is found soon. */
const MOST_FRESH = 64;

/** Whose first open message nobody has attempted. */
export const unsentConversations = async (system: Pool, now: Date): Promise<DueConversation[]> => (await system.query<DueConversation>(FRESH, [MOST_FRESH, now])).rows;

/** Whose first open message is to be attempted again: the provider refused it, or its turn has come. */
export const conversationsToRetry = async (system: Pool, most: number, now: Date): Promise<DueConversation[]> => (await system.query<DueConversation>(AGAIN, [most, now])).rows;
