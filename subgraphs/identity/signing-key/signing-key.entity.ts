// A key access tokens are signed with; the private half is sealed.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const SigningKey = defineEntity({
  name: 'SigningKey', tableName: 'signing_key', schema: 'identity',
  properties: {
    kid: p.uuid().primary(),
    publicJwk: p.json().$type<Record<string, unknown>>(),
    privateJwk: p.blob(),
    createdAt: p.datetime(3),
    /** From when on it signs; it is published from the first moment. */
    activatesAt: p.datetime(3),
    /** When it left the published set; null: it has not. */
    retiredAt: p.datetime(3).nullable(),
  },
});
