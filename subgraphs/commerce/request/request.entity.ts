// The key of a request, and what it led to.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Request = defineEntity({
  name: 'Request', tableName: 'request', schema: 'commerce',
  properties: {
    actorId: p.uuid().primary(),
    idempotencyKey: p.text().primary(),
    tenantId: p.uuid(),
    /** Of everything that was asked for. */
    requestHash: p.text(),
    resultId: p.uuid(),
    createdAt: p.datetime(3),
  },
});
