// What compliance announces of security events. Payloads carry ids; whoever needs more reads it with its own rights.
import { z } from 'zod';
import { encodeId } from '../../kernel/base/ids.js';
import { defineEvent } from '../../kernel/messaging/events.js';
import type { AuditSeverity } from '../../kernel/messaging/audit.js';
import { RULE_NAMES } from './security-event.rules.js';

export const SecurityEventAdded = defineEvent({
  name: 'SecurityEventAdded', version: 1, description: 'Something in a tenant looks like an attack and waits to be acknowledged.',
  payload: z.object({ securityEventId: z.uuid() }), example: { securityEventId: '01930000-0000-7000-8000-000000000021' }, feed: true,
});

/** Who looks at security events is told of these. */
export const ALERTING: ReadonlySet<AuditSeverity> = new Set(['ERROR', 'CRITICAL']);

const ALERTED = encodeId('sev', '01930000-0000-7000-8000-000000000021');

export const SecurityAlertRaised = defineEvent({
  name: 'SecurityAlertRaised', version: 1,
  description: 'A security event calls for a person. Everybody who holds `permission` is to be told, once for equal `dedupeKey`.',
  payload: z.object({
    kind: z.literal('SECURITY_EVENT'),
    /** Nobody in particular. */
    userIds: z.array(z.uuid()).max(0),
    permission: z.string(),
    /** Global id of the security event. */
    subjectId: z.string(),
    params: z.object({ rule: z.enum(RULE_NAMES) }),
    dedupeKey: z.string().max(200),
  }),
  example: { kind: 'SECURITY_EVENT', userIds: [], permission: 'audit:manage', subjectId: ALERTED, params: { rule: 'REFRESH_REUSE' }, dedupeKey: ALERTED },
  feed: false,
});

/** What is said of one. @param again the day on which it went on after it had been quiet; null when it is new */
export const alertOf = (securityEventId: string, rule: (typeof RULE_NAMES)[number], again: string | null): z.input<typeof SecurityAlertRaised.payload> => {
  const subjectId = encodeId('sev', securityEventId);
  return { kind: 'SECURITY_EVENT', userIds: [], permission: 'audit:manage', subjectId, params: { rule }, dedupeKey: again === null ? subjectId : `${subjectId}/${again}` };
};
