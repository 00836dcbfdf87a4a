// What a tenant demands of its people's sign-ins. A tenant without a row has the defaults.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const SecurityPolicy = defineEntity({
  name: 'SecurityPolicy', tableName: 'security_policy', schema: 'identity',
  properties: {
    tenantId: p.uuid().primary(),
    mfaRequired: p.boolean(),
    /** A session ends when it was not used for so long. */
    sessionIdleMinutes: p.integer(),
    /** A session ends so long after the sign-in, however much it is used. */
    sessionAbsoluteMinutes: p.integer(),
    updatedAt: p.datetime(3),
  },
});
