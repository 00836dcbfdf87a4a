// "Everything up to here" is kept by the name of the person it is told of: it may come before there is anything it could hold for.
import { OWNER_ROLE, appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';
const READ = ['watermark', 'conversation', 'contact_identity'];

export const watermarkKept = sqlMigration('20261201-11-watermark-kept', [
  // No contact: nobody is known yet, who reads what another program wrote to them.
  `create table ${S}.contact_watermark (
    tenant_id uuid not null,
    inbox_id uuid not null,
    external_id text not null,
    state text not null check (state in ('DELIVERED', 'READ')),
    up_to timestamptz(3) not null,
    primary key (tenant_id, inbox_id, external_id, state),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  )`,
  // What conversations were told until now was told of everybody by whose name their contact is known.
  ...READ.map((table) => `create policy ${table}_backfill on ${S}.${table} for select to ${OWNER_ROLE} using (true)`),
  `insert into ${S}.contact_watermark (tenant_id, inbox_id, external_id, state, up_to)
    select i.tenant_id, i.inbox_id, i.external_id, w.state, max(w.up_to) from ${S}.watermark w
    join ${S}.conversation c on c.tenant_id = w.tenant_id and c.id = w.conversation_id
    join ${S}.contact_identity i on i.tenant_id = c.tenant_id and i.contact_id = c.contact_id and i.inbox_id = c.inbox_id
    group by i.tenant_id, i.inbox_id, i.external_id, w.state`,
  ...READ.map((table) => `drop policy ${table}_backfill on ${S}.${table}`),
  ...tenantTable(S, 'contact_watermark', 'select, insert, update, delete'),
  // It goes with the contact, or with what is told of messages that are not here, and not otherwise.
  `create policy contact_watermark_retention on ${S}.contact_watermark as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,
]);
