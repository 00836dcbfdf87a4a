// What became of a reminder, and which refusal means which.
import type { Refusal } from '../../kernel/base/errors.js';

export const GUEST_REMINDER_OUTCOMES = [
  'SENT', 'SWITCHED_OFF', 'NOBODY', 'OPTED_OUT', 'BLOCKED', 'WINDOW_CLOSED', 'TEMPLATE_UNFIT', 'CHANNEL_UNAVAILABLE', 'LIMIT_REACHED', 'TOO_LATE',
] as const;
export type GuestReminderOutcome = (typeof GUEST_REMINDER_OUTCOMES)[number];

const MEANS: Readonly<Record<string, GuestReminderOutcome>> = {
  RecipientOptedOut: 'OPTED_OUT', ContactBlocked: 'BLOCKED', WindowClosed: 'WINDOW_CLOSED', TemplateMismatch: 'TEMPLATE_UNFIT', ChannelUnavailable: 'CHANNEL_UNAVAILABLE',
  QuotaExceeded: 'LIMIT_REACHED', ContactUnreachable: 'NOBODY',
  // The channel does not take what the reminder would say.
  InputInvalid: 'CHANNEL_UNAVAILABLE',
};

/** @throws the refusal when it is none that sending can be met with */
export function outcomeOf(refusal: Refusal): GuestReminderOutcome {
  const outcome = MEANS[refusal.typename];
  if (!outcome) throw refusal;
  return outcome;
}
