// The send ledger: one row a message, from intent to the provider's answer.
import { defineEntity, p } from '@mikro-orm/postgresql';

/** INTENT and RETRY wait for an attempt; ATTEMPTED has one whose outcome is not known yet; the others are final. */
export type OutboundState = 'INTENT' | 'ATTEMPTED' | 'RETRY' | 'ACCEPTED' | 'REFUSED' | 'UNCONFIRMED';

export const Outbound = defineEntity({
  name: 'Outbound', tableName: 'outbound', schema: 'conversations',
  properties: {
    messageId: p.uuid().primary(),
    tenantId: p.uuid(),
    conversationId: p.uuid(),
    inboxId: p.uuid(),
    seq: p.integer(),
    state: p.text().$type<OutboundState>(),
    attempts: p.integer(),
    attemptedAt: p.datetime(3).nullable(),
    nextAttemptAt: p.datetime(3),
    refusal: p.text().nullable(),
    /** Its turn, when the pace of its inbox made it wait. */
    turnAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
