// Guests are reminded a day and two hours before, once each; when a reservation is put at another time, for that time anew.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { ReservationReminded } from '../booking.events.js';
import type { ReservationStatus } from '../reservation/reservation.states.js';

const HOUR_MS = 3_600_000;
const BEFORE: Readonly<Record<ReminderKind, number>> = { H24: 24 * HOUR_MS, H2: 2 * HOUR_MS };
export type ReminderKind = 'H24' | 'H2';

/** What is to come of a reservation as it is now: of one that stands, those whose time is not over; of any other none. */
export async function planReminders({ tx, now, scope }: UnitOfWork, id: string, status: ReservationStatus, startsAt: Date): Promise<void> {
  await sql`delete from commerce.reservation_reminder where reservation_id = ${id}::uuid`.execute(tx.getKysely());
  if (status !== 'CONFIRMED') return;
  const kinds = Object.entries(BEFORE).map(([kind, before]) => ({ kind, dueAt: new Date(startsAt.getTime() - before) })).filter(({ dueAt }) => dueAt > now);
  if (kinds.length === 0) return;
  await sql`insert into commerce.reservation_reminder (tenant_id, reservation_id, kind, due_at)
    select ${scope.tenant}::uuid, ${id}::uuid, kind, due_at from unnest(${kinds.map(({ kind }) => kind)}::text[], ${kinds.map(({ dueAt }) => dueAt.toISOString())}::timestamptz[]) planned (kind, due_at)`.execute(tx.getKysely());
}

export class Reminders {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Tells that it is time, or nobody when the party has begun. A second job finds that it is done. @returns whether it was told now */
  remind(tenantId: string, reservationId: string, kind: ReminderKind): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `remind-${reservationId}-${kind}` }, async (unit) => {
      const { rows: [told] } = await sql<{ startsAt: Date; customerId: string | null; conversationId: string | null }>`
        update commerce.reservation_reminder m set sent_at = ${unit.now} from commerce.reservation r
        where m.reservation_id = ${reservationId}::uuid and m.kind = ${kind} and m.sent_at is null and m.due_at <= ${unit.now}
          and r.tenant_id = m.tenant_id and r.id = m.reservation_id
        returning r.starts_at as "startsAt", r.customer_id as "customerId", r.conversation_id as "conversationId"`.execute(unit.tx.getKysely());
      if (!told || told.startsAt <= unit.now) return false;
      unit.emit(ReservationReminded, { reservationId, kind, startsAt: told.startsAt.toISOString(), customerId: told.customerId, conversationId: told.conversationId });
      unit.audit({ action: 'reservation.remind', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Reservation', id: reservationId }, after: { reminder: kind } });
      return true;
    });
  }
}
