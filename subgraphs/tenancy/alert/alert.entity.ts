// That owners were to be told of how much is used: once for each threshold in a month. A payload is what is announced until it is confirmed.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import type { UsageAlertRaised } from './alert.events.js';

export const UsageAlert = defineEntity({
  name: 'UsageAlert', tableName: 'usage_alert', schema: 'tenancy',
  properties: {
    tenantId: p.uuid(),
    name: p.text().primary(),
    /** Beginning of the month. */
    startsAt: p.datetime(3).primary(),
    percent: p.integer().primary(),
    /** Null: a higher one was reached at once, which says it all. */
    payload: p.json().$type<z.infer<typeof UsageAlertRaised.payload>>().nullable(),
    announcedAt: p.datetime(3),
    confirmedAt: p.datetime(3).nullable(),
  },
});
