// Audit events as signs: which rule each meets, and of whom it tells.
import { ruleOf, rulesMet, type SecurityRuleName } from './security-event.rules.js';
import { SUBJECTS, type Subject, type TrailEvent } from './security-event.signs.js';

/** An event that a rule looks for, and whom it is counted for. */
export interface MetSign {
  rule: SecurityRuleName;
  subject: Subject;
  event: TrailEvent;
}

export const signsOf = (event: TrailEvent): MetSign[] => rulesMet(event).flatMap((rule) => {
  const subject = SUBJECTS[ruleOf(rule).subject](event);
  return subject ? [{ rule, subject, event }] : [];
});
