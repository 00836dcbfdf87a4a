// That somebody's access changed: ids only, so that whoever keeps an answer of identity's knows which to ask again.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const AccessChange = defineEntity({
  name: 'AccessChange', tableName: 'access_change', schema: 'identity',
  properties: {
    id: p.bigint().primary().autoincrement(),
    /** The tenant of the rows that changed, or the platform's. */
    home: p.uuid(),
    /** All null: everybody in `home`. */
    userId: p.uuid().nullable(),
    sessionId: p.uuid().nullable(),
    apiKeyId: p.uuid().nullable(),
    changedAt: p.datetime(3),
  },
});
