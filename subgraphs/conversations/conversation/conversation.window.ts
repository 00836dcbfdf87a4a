// The window to write to somebody is theirs, whichever of their conversations in an inbox it opened in.
import { sql, type RawBuilder } from 'kysely';

/** When a contact last wrote to an inbox; null: never. */
export const lastWroteAt = (tenant: RawBuilder<unknown>, inbox: RawBuilder<unknown>, contact: RawBuilder<unknown>): RawBuilder<Date | null> => sql<Date | null>`(
  select max(c.last_inbound_at) from conversations.conversation c where c.tenant_id = ${tenant} and c.inbox_id = ${inbox} and c.contact_id = ${contact})`;
