// Audit events as they are staged beside the change they describe; compliance collects and keeps them.
import { ACTOR_ID_PREFIX, API_KEY_ID_PREFIX, type Actor } from '../base/actor.js';
import { encodeId, newId } from '../base/ids.js';
import { redacted, type AuditClasses, type AuditFacts } from './audit.redaction.js';

export const AUDIT_TYPES = [
  'AUTHENTICATION', 'AUTHORIZATION', 'DATA_READ', 'DATA_WRITE', 'DATA_DELETE', 'API', 'SECURITY', 'COMPLIANCE',
] as const;
export const AUDIT_SEVERITIES = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export const AUDIT_OUTCOMES = ['SUCCESS', 'FAILURE', 'DENIED'] as const;

export type AuditType = (typeof AUDIT_TYPES)[number];
export type AuditSeverity = (typeof AUDIT_SEVERITIES)[number];
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** What a mutation or job declares or says of itself. */
export interface AuditDraft {
  /** For an event that may be handed in again: its own id (UUIDv7) and time. The trail knows an event by both, so it is kept once. A new id, and now, when absent. */
  once?: { id: string; occurredAt: Date };
  action: string;
  type: AuditType;
  severity?: AuditSeverity;
  outcome: AuditOutcome;
  /** GraphQL type and UUID of what was touched; encoded to its API id when staged. */
  resource?: { type: string; id: string | null };
  /** Why it failed or was refused: a published code. */
  reason?: string;
  /** What was changed, as it was. Each property has a class in the subgraph's `classes`, which says what is kept of it. */
  before?: AuditFacts;
  /** What was changed, as it is now; classes as for `before`. */
  after?: AuditFacts;
  /** What is true of the attempt itself: told in the place of `after` where nothing was changed. Classes as for `before`. */
  attempt?: AuditFacts;
}

/** The staged form: JSON, ids in their API form. */
export interface StagedAudit {
  id: string;
  action: string;
  type: AuditType;
  severity: AuditSeverity;
  outcome: AuditOutcome;
  occurredAt: string;
  actor: { kind: Actor['kind']; id: string | null };
  resource: { type: string; id: string | null } | null;
  reason: string | null;
  correlationId: string;
  ip: string | null;
  userAgent: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

const SEVERITY_OF: Record<AuditOutcome, AuditSeverity> = { SUCCESS: 'INFO', FAILURE: 'WARNING', DENIED: 'WARNING' };

export interface AuditOrigin {
  actor: Actor;
  correlationId: string;
}

const actorId = ({ sub, apiKey }: Actor): string | null =>
  (sub !== null ? encodeId(ACTOR_ID_PREFIX, sub) : apiKey !== null ? encodeId(API_KEY_ID_PREFIX, apiKey) : null);

export interface Redaction {
  classes: AuditClasses;
  /** Of the tenant whose trail it is, for what is told by its keyed hash only. */
  key: Buffer | null;
}
const NOTHING_DECLARED: Redaction = { classes: {}, key: null };

/**
 * `ids` maps GraphQL type names to id prefixes. The only way from a draft to what is stored: whatever a draft holds, its properties are kept as their classes say.
 */
export function stagedAudit(
  draft: AuditDraft, origin: AuditOrigin, ids: Readonly<Record<string, string>>, now: Date, { classes, key }: Redaction = NOTHING_DECLARED,
): StagedAudit {
  const { actor } = origin;
  const facts = (of: AuditFacts | undefined): AuditFacts | null => (of ? redacted(of, classes[draft.resource?.type ?? ''], key) : null);
  const encode = ({ type, id }: { type: string; id: string | null }) => {
    const prefix = ids[type];
    return { type, id: id === null ? null : prefix ? encodeId(prefix, id) : id };
  };
  return {
    id: draft.once?.id ?? newId(),
    action: draft.action,
    type: draft.type,
    severity: draft.severity ?? SEVERITY_OF[draft.outcome],
    outcome: draft.outcome,
    occurredAt: (draft.once?.occurredAt ?? now).toISOString(),
    actor: { kind: actor.kind, id: actorId(actor) },
    resource: draft.resource ? encode(draft.resource) : null,
    reason: draft.reason ?? null,
    correlationId: origin.correlationId,
    ip: actor.ip,
    userAgent: actor.userAgent,
    before: facts(draft.before),
    after: facts(draft.after),
  };
}
