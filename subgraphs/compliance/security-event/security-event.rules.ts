// The rules: which audit events are signs of what, how many within which time make an incident, and how bad it is. Said again in ops/docs/security/security-events.md.
import type { AuditOutcome, AuditSeverity } from '../../kernel/messaging/audit.js';
import {
  asksForForeignTenant, gainsPrivileges, gainsWideScopes, givesPrivileges, opensSession, spendsBackupCode, type PlaceKind, type SUBJECTS, type TrailEvent,
} from './security-event.signs.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** All that is given must hold. */
export interface Sign {
  /** Exact; every action when absent. */
  actions?: readonly string[];
  outcome?: AuditOutcome;
  reasons?: readonly string[];
  when?: (event: TrailEvent) => boolean;
}

export interface SecurityRule {
  description: string;
  signs: readonly Sign[];
  subject: keyof typeof SUBJECTS;
  /** Only what comes from a place that is new to a subject of whom others are known. */
  newPlace?: PlaceKind;
  /** So many signs of one subject within `windowMs` open an event; while it is open, each that follows within `windowMs` of the last raises it. */
  threshold: number;
  windowMs: number;
  severity: AuditSeverity;
}

const WRONG_PROOF = ['INVALID_CREDENTIALS', 'MFA_CODE_INVALID'] as const;
const SIGN_INS: readonly Sign[] = [
  { actions: ['auth.login', 'auth.mfa'], outcome: 'SUCCESS' }, { actions: ['mfa.enable'], outcome: 'SUCCESS', when: opensSession },
];

export const RULES = {
  BRUTE_FORCE_ACCOUNT: {
    description: 'Wrong passwords or codes for one account, from wherever they come.',
    signs: [{ outcome: 'FAILURE', reasons: WRONG_PROOF }], subject: 'resource', threshold: 5, windowMs: 15 * MINUTE, severity: 'ERROR',
  },
  BRUTE_FORCE_NETWORK: {
    description: 'Wrong passwords or codes from one network, for whichever accounts, and attempts that were not even judged any more.',
    signs: [{ outcome: 'FAILURE', reasons: [...WRONG_PROOF, 'RATE_LIMITED'] }], subject: 'network', threshold: 20, windowMs: 15 * MINUTE, severity: 'ERROR',
  },
  REFRESH_REUSE: {
    description: 'A spent refresh token came back: two have held it. Its sessions were ended.',
    signs: [{ actions: ['auth.refresh_reuse'] }], subject: 'actor', threshold: 1, windowMs: DAY, severity: 'CRITICAL',
  },
  CROSS_TENANT_ATTEMPT: {
    description: 'Somebody signed in asked for a session in a tenant they do not belong to. It was refused.',
    signs: [{ actions: ['auth.switch_tenant'], outcome: 'FAILURE', when: asksForForeignTenant }], subject: 'actor', threshold: 1, windowMs: DAY, severity: 'ERROR',
  },
  ID_PROBING: {
    description: 'One actor kept naming things that are not the tenant\'s: another tenant\'s, or nobody\'s. None was shown.',
    signs: [{ outcome: 'FAILURE', reasons: ['NOT_FOUND'] }], subject: 'actor', threshold: 10, windowMs: 10 * MINUTE, severity: 'WARNING',
  },
  DENIALS: {
    description: 'One actor kept asking for what it has no right to.',
    signs: [{ outcome: 'DENIED', reasons: ['FORBIDDEN'] }], subject: 'actor', threshold: 10, windowMs: 10 * MINUTE, severity: 'WARNING',
  },
  PRIVILEGE_GRANTED: {
    description: 'Somebody was given a role that manages people, keys or other rights, such as owner or administrator.',
    signs: [{ actions: ['role.grant'], outcome: 'SUCCESS', when: givesPrivileges }], subject: 'resource', threshold: 1, windowMs: DAY, severity: 'WARNING',
  },
  ROLE_WIDENED: {
    description: 'A role was made that manages people, keys or other rights, or gained such a right.',
    signs: [{ actions: ['role.create', 'role.update'], outcome: 'SUCCESS', when: gainsPrivileges }],
    subject: 'resource', threshold: 1, windowMs: DAY, severity: 'WARNING',
  },
  API_KEY_WIDE: {
    description: 'An API key was made that manages people or other rights, or gained such a scope.',
    signs: [{ actions: ['api_key.create', 'api_key.update'], outcome: 'SUCCESS', when: gainsWideScopes }],
    subject: 'resource', threshold: 1, windowMs: DAY, severity: 'WARNING',
  },
  WEBHOOK_SIGNATURE: {
    description: 'Calls to an inbox\'s webhook were not signed as agreed, again and again. Each counts once a minute and reason. None was read.',
    signs: [{ actions: ['webhook.bad_signature', 'webhook.missing_signature', 'webhook.bad_verify_token', 'webhook.bad_identity'], outcome: 'DENIED' }],
    subject: 'resource', threshold: 3, windowMs: 15 * MINUTE, severity: 'WARNING',
  },
  NEW_DEVICE: {
    description: 'Somebody signed in with a kind of browser or system not seen of them in half a year.',
    signs: SIGN_INS, subject: 'actor', newPlace: 'device', threshold: 1, windowMs: DAY, severity: 'INFO',
  },
  NEW_NETWORK: {
    description: 'Somebody signed in from a network not seen of them in half a year.',
    signs: SIGN_INS, subject: 'actor', newPlace: 'network', threshold: 1, windowMs: DAY, severity: 'INFO',
  },
  MFA_REMOVED: {
    description: 'Somebody gave up their second factor.',
    signs: [{ actions: ['mfa.disable'], outcome: 'SUCCESS' }], subject: 'actor', threshold: 1, windowMs: DAY, severity: 'WARNING',
  },
  BACKUP_CODE_USED: {
    description: 'Somebody used a backup code instead of their second factor.',
    signs: [{ outcome: 'SUCCESS', when: spendsBackupCode }], subject: 'actor', threshold: 1, windowMs: DAY, severity: 'WARNING',
  },
} as const satisfies Record<string, SecurityRule>;

export type SecurityRuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as SecurityRuleName[];
export const ruleOf = (name: SecurityRuleName): SecurityRule => RULES[name];

/** The rules an event is a sign for. */
export const rulesMet = (event: TrailEvent): SecurityRuleName[] => RULE_NAMES.filter((name) => ruleOf(name).signs.some((sign) => holds(sign, event)));

const holds = ({ actions, outcome, reasons, when }: Sign, event: TrailEvent): boolean =>
  (actions?.includes(event.action) ?? true) && (outcome ?? event.outcome) === event.outcome
  && (reasons?.includes(event.reason ?? '') ?? true) && (when?.(event) ?? true);
