// Staff open, resolve and snooze conversations; the clock wakes those whose time has come.
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { holdConversation, moveConversation, tryConversation } from './conversation.change.js';
import type { ConversationEvent } from './conversation.states.js';

const LONGEST_SLEEP_DAYS = 366;
const DAY_MS = 24 * 60 * 60_000;

export interface Move {
  id: string;
  event: Extract<ConversationEvent, 'OPENED' | 'RESOLVED' | 'SNOOZED'>;
  until?: Date | null;
  /** The newest message the person has seen: if the customer has written since, nothing happens. */
  seenSeq?: number | null;
}

export class ConversationLife {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** What is so already stays so, and is no error. @throws Refusal ConversationNotFound, ConversationChanged, ConversationStateWrong, AnotherConversationOpen, InputInvalid */
  move(context: OperationContext, { id, event, until = null, seenSeq = null }: Move): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
      checkUntil(until, unit.now);
      const held = await holdConversation(unit, id);
      if (seenSeq !== null && seenSeq < held.lastSeq) throw changedSince('There are newer messages than you have seen.', ['input', 'seenSeq']);
      const sleep = (date: Date | null) => (date === null ? {} : { until: date.toISOString() });
      const before = { status: held.status, ...sleep(held.snoozedUntil) };
      const status = event !== 'SNOOZED' && TARGET[event] === held.status ? held.status : await moveConversation(unit, held, event, until);
      audit.draft = { ...audit.draft, before, after: { status, ...sleep(until) } };
    });
  }

  /** Once, however many ask: whoever comes second finds it awake. @returns false when there is nothing to wake */
  wake(tenantId: string, id: string): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `wake-${id}` }, async (unit) => {
      const held = await tryConversation(unit, id);
      if (!held?.snoozedUntil || held.snoozedUntil > unit.now) return false;
      const status = await moveConversation(unit, held, 'WOKE');
      unit.audit({
        action: 'conversation.wake', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id },
        before: { status: held.status, until: held.snoozedUntil.toISOString() }, after: { status },
      });
      return true;
    });
  }
}

const TARGET = { OPENED: 'OPEN', RESOLVED: 'RESOLVED' } as const;

export const changedSince = (message: string, field: readonly string[]): Refusal => new Refusal('ConversationChanged', ErrorCode.WRONG_STATE, message, field);

/** @throws Refusal InputInvalid */
function checkUntil(until: Date | null, now: Date): void {
  if (until === null) return;
  if (until <= now) throw invalidInput('It would wake at once: this time is over.', ['input', 'until']);
  if (until.getTime() > now.getTime() + LONGEST_SLEEP_DAYS * DAY_MS) throw invalidInput(`Nothing is snoozed for more than ${LONGEST_SLEEP_DAYS} days.`, ['input', 'until']);
}
