// A mail from its queueing until it is sent or given up.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type MailState = 'QUEUED' | 'SENT' | 'FAILED';

export const Mail = defineEntity({
  name: 'Mail', tableName: 'mail', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Which text it is, for operators: nothing of what it says. */
    kind: p.text(),
    /** Recipient and content; null once settled. */
    sealed: p.blob().nullable(),
    state: p.text().$type<MailState>(),
    attempts: p.integer(),
    nextAttemptAt: p.datetime(3),
    /** What it says is of no use afterwards. */
    expiresAt: p.datetime(3),
    createdAt: p.datetime(3),
    settledAt: p.datetime(3).nullable(),
    /** A reply code or a word of ours, never the server's sentence: that may hold an address. */
    failure: p.text().nullable(),
  },
});
