// Owners are told when something is nearly used up.
import { z } from 'zod';
import type { Slice } from '../../kernel/graphql/slice.js';
import { announceAlertsJob, confirmAlertJob } from '../jobs.js';
import { UsageAlert } from './alert.entity.js';
import { UsageAlertRaised } from './alert.events.js';

/** Of identity's announcements, what is read here. */
const staffNotified = z.object({ dedupeKey: z.string() });

export const alertSlice: Slice = {
  entities: [UsageAlert],
  events: [UsageAlertRaised],
  jobs: [announceAlertsJob, confirmAlertJob],
  reactions: [{ from: 'identity', event: 'StaffNotified', version: 1, job: confirmAlertJob, payload: (tenantId, event) => ({ tenantId, ...staffNotified.parse(event) }) }],
};
