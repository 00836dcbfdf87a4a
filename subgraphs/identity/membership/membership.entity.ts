// A person in a tenant, under the name and address used there; and when that changed.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type MembershipStatus = 'ACTIVE' | 'SUSPENDED' | 'DELETED';

export const Membership = defineEntity({
  name: 'Membership', tableName: 'membership', schema: 'identity',
  properties: {
    /** The account's id: one membership a person and tenant. */
    id: p.uuid().primary().fieldName('user_id'),
    tenantId: p.uuid(),
    /** Stays when the person leaves: what they wrote keeps its author. */
    displayName: p.text(),
    /** Null once they have left. */
    email: p.text().nullable(),
    status: p.text().$type<MembershipStatus>(),
    createdAt: p.datetime(3),
    /** When their removal was last announced; null otherwise, and once their open work is released. */
    removalAnnouncedAt: p.datetime(3).nullable(),
  },
});

/** The state of a membership from `changedAt` on; before the first of them it is ACTIVE since its creation. */
export const MembershipChange = defineEntity({
  name: 'MembershipChange', tableName: 'membership_change', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    userId: p.uuid(),
    status: p.text().$type<MembershipStatus>(),
    changedBy: p.uuid().nullable(),
    changedAt: p.datetime(3),
  },
});
