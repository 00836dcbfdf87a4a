// What is read of an inbox: all but its credentials and what its creation was asked with.
import type { Selectable } from 'kysely';
import type { ConversationTables } from '../tables.js';

export const INBOX_COLUMNS = [
  'id', 'key', 'name', 'channel', 'externalId', 'state', 'reopen', 'disabledReason', 'disabledDetail', 'disabledAt', 'secretOverlapUntil', 'tokenExpiresAt', 'lastReceivedAt', 'lastSentAt',
  'lastTestAt', 'lastTestCode', 'lastTestMessage', 'createdAt',
] as const;

export type InboxRow = Pick<Selectable<ConversationTables['Inbox']>, (typeof INBOX_COLUMNS)[number]>;
