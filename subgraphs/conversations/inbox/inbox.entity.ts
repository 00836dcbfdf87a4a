// An inbox: one connected channel of a tenant, and how many of its messages failed lately.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { ChannelName } from '../channel/channel.port.js';

export type InboxReopen = 'SAME' | 'NEW';
/** DELETED: kept for the conversations it had, without credentials and without an address. */
export type InboxState = 'ACTIVE' | 'DISABLED' | 'DELETED';
/** MANUAL: somebody did. REAUTHORISE: the provider took its token for invalid. */
export type DisabledReason = 'MANUAL' | 'REAUTHORISE';

export const Inbox = defineEntity({
  name: 'Inbox', tableName: 'inbox', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** The public part of its webhook address. */
    key: p.text(),
    name: p.text(),
    channel: p.text().$type<ChannelName>(),
    /** Sealed JSON of what its channel needs, and of what is still accepted beside it (`SealedCredentials`); null once it is deleted. */
    credentials: p.blob().nullable(),
    /** Its address at the provider, which is nobody else's; null where nobody claims one. */
    externalId: p.text().nullable(),
    state: p.text().$type<InboxState>(),
    /** Whether a resolved conversation goes on when its customer writes, or a new one begins. */
    reopen: p.text().$type<InboxReopen>(),
    disabledReason: p.text().$type<DisabledReason>().nullable(),
    /** What the provider said. */
    disabledDetail: p.text().nullable(),
    disabledAt: p.datetime(3).nullable(),
    /** Since when it has the token it has, and is enabled: what was refused before says nothing of it. */
    authorisedAt: p.datetime(3),
    /** Until when what was rotated out is accepted of the provider's calls. */
    secretOverlapUntil: p.datetime(3).nullable(),
    tokenExpiresAt: p.datetime(3).nullable(),
    /** When staff were told that it ends. */
    tokenWarnedAt: p.datetime(3).nullable(),
    /** When it was last tried to be exchanged for a longer one. */
    tokenTriedAt: p.datetime(3).nullable(),
    /** Each to within a few seconds. */
    lastReceivedAt: p.datetime(3).nullable(),
    lastSentAt: p.datetime(3).nullable(),
    lastTestAt: p.datetime(3).nullable(),
    /** Null: it passed. */
    lastTestCode: p.text().nullable(),
    lastTestMessage: p.text().nullable(),
    /** The key its creation was asked with, and what of that was asked. */
    requestKey: p.text().nullable(),
    requestHash: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});

export const InboxFailure = defineEntity({
  name: 'InboxFailure', tableName: 'inbox_failure', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    hourOfDay: p.integer().primary(),
    tenantId: p.uuid(),
    hour: p.datetime(3),
    failed: p.integer(),
  },
});
