// Our own reading of a staged event: what any subgraph wrote is checked before it enters the trail.
import { z } from 'zod';
import { AUDIT_OUTCOMES, AUDIT_SEVERITIES, AUDIT_TYPES, type StagedAudit } from '../../kernel/messaging/audit.js';

// Indexed, so it must stay well below an index row's 2,704 bytes.
const name = z.string().max(200);
/** As `Date.toISOString` writes it, and within what the database holds. */
const instant = z.iso.datetime({ precision: 3 }).refine((text) => text >= '0001', { error: 'must be an instant after year 0' });
const facts = z.record(z.string(), z.unknown()).nullable();

const stagedAudit: z.ZodType<StagedAudit> = z.strictObject({
  id: z.uuid(),
  action: name.min(1),
  type: z.enum(AUDIT_TYPES),
  severity: z.enum(AUDIT_SEVERITIES),
  outcome: z.enum(AUDIT_OUTCOMES),
  occurredAt: instant,
  actor: z.strictObject({ kind: z.enum(['anonymous', 'user', 'api_key', 'system']), id: name.nullable() }),
  resource: z.strictObject({ type: name, id: name.nullable() }).nullable(),
  reason: z.string().nullable(),
  correlationId: z.string(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  before: facts,
  after: facts,
});

export type StagedReading = { ok: true; event: StagedAudit } | { ok: false; reason: string };

/** @param id of the staged row, which its event must carry too. @param json the event as text */
export function readStaged(id: string, json: string): StagedReading {
  const parsed = stagedAudit.safeParse(JSON.parse(json));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'event'}: ${issue.message}`);
    return { ok: false, reason: reasons.join('; ') };
  }
  if (parsed.data.id !== id) return { ok: false, reason: `id: is not that of its row, ${id}` };
  return { ok: true, event: parsed.data };
}
