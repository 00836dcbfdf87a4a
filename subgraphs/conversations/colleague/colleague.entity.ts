// Who works in the tenant, as identity last said.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type ColleagueStatus = 'ACTIVE' | 'SUSPENDED' | 'DELETED';

export const Colleague = defineEntity({
  name: 'Colleague', tableName: 'colleague', schema: 'conversations',
  properties: {
    userId: p.uuid().primary(),
    tenantId: p.uuid(),
    status: p.text().$type<ColleagueStatus>(),
    /** Of two words about one person, the one with the higher number holds. */
    revision: p.integer(),
  },
});
