// What people are told of, and where unless they say otherwise.

export interface KindRule {
  inApp: boolean;
  email: boolean;
  /** Cannot be switched off. */
  mandatory: boolean;
}

export const KIND_RULES = {
  MESSAGE_UNCONFIRMED: { inApp: true, email: true, mandatory: false },
  MESSAGE_FAILED: { inApp: true, email: false, mandatory: false },
  INBOX_DISABLED: { inApp: true, email: true, mandatory: false },
  INBOX_TOKEN_EXPIRING: { inApp: true, email: true, mandatory: false },
  SECURITY_EVENT: { inApp: true, email: true, mandatory: false },
  USAGE_LIMIT: { inApp: true, email: true, mandatory: false },
  PLAN_KEPT: { inApp: true, email: true, mandatory: false },
  WEBHOOK_ENDPOINT_DISABLED: { inApp: true, email: true, mandatory: false },
  MENTIONED: { inApp: true, email: false, mandatory: false },
  SESSION_REUSED: { inApp: true, email: true, mandatory: true },
} as const satisfies Record<string, KindRule>;

export type NotificationKind = keyof typeof KIND_RULES;
export const NOTIFICATION_KINDS = Object.keys(KIND_RULES) as NotificationKind[];

export const ruleOf = (kind: NotificationKind): KindRule => KIND_RULES[kind];

/** Where a person is told of a kind. */
export interface Channels {
  inApp: boolean;
  email: boolean;
}

/** What a person chose, as far as the kind leaves a choice. */
export function channelsOf(kind: NotificationKind, chosen: Channels | null | undefined): Channels {
  const { mandatory, inApp, email } = ruleOf(kind);
  return mandatory || !chosen ? { inApp, email } : { inApp: chosen.inApp, email: chosen.email };
}
