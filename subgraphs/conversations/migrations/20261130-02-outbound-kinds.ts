// What staff send besides text.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const outboundKinds = sqlMigration('20261130-02-outbound-kinds', [
  `alter table conversations.message drop constraint message_type_check, add constraint message_type_check check (type in
    ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'LOCATION', 'CONTACTS', 'CHOICE', 'ORDER', 'SHARE', 'SYSTEM', 'UNSUPPORTED', 'CHOICES', 'TEMPLATE'))`,
]);
