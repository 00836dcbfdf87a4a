// Attempts: lockout, throttles, and unlocking.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, personCan } from '../../kernel/graphql/rules.js';
import { attempt } from '../migrations/20261125-11-attempt.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { Attempt } from './attempt.entity.js';
import { AttemptResolver } from './attempt.resolver.js';
import { TooManyAttempts } from './attempt.type.js';

export const attemptSlice: Slice = {
  resolvers: [AttemptResolver],
  orphanedTypes: [TooManyAttempts],
  entities: [Attempt],
  migrations: [attempt],
  platformTables: ['attempt'],
  rules: {
    Mutation: { accountUnlock: personCan(MANAGE_USERS) },
    AccountUnlockPayload: each(inherited, 'countersCleared', 'userErrors'),
    TooManyAttempts: each(inherited, ...USER_ERROR_FIELDS, 'retryAt'),
  },
  mutations: { accountUnlock: { action: 'account.unlock', type: 'SECURITY', resource: 'User' } },
  classes: {
    User: { countersCleared: 'plain', kind: 'plain', locks: 'plain', of: 'plain', until: 'plain' },
  },
};
