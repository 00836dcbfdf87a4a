// Guests are reminded a day and two hours before, once each; when a reservation is put at another time, for that time anew. Conversations sends what is told here, and says what became of it.
import { sql } from 'kysely';
import { z } from 'zod';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { ReservationReminded } from '../booking.events.js';
import type { ReservationStatus } from '../reservation/reservation.states.js';

const HOUR_MS = 3_600_000;
const BEFORE: Readonly<Record<ReminderKind, number>> = { H24: 24 * HOUR_MS, H2: 2 * HOUR_MS };
export type ReminderKind = 'H24' | 'H2';
const MOST_CONTACTS = 20;

export const REMINDER_OUTCOMES = ['SENT', 'SWITCHED_OFF', 'NOBODY', 'OPTED_OUT', 'BLOCKED', 'WINDOW_CLOSED', 'TEMPLATE_UNFIT', 'CHANNEL_UNAVAILABLE', 'LIMIT_REACHED', 'TOO_LATE'] as const;
export type ReminderOutcome = (typeof REMINDER_OUTCOMES)[number];

/** Of what conversations announces, what is read here. */
export const settledReminder = z.object({ reservationId: z.uuid(), kind: z.enum(['H24', 'H2']), startsAt: z.iso.datetime(), outcome: z.enum(REMINDER_OUTCOMES) });

/** What is to come of a reservation as it is now: of one that stands, those whose time is not over; of any other none. Those that were told of stay, while it has its time. */
export async function planReminders({ tx, now, scope }: UnitOfWork, id: string, status: ReservationStatus, startsAt: Date): Promise<void> {
  const db = tx.getKysely();
  const kinds = status !== 'CONFIRMED' ? [] : Object.entries(BEFORE).map(([kind, before]) => ({ kind, dueAt: new Date(startsAt.getTime() - before) })).filter(({ dueAt }) => dueAt > now);
  await sql`delete from commerce.reservation_reminder where reservation_id = ${id}::uuid and (sent_at is null or ${status === 'CONFIRMED'})`.execute(db);
  if (kinds.length === 0) return;
  await sql`insert into commerce.reservation_reminder (tenant_id, reservation_id, kind, due_at)
    select ${scope.tenant}::uuid, ${id}::uuid, kind, due_at from unnest(${kinds.map(({ kind }) => kind)}::text[], ${kinds.map(({ dueAt }) => dueAt.toISOString())}::timestamptz[]) planned (kind, due_at)`.execute(db);
}

interface Told {
  startsAt: Date;
  partySize: number;
  customerId: string | null;
  conversationId: string | null;
  venue: string;
  timeZone: string;
  contactIds: string[];
  /** It was told of before, and nobody has said what became of it. */
  again: boolean;
  outcome: string | null;
}

export class Reminders {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Tells that it is time, or nobody when the party has begun or is not to come any more. A second job finds that it is done. @returns whether it was told now */
  remind(tenantId: string, reservationId: string, kind: ReminderKind): Promise<boolean> {
    return this.#in(tenantId, reservationId, kind, async (unit) => {
      const { rows: [told] } = await sql<Told>`
        with due as (select m.reservation_id, m.kind, m.sent_at is not null as again from commerce.reservation_reminder m
          where m.reservation_id = ${reservationId}::uuid and m.kind = ${kind} and m.due_at <= ${unit.now}
            and (m.sent_at is null or m.outcome is null and m.told_at <= ${unit.now}::timestamptz - interval '10 seconds') for update)
        update commerce.reservation_reminder m set sent_at = coalesce(m.sent_at, ${unit.now}), told_at = ${unit.now},
          outcome = case when r.starts_at <= ${unit.now} or r.status <> 'CONFIRMED' then 'TOO_LATE' end
        from due, commerce.reservation r, commerce.venue v
        where m.reservation_id = due.reservation_id and m.kind = due.kind and r.tenant_id = m.tenant_id and r.id = m.reservation_id and v.tenant_id = r.tenant_id and v.id = r.venue_id
        returning r.starts_at as "startsAt", r.party_size as "partySize", r.customer_id as "customerId", r.conversation_id as "conversationId", v.name as venue, v.time_zone as "timeZone", due.again,
          array(select c.contact_id::text from commerce.customer_contact c where c.tenant_id = r.tenant_id and c.customer_id = r.customer_id order by c.contact_id limit ${MOST_CONTACTS}) as "contactIds",
          m.outcome`.execute(unit.tx.getKysely());
      if (told?.outcome !== null) return false;
      const { startsAt, partySize, customerId, conversationId, venue, timeZone, contactIds, again } = told;
      unit.emit(ReservationReminded, { reservationId, kind, startsAt: startsAt.toISOString(), customerId, conversationId, contactIds, venue, timeZone, partySize });
      if (!again) unit.audit({ action: 'reservation.remind', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Reservation', id: reservationId }, after: { reminder: kind } });
      return true;
    });
  }

  /** What conversations says of it, once; what was meant for another time is passed over. @returns whether it was news */
  note(tenantId: string, { reservationId, kind, startsAt, outcome }: { reservationId: string; kind: ReminderKind; startsAt: string; outcome: string }): Promise<boolean> {
    return this.#in(tenantId, reservationId, kind, async (unit) => {
      const { numAffectedRows } = await sql`update commerce.reservation_reminder m set outcome = ${outcome} from commerce.reservation r
        where m.reservation_id = ${reservationId}::uuid and m.kind = ${kind} and m.sent_at is not null and m.outcome is null
          and r.tenant_id = m.tenant_id and r.id = m.reservation_id and r.starts_at = ${startsAt}::timestamptz`.execute(unit.tx.getKysely());
      if (Number(numAffectedRows ?? 0) === 0) return false;
      unit.audit({ action: 'reservation.note_reminder', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Reservation', id: reservationId }, after: { reminder: kind, outcome } });
      return true;
    });
  }

  #in(tenantId: string, reservationId: string, kind: ReminderKind, work: (unit: UnitOfWork) => Promise<boolean>): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `remind-${reservationId}-${kind}` }, work);
  }
}
