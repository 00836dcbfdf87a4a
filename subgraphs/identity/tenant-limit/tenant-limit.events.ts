// What identity tells of the use of limits.
import { defineEvent } from '../../kernel/messaging/events.js';
import { quotaReport } from '../../kernel/graphql/quota.keeper.js';

export const UsersMeasured = defineEvent({
  name: 'UsersMeasured', version: 1,
  description: 'How many people a tenant has, and which version of its limits is in force here. Of two, the one with the higher revision holds. Said again until tenancy has noted it.',
  payload: quotaReport,
  example: { limitsVersion: 2, measures: [{ name: 'USERS', startsAt: '1970-01-01T00:00:00.000Z', endsAt: null, used: 4, over: 0, revision: 7 }] },
  feed: false,
});
