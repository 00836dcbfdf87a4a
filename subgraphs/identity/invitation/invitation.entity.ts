// An address that may join a tenant, with the roles it is offered.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type InvitationEnd = 'ACCEPTED' | 'REVOKED' | 'EXPIRED';

export const Invitation = defineEntity({
  name: 'Invitation', tableName: 'invitation', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Lower case; null once somebody has joined with it. */
    email: p.text().nullable(),
    roleIds: p.array().$type<string[]>(),
    /** BCP 47 tag, for its mails and for the account it makes. */
    locale: p.text(),
    /** SHA-256 of what the newest mailed link carries. */
    tokenHash: p.text(),
    /** Whose rights the roles must be within, also when it is accepted. */
    invitedBy: p.uuid(),
    /** How many mails told of it, and when the last did. */
    mails: p.integer(),
    mailedAt: p.datetime(3),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    /** Null while it waits, also when its time is over: it can be sent again. */
    endedAt: p.datetime(3).nullable(),
    endedAs: p.text().$type<InvitationEnd>().nullable(),
    acceptedBy: p.uuid().nullable(),
  },
});
