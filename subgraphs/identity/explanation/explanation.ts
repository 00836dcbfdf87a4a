// Why somebody may do something at an instant, or may not: judged from facts alone, each of them a reason.
import type { MembershipStatus } from '../membership/membership.entity.js';
import type { RoleGrant } from '../role/role.service.js';
import type { AccessFacts, GrantFact } from './explanation.facts.js';

export const REASON_KINDS = [
  'UNKNOWN_PERMISSION', 'PLATFORM_SCOPE', 'MEMBERSHIP', 'ROLE', 'ROLE_WITHOUT_IT', 'GRANT_EXPIRED', 'GRANT_REVOKED', 'GRANT_LATER', 'NO_ROLE',
] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];

export interface Reason {
  kind: ReasonKind;
  text: string;
  grant: GrantFact | null;
}

export interface Judgement {
  allowed: boolean;
  reasons: Reason[];
}

export interface Question {
  permission: string;
  at: Date;
  /** Whether some subgraph publishes it. */
  exists: boolean;
  /** Asked within a tenant, not the platform. */
  inTenant: boolean;
  permissionsOf(grants: readonly RoleGrant[]): string[];
}

const instant = (date: Date): string => `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export function judge(facts: AccessFacts, question: Question): Judgement {
  const { permission, at } = question;
  if (!question.exists) return { allowed: false, reasons: [{ kind: 'UNKNOWN_PERMISSION', text: `There is no permission ${permission}.`, grant: null }] };
  const reasons: Reason[] = [];
  if (question.inTenant && permission.startsWith('system:')) {
    reasons.push({ kind: 'PLATFORM_SCOPE', text: `${permission} is the platform's: no role of a tenant gives it.`, grant: null });
  }
  const membership = membershipAt(facts, at);
  reasons.push({ kind: 'MEMBERSHIP', text: membership.text, grant: null });
  const grants = facts.grants.flatMap((grant) => reasonOf(grant, givesAt(grant, facts, question), question) ?? []);
  reasons.push(...grants);
  if (grants.length === 0) reasons.push({ kind: 'NO_ROLE', text: `No role was held at ${instant(at)}.`, grant: null });
  return { allowed: membership.active && grants.some(({ kind }) => kind === 'ROLE'), reasons };
}

function membershipAt({ joinedAt, status, changes }: AccessFacts, at: Date): { active: boolean; text: string } {
  if (at < joinedAt) return { active: false, text: `Not a member yet: joined at ${instant(joinedAt)}.` };
  const [before, later] = [changes.filter(({ changedAt }) => changedAt <= at), changes.some(({ changedAt }) => changedAt > at)];
  const last = before.at(-1);
  const then: MembershipStatus = later ? last?.status ?? 'ACTIVE' : status;
  return { active: then === 'ACTIVE', text: `The membership is ${then} since ${instant(last?.changedAt ?? joinedAt)}.` };
}

/**
 * Whether the role gave it at that instant; where the grant did not stand then, at its beginning or before its end. Presets are
 * judged as they are now: what an older release gave is not kept.
 */
function givesAt({ role, grantedAt, expiresAt, endedAt }: GrantFact, { versions }: AccessFacts, { permission, at, permissionsOf }: Question): boolean {
  const end = Math.min(expiresAt?.getTime() ?? Infinity, endedAt?.getTime() ?? Infinity);
  const then = Math.max(Math.min(at.getTime(), end - 1), grantedAt.getTime());
  const version = versions.get(role.id)?.findLast(({ since }) => since.getTime() <= then);
  return permissionsOf([{ preset: role.preset, permissions: version?.permissions ?? role.listed }]).includes(permission);
}

/** Null when the grant has nothing to do with it: it had ended, or had not begun, and would not have given it. */
function reasonOf(grant: GrantFact, gives: boolean, { permission, at }: Question): Reason | null {
  const { role: { name }, grantedAt, expiresAt, endedAt } = grant;
  const reason = (kind: ReasonKind, text: string): Reason | null => (gives || kind === 'ROLE_WITHOUT_IT' ? { kind, text, grant } : null);
  if (grantedAt > at) return reason('GRANT_LATER', `${name} would give it, and was granted later: at ${instant(grantedAt)}.`);
  if (expiresAt && expiresAt <= at && (!endedAt || expiresAt <= endedAt)) return reason('GRANT_EXPIRED', `${name} gave it until ${instant(expiresAt)}.`);
  if (endedAt && endedAt <= at) return reason('GRANT_REVOKED', `${name} gave it until it was taken away at ${instant(endedAt)}.`);
  if (!gives) return reason('ROLE_WITHOUT_IT', `${name} does not give ${permission}.`);
  const until = expiresAt ? `, until ${instant(expiresAt)}` : '';
  return reason('ROLE', `${name} gives it: granted at ${instant(grantedAt)}${until}.`);
}
