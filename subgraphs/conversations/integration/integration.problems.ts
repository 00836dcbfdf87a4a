// What of a connection somebody should look at, as a table.
import type { DisabledReason, InboxState } from '../inbox/inbox.entity.js';

export interface IntegrationFacts {
  kind: 'INBOX' | 'CUSTOM';
  state: InboxState;
  disabledReason: DisabledReason | null;
  tokenExpiresAt: Date | null;
  lastReceivedAt: Date | null;
  lastTestAt: Date | null;
  lastTestCode: string | null;
  failedMessages: number;
  waitingDeliveries: number;
  failedDeliveries: number;
  /** In a row, of an integration of the tenant's own. */
  failures: number;
}

/** Tokens that end are exchanged, or asked for, this long before. */
export const TOKEN_WARNING_MS = 10 * 86_400_000;
const MANY_WAITING = 100;

/** The worst first. */
const PROBLEMS = {
  TOKEN_REFUSED: ({ disabledReason }: IntegrationFacts) => disabledReason === 'REAUTHORISE',
  DISABLED: ({ disabledReason }: IntegrationFacts) => disabledReason === 'MANUAL',
  TOKEN_EXPIRING: ({ tokenExpiresAt }: IntegrationFacts, now: Date) => tokenExpiresAt !== null && tokenExpiresAt.getTime() - now.getTime() < TOKEN_WARNING_MS,
  TEST_FAILED: ({ lastTestAt, lastTestCode }: IntegrationFacts) => lastTestAt !== null && lastTestCode !== null,
  DELIVERIES_FAILED: ({ failedDeliveries }: IntegrationFacts) => failedDeliveries > 0,
  DELIVERIES_WAITING: ({ waitingDeliveries }: IntegrationFacts) => waitingDeliveries > MANY_WAITING,
  ANSWERS_FAILED: ({ failures }: IntegrationFacts) => failures > 0,
  MESSAGES_FAILED: ({ failedMessages }: IntegrationFacts) => failedMessages > 0,
  NOTHING_RECEIVED: ({ kind, lastReceivedAt }: IntegrationFacts) => kind === 'INBOX' && lastReceivedAt === null,
};

export type IntegrationProblem = keyof typeof PROBLEMS;

export const problemsOf = (facts: IntegrationFacts, now: Date): IntegrationProblem[] =>
  (Object.entries(PROBLEMS) as [IntegrationProblem, (facts: IntegrationFacts, now: Date) => boolean][]).filter(([, is]) => is(facts, now)).map(([problem]) => problem);
