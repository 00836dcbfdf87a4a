// A key access tokens are signed with; the private half is sealed.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const SigningKey = defineEntity({
  name: 'SigningKey', tableName: 'signing_key', schema: 'identity',
  properties: {
    kid: p.uuid().primary(),
    publicJwk: p.json().$type<Record<string, unknown>>(),
    privateJwk: p.blob(),
    createdAt: p.datetime(3),
  },
});
