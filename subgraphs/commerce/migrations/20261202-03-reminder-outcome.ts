// What became of reminders, as conversations says; one of which it has said nothing is told of again.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';
const OUTCOMES = ['SENT', 'SWITCHED_OFF', 'NOBODY', 'OPTED_OUT', 'BLOCKED', 'WINDOW_CLOSED', 'TEMPLATE_UNFIT', 'CHANNEL_UNAVAILABLE', 'LIMIT_REACHED', 'TOO_LATE'];

export const reminderOutcome = sqlMigration('20261202-03-reminder-outcome', [
  // Those that were told of before stay as they are.
  `alter table ${S}.reservation_reminder add column told_at timestamptz(3),
    add column outcome text check (outcome in (${OUTCOMES.map((one) => `'${one}'`).join(', ')})),
    add constraint reservation_reminder_told check (outcome is null or sent_at is not null)`,
  `create index reservation_reminder_unanswered on ${S}.reservation_reminder (told_at) where sent_at is not null and outcome is null`,
]);
