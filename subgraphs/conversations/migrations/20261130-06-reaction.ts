// Reactions of staff go through the ledger as messages do, and are in no conversation's list.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const staffReactions = sqlMigration('20261130-06-reaction', [
  // A row is of the message it is called after, or of a reaction to another one.
  `alter table ${S}.outbound drop constraint outbound_tenant_id_message_id_fkey,
    add column reaction_to uuid, add column emoji text,
    add column said_id uuid generated always as (case when reaction_to is null then message_id end) stored,
    add foreign key (tenant_id, said_id) references ${S}.message (tenant_id, id),
    add foreign key (tenant_id, reaction_to) references ${S}.message (tenant_id, id),
    add constraint outbound_emoji_check check (emoji is null or reaction_to is not null)`,
  `create index outbound_reaction on ${S}.outbound (tenant_id, reaction_to, message_id) where reaction_to is not null`,
  `create index outbound_said on ${S}.outbound (tenant_id, said_id) where said_id is not null`,
]);
