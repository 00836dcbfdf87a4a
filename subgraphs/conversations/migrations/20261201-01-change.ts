// What staff change or take back goes through the ledger as messages do; new words are kept there only while they wait.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';
const WAITS = `state in ('INTENT', 'ATTEMPTED', 'RETRY')`;

export const change = sqlMigration('20261201-01-change', [
  // A row is of the message it is called after, of a reaction to another one, or of a change of another one.
  `alter table ${S}.outbound drop column said_id`,
  `alter table ${S}.outbound
    add column amends uuid, add column change text check (change in ('EDIT', 'DELETION')), add column change_text text,
    add column said_id uuid generated always as (case when reaction_to is null and amends is null then message_id end) stored,
    add foreign key (tenant_id, said_id) references ${S}.message (tenant_id, id),
    add foreign key (tenant_id, amends) references ${S}.message (tenant_id, id),
    add constraint outbound_amends_check check ((amends is null) = (change is null) and (amends is null or reaction_to is null)),
    add constraint outbound_change_text_check check ((change_text is not null) = (coalesce(change = 'EDIT', false) and ${WAITS}))`,
  `create index outbound_said on ${S}.outbound (tenant_id, said_id) where said_id is not null`,
  `create index outbound_amends on ${S}.outbound (tenant_id, amends, message_id) where amends is not null`,
]);
