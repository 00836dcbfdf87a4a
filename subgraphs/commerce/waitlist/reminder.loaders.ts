// Batched reads of reminders.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { ReminderKind, ReminderOutcome } from './reminder.js';

export interface ReminderRow {
  kind: ReminderKind;
  dueAt: Date;
  toldAt: Date | null;
  outcome: ReminderOutcome | null;
}

/** By when they are due. */
export const remindersOfReservation = defineLoader<OperationContext, string, ReminderRow[]>({
  name: 'reservation.reminders', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<ReminderRow & { reservation: string }>`select kind, due_at as "dueAt", sent_at as "toldAt", outcome, reservation_id as reservation
      from commerce.reservation_reminder where reservation_id = any (${[...ids]}::uuid[]) order by due_at`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ reservation }) => reservation);
  },
});
