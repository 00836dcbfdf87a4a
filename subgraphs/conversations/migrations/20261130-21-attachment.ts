// Files of messages: what a customer sent and is fetched from the provider, and what staff upload to be sent.
import { appRole, tenantTable } from '../../kernel/data/kernel-tables.js';
import { storedFileTables, tallyFiles } from '../../kernel/data/meter-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const attachment = sqlMigration('20261130-21-attachment', [
  ...storedFileTables(S),
  ...tallyFiles(S),

  `create table ${S}.attachment (
    tenant_id uuid not null,
    id uuid not null,
    inbox_id uuid not null,
    message_id uuid,
    -- Place among the files of its message, from 0.
    position integer,
    source text not null check (source in ('CHANNEL', 'UPLOAD')),
    state text not null check (state in ('WAITING', 'FETCHING', 'STORED', 'REFUSED', 'GONE')),
    kind text check (kind in ('IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER')),
    -- Where the provider has it.
    external_id text,
    url text,
    claimed_type text,
    claimed_name text,
    claimed_size bigint,
    claimed_sha256 text,
    uploaded_by uuid,
    stored_type text,
    size bigint,
    sha256 text,
    storage_key text,
    reason text,
    attempts integer not null default 0,
    -- When something is to be done about it, or when whoever does something may be taken to be dead.
    due_at timestamptz(3),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id),
    foreign key (tenant_id, message_id) references ${S}.message (tenant_id, id),
    unique (tenant_id, message_id, position),
    check ((message_id is null) = (position is null)),
    -- What nobody has sent is there to be sent, or on its way out.
    check (message_id is not null or source = 'UPLOAD' or state = 'GONE'),
    check ((state = 'STORED') = (storage_key is not null)),
    check ((storage_key is null) = (stored_type is null) and (storage_key is null) = (size is null) and (storage_key is null) = (sha256 is null)),
    check ((state = 'REFUSED') = (reason is not null)),
    check (due_at is not null or state in ('STORED', 'REFUSED')),
    -- Of what is on its way out nothing is told any more.
    check (state <> 'GONE' or (message_id is null and coalesce(external_id, url, claimed_type, claimed_name, claimed_sha256) is null))
  )`,
  `create index attachment_due on ${S}.attachment (due_at) where due_at is not null`,
  ...tenantTable(S, 'attachment', 'select, insert, update, delete'),
  // A row outlives its file: what may still have one is not deleted.
  `create policy attachment_removal on ${S}.attachment as restrictive for delete to ${appRole(S)} using (state = 'GONE')`,
]);
