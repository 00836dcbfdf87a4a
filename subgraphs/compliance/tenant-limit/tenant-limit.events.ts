// What compliance tells of the use of limits.
import { defineEvent } from '../../kernel/messaging/events.js';
import { quotaReport } from '../../kernel/graphql/quota.keeper.js';

export const StorageMeasured = defineEvent({
  name: 'StorageMeasured', version: 1,
  description: 'How many bytes of files compliance keeps of a tenant, and which version of its limits is in force here. Of two, the one with the higher revision holds. Said again until tenancy has noted it.',
  payload: quotaReport,
  example: { limitsVersion: 2, measures: [{ name: 'STORAGE_BYTES', startsAt: '1970-01-01T00:00:00.000Z', endsAt: null, used: 48_213, over: 0, revision: 3 }] },
  feed: false,
});
