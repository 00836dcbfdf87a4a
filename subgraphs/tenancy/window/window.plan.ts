// What a maintenance window may be, and where it stands at an instant.
import { invalidInput } from '../../kernel/base/errors.js';
import { LANGUAGES } from '../../kernel/base/language.js';
import type { WindowTexts } from './window.entity.js';
import type { MaintenanceTextInput } from './window.inputs.js';
import { MaintenanceWindowState } from './window.type.js';

const DAY_MS = 86_400_000;
const LONGEST_MS = 7 * DAY_MS;
const FURTHEST_MS = 366 * DAY_MS;
const MOST_TEXT = 500;
/** One line, without control characters and half characters, not blank. */
const LINE = /^(?=.*\S)[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u;

/** What is judged and stored of a window. */
export interface WindowPlan {
  startsAt: Date;
  endsAt: Date;
  texts: WindowTexts;
  refusesWrites: boolean;
}

export function stateOf({ startsAt, endsAt, cancelledAt }: Pick<WindowPlan, 'startsAt' | 'endsAt'> & { cancelledAt: Date | null }, now: Date): MaintenanceWindowState {
  if (cancelledAt !== null) return MaintenanceWindowState.CANCELLED;
  if (endsAt <= now) return MaintenanceWindowState.OVER;
  return startsAt <= now ? MaintenanceWindowState.RUNNING : MaintenanceWindowState.SCHEDULED;
}

/** The same, checked. @throws Refusal InputInvalid with the path of the first fault */
export function textsOf(given: readonly MaintenanceTextInput[]): WindowTexts {
  const texts: Partial<WindowTexts> = {};
  for (const [index, { language, text }] of given.entries()) {
    const fault = (message: string, name: string): never => { throw invalidInput(message, ['input', 'texts', String(index), name]); };
    const known = LANGUAGES.find((one) => one === language) ?? fault('A language is en, es, fr or pt.', 'language');
    if (texts[known] !== undefined) fault('There is one text for each language.', 'language');
    if (!LINE.test(text) || text.length > MOST_TEXT) fault(`A text is one line of 1 to ${MOST_TEXT} characters, not blank.`, 'text');
    texts[known] = text;
  }
  const { en } = texts;
  if (en === undefined) throw invalidInput('A text in English is needed.', ['input', 'texts']);
  return { ...texts, en };
}

/** @param begun since when it runs, which nobody changes any more; null: it does not @throws Refusal InputInvalid */
export function judgeTimes({ startsAt, endsAt }: Pick<WindowPlan, 'startsAt' | 'endsAt'>, begun: Date | null, now: Date): void {
  if (begun !== null && startsAt.getTime() !== begun.getTime()) throw invalidInput('It has begun: its start stays.', ['input', 'startsAt']);
  if (begun === null && startsAt < now) throw invalidInput('A window does not begin in the past.', ['input', 'startsAt']);
  if (startsAt.getTime() - now.getTime() > FURTHEST_MS) throw invalidInput('A window begins within a year.', ['input', 'startsAt']);
  if (endsAt <= now || endsAt <= startsAt) throw invalidInput('A window ends in the future, after its start.', ['input', 'endsAt']);
  if (endsAt.getTime() - startsAt.getTime() > LONGEST_MS) throw invalidInput('A window lasts 7 days at most.', ['input', 'endsAt']);
}
