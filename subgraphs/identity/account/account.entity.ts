// A person who can sign in. Belongs to no tenant: memberships join it to some.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Account = defineEntity({
  name: 'Account', tableName: 'account', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    /** Lower case; unique. */
    email: p.text(),
    passwordHash: p.text(),
    displayName: p.text(),
    createdAt: p.datetime(3),
  },
});
