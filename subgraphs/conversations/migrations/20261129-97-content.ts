// Messages hold more than text; what is later said about them is kept as facts, so that their order does not matter.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const content = sqlMigration('20261129-97-content', [
  `alter table ${S}.message drop constraint message_type_check, drop constraint message_author_kind_check,
    alter column author_id drop not null,
    add column content jsonb, add column reply_to text, add column forwarded boolean not null default false, add column referral jsonb,
    add column edited_at timestamptz(3), add column deleted_at timestamptz(3),
    add constraint message_type_check check (type in ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'LOCATION', 'CONTACTS', 'CHOICE', 'ORDER', 'SHARE', 'SYSTEM', 'UNSUPPORTED')),
    add constraint message_author_kind_check check (author_kind in ('CONTACT', 'USER', 'CHANNEL')),
    add constraint message_author_check check ((author_kind = 'CHANNEL') = (author_id is null)),
    add constraint message_content_check check (content is null or type not in ('TEXT', 'UNSUPPORTED')),
    add constraint message_deleted_check check (deleted_at is null or coalesce(text, content::text, raw::text) is null)`,

  // Somebody whose number has changed is known by the new one; the old one still finds them.
  `alter table ${S}.contact_identity add column replaced_at timestamptz(3)`,

  // What was said about a message: by its provider's id, so that it may come first. Of each kind and side the latest holds.
  `create table ${S}.message_amendment (
    tenant_id uuid not null,
    inbox_id uuid not null,
    external_id text not null,
    kind text not null check (kind in ('EDIT', 'DELETION', 'REACTION')),
    side text not null check (side in ('CONTACT', 'BUSINESS')),
    occurred_at timestamptz(3) not null,
    event_id text not null,
    said jsonb,
    emoji text,
    primary key (tenant_id, inbox_id, external_id, kind, side),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id),
    check (said is null or kind = 'EDIT'),
    check (emoji is null or kind = 'REACTION')
  )`,
  ...tenantTable(S, 'message_amendment', 'select, insert, update'),

  // Up to when the customer has received and read what was sent to them, and the place of the last message that was told so.
  `create table ${S}.watermark (
    tenant_id uuid not null,
    conversation_id uuid not null,
    state text not null check (state in ('DELIVERED', 'READ')),
    up_to timestamptz(3) not null,
    seq integer not null,
    primary key (tenant_id, conversation_id, state),
    foreign key (tenant_id, conversation_id) references ${S}.conversation (tenant_id, id)
  )`,
  ...tenantTable(S, 'watermark', 'select, insert, update'),

  // Both go with what they are about, when its time is over, and not otherwise.
  ...['message_amendment', 'watermark'].flatMap((table) => [
    `grant delete on ${S}.${table} to ${appRole(S)}`,
    `create policy ${table}_retention on ${S}.${table} as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,
  ]),
]);
