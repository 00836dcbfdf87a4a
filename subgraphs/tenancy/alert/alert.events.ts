// What tenancy announces of limits that are nearly reached.
import { z } from 'zod';
import { encodeId } from '../../kernel/base/ids.js';
import { defineEvent } from '../../kernel/messaging/events.js';

const SUBJECT = encodeId('tnt', '01930000-0000-7000-8000-000000000005');

export const UsageAlertRaised = defineEvent({
  name: 'UsageAlertRaised', version: 1,
  description: 'A tenant has used 80 or 100 percent of something, or keeps a plan that it had chosen to leave because more is used than the other allows, or an endpoint of its webhooks was switched off because it takes nothing. Everybody who holds `permission` is to be told, once for equal `dedupeKey`. Said again until they were.',
  payload: z.object({
    kind: z.enum(['USAGE_LIMIT', 'PLAN_KEPT', 'WEBHOOK_ENDPOINT_DISABLED']),
    /** Nobody in particular. */
    userIds: z.array(z.uuid()).max(0),
    permission: z.string(),
    /** Global id of the tenant, or of the endpoint. */
    subjectId: z.string(),
    params: z.union([z.object({ quota: z.string().max(40), percent: z.number().int(), used: z.number().int(), limit: z.number().int() }), z.object({ host: z.string().max(100) })]),
    dedupeKey: z.string().max(200),
  }),
  example: {
    kind: 'USAGE_LIMIT', userIds: [], permission: 'billing:manage', subjectId: SUBJECT,
    params: { quota: 'CONVERSATIONS', percent: 80, used: 800, limit: 1000 }, dedupeKey: `${SUBJECT}/CONVERSATIONS/2026-11-01/80`,
  },
  feed: false,
});
