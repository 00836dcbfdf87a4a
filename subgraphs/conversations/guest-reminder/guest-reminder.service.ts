// Guests are reminded of what they booked, as commerce says. Each reminder is sent once: what was done about it is written in the transaction of the message, and told until commerce has noted it.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { contactBlocked } from '../contact/contact.block.js';
import { lockKnownContact } from '../contact/contact.identity.js';
import { lockConversation } from '../conversation/conversation.open.js';
import { GuestReminderSettled } from '../events.js';
import { queueMessage } from '../message/message.send.js';
import { composeReminder } from './guest-reminder.compose.js';
import { outcomeOf, type GuestReminderOutcome } from './guest-reminder.outcome.js';
import { settingsOf } from './guest-reminder.settings.js';
import { targetOf, type Guest } from './guest-reminder.target.js';
import type { Visit } from './guest-reminder.texts.js';

export interface GuestReminder extends Guest, Visit {
  reservationId: string;
}

export class GuestReminderService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /**
   * | step | committed | what a restart does |
   * | --- | --- | --- |
   * | sent | message, ledger row, `guest_reminder`, the word to commerce | the row is found: the word is said again |
   * | refused | nothing | it is tried again, and refused again, or sent |
   * | the refusal is noted | `guest_reminder`, the word to commerce | the row is found: the word is said again |
   *
   * @returns whether a message was sent now
   */
  async remind(tenantId: string, reminder: GuestReminder): Promise<boolean> {
    try {
      return await this.#in(tenantId, reminder, (unit) => send(unit, tenantId, reminder)) === 'SENT';
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const outcome = outcomeOf(error);
      await this.#in(tenantId, reminder, (unit) => settle(unit, tenantId, reminder, outcome));
      return false;
    }
  }

  #in<T>(tenantId: string, { reservationId, kind }: GuestReminder, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `remind-${reservationId}-${kind}` }, work);
  }
}

/** @returns what was done now; null when something was done before */
async function send(unit: UnitOfWork, tenantId: string, reminder: GuestReminder): Promise<GuestReminderOutcome | null> {
  const settings = await settingsOf(unit.tx);
  const early = reminder.startsAt <= unit.now ? 'TOO_LATE' : settings.enabled ? null : 'SWITCHED_OFF';
  const target = early === null ? await targetOf(unit, reminder, settings.inboxId) : null;
  const outcome = early ?? (target ? 'SENT' : 'NOBODY');
  // The row comes before the message: of two at once the second waits here, and finds it.
  if (!await settle(unit, tenantId, reminder, outcome)) return null;
  if (!target) return outcome;
  const { contactId, inboxId } = target;
  await lockKnownContact(unit, { tenantId, inboxId }, contactId);
  // What was resolved is not opened by it: nobody waits for an answer of staff.
  const { id: conversationId, blocked } = await lockConversation(unit, { tenantId, inboxId }, contactId, 'ECHO');
  if (blocked) throw contactBlocked([]);
  const composed = await composeReminder(unit, reminder, target, settings);
  const message = { id: newId(), tenantId, userId: null, composed, idempotencyKey: '' };
  unit.audit({ action: 'message.send', type: 'DATA_WRITE', outcome: 'SUCCESS', ...await queueMessage(unit, message, conversationId, []) });
  return outcome;
}

/** Notes what was done, and tells. @returns false when something was done before: that is told again */
async function settle(unit: UnitOfWork, tenantId: string, { reservationId, kind, startsAt }: GuestReminder, outcome: GuestReminderOutcome): Promise<boolean> {
  const kysely = unit.tx.getKysely();
  const { numAffectedRows } = await sql`insert into conversations.guest_reminder (tenant_id, reservation_id, kind, starts_at, outcome, settled_at)
    values (${tenantId}::uuid, ${reservationId}::uuid, ${kind}, ${startsAt}, ${outcome}, ${unit.now}) on conflict do nothing`.execute(kysely);
  const fresh = Number(numAffectedRows ?? 0) === 1;
  const { rows: [known] } = fresh ? { rows: [{ outcome }] } : await sql<{ outcome: GuestReminderOutcome }>`select outcome from conversations.guest_reminder
    where reservation_id = ${reservationId}::uuid and kind = ${kind} and starts_at = ${startsAt}`.execute(kysely);
  unit.emit(GuestReminderSettled, { reservationId, kind, startsAt: startsAt.toISOString(), outcome: known?.outcome ?? outcome });
  return fresh;
}
