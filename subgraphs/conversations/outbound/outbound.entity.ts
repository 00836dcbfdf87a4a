// The send ledger: one row a message, from intent to the provider's answer.
import { defineEntity, p } from '@mikro-orm/postgresql';

/** INTENT and RETRY wait for an attempt; ATTEMPTED has one whose outcome is not known yet; the others are final. */
export type OutboundState = 'INTENT' | 'ATTEMPTED' | 'RETRY' | 'ACCEPTED' | 'REFUSED' | 'UNCONFIRMED';

/** What staff ask for of a message they sent. */
export type ChangeKind = 'EDIT' | 'DELETION';

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
    /** It is no message but a reaction to this one; its own id is then that of no message. */
    reactionTo: p.uuid().nullable(),
    /** Null: the reaction is taken off. */
    emoji: p.text().nullable(),
    /** It is no message but a change of this one; its own id is then that of no message. */
    amends: p.uuid().nullable(),
    change: p.text().$type<ChangeKind>().nullable(),
    /** Of an EDIT, while it waits. */
    changeText: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});
