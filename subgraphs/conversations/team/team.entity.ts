// A team of staff, and who is in it.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Team = defineEntity({
  name: 'Team', tableName: 'team', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    /** The name in lower case: unique in the tenant, and the order of the list. */
    folded: p.text(),
    description: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});

export const TeamMember = defineEntity({
  name: 'TeamMember', tableName: 'team_member', schema: 'conversations',
  properties: {
    teamId: p.uuid().primary(),
    userId: p.uuid().primary(),
    tenantId: p.uuid(),
    addedAt: p.datetime(3),
  },
});
