// A person in a tenant, under the name and address used there.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type MembershipStatus = 'ACTIVE' | 'SUSPENDED';

export const Membership = defineEntity({
  name: 'Membership', tableName: 'membership', schema: 'identity',
  properties: {
    /** The account's id: one membership a person and tenant. */
    id: p.uuid().primary().fieldName('user_id'),
    tenantId: p.uuid(),
    displayName: p.text(),
    email: p.text(),
    status: p.text().$type<MembershipStatus>(),
    createdAt: p.datetime(3),
  },
});
