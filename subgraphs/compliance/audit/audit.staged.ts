// Our own reading of a staged event: what any subgraph wrote is checked before it enters the trail.
import { z } from 'zod';
import { AUDIT_OUTCOMES, AUDIT_SEVERITIES, AUDIT_TYPES, type StagedAudit } from '../../kernel/messaging/audit.js';
import { unsealed, type Unsealed } from '../log/seal.js';

// Indexed, so it must stay well below an index row's 2,704 bytes.
const name = z.string().max(200);
/** As `Date.toISOString` writes it, and within what the database holds. */
const instant = z.iso.datetime({ precision: 3 }).refine((text) => text >= '0001', { error: 'must be an instant after year 0' });
const facts = z.record(z.string(), z.unknown()).nullable();

const stagedAudit = z.strictObject({
  id: z.uuid(),
  action: name.min(1),
  type: z.enum(AUDIT_TYPES),
  severity: z.enum(AUDIT_SEVERITIES),
  outcome: z.enum(AUDIT_OUTCOMES),
  occurredAt: instant,
  actor: z.strictObject({ kind: z.enum(['anonymous', 'user', 'api_key', 'system']), id: name.nullable() }),
  resource: z.strictObject({ type: name, id: name.nullable() }).nullable(),
  reason: z.string().nullable(),
  correlationId: name,
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  before: facts,
  after: facts,
});

/** Our own staging also holds events that were in the trail before it was a log: they know who staged them first. */
const returnedAudit = stagedAudit.extend({ source: name.optional() });

export interface StagedRow {
  tenantId: string | null;
  id: string;
  /** The event as text. */
  event: string;
}

export type StagedReading = { ok: true; event: Unsealed } | { ok: false; reason: string };

/** @param schema whose staging the row was in */
export function readStaged(row: StagedRow, schema: string): StagedReading {
  const parsed = (schema === 'compliance' ? returnedAudit : stagedAudit).safeParse(JSON.parse(row.event));
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'event'}: ${issue.message}`);
    return { ok: false, reason: reasons.join('; ') };
  }
  const { source = schema, ...event }: StagedAudit & { source?: string | undefined } = parsed.data;
  if (event.id !== row.id) return { ok: false, reason: `id: is not that of its row, ${row.id}` };
  try {
    return { ok: true, event: unsealed(row.tenantId, source, event) };
  } catch (error) {
    // Such as a number that no double holds: nothing the log could commit to.
    return { ok: false, reason: `event: has no canonical form (${(error as Error).message})` };
  }
}
