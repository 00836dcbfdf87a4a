// How much of something a tenant uses in a month, or of what lasts; as whoever counts it reported it last.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Usage = defineEntity({
  name: 'Usage', tableName: 'usage', schema: 'tenancy',
  properties: {
    tenantId: p.uuid(),
    name: p.text().primary(),
    startsAt: p.datetime(3).primary(),
    /** Null: it lasts. */
    endsAt: p.datetime(3).nullable(),
    used: p.bigint('number'),
    /** Beyond what was granted. */
    over: p.bigint('number'),
    /** How much of `over` is on invoices. */
    billed: p.bigint('number'),
    /** Rises with each change of the counter. */
    revision: p.bigint('number'),
  },
});
