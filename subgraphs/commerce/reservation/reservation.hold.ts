// A table is held for a party, once under a key of the client's, for as long as it takes to confirm.
import { createHash } from 'node:crypto';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { DEPOSIT_HOLD_MS } from '../deposit/deposit.payable.js';
import { depositOf } from '../deposit/deposit.rule.js';
import { constraintOf, MOST_PARTY, nameOf, textOf, wholeOf } from '../venue/venue.checks.js';
import { actorId, noteStep } from './reservation.change.js';
import { planFor, seat, type Party, type Plan } from './reservation.seat.js';

/** For how long a table waits for its guest to confirm. */
const HOLD_MS = 5 * 60_000;

export interface NewHold extends Party {
  customerId: string | null;
  conversationId: string | null;
  guestName: string | null;
  note: string | null;
  idempotencyKey: string;
}

/** @returns the reservation: the new one, or the one an equal earlier request made @throws Refusal IdempotencyMismatch, CustomerNotFound, SlotUnavailable and what `planFor` throws */
export function holdTable(context: OperationContext, asked: NewHold): Promise<string> {
  const hold = checked(asked);
  const requestHash = createHash('sha256').update(JSON.stringify(Object.entries(hold).toSorted())).digest('hex');
  return context.mutate(async (unit, audit) => {
    const id = newId();
    audit.draft = { ...audit.draft, resource: { type: 'Reservation', id } };
    const repeated = async (): Promise<string | null> => {
      const known = await db(unit.tx).selectFrom('Reservation').select(['id', 'requestHash']).where('idempotencyKey', '=', hold.idempotencyKey).executeTakeFirst();
      if (!known) return null;
      if (known.requestHash !== requestHash) throw new Refusal('BookingKeyMismatch', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before for another booking.', ['input', 'idempotencyKey']);
      audit.draft = { ...audit.draft, resource: { type: 'Reservation', id: known.id }, after: { repeated: true } };
      return known.id;
    };
    const earlier = await repeated();
    if (earlier !== null) return earlier;
    const plan = await planFor(unit, hold);
    const lasts = depositOf(plan.floor.deposit, hold.partySize) === null ? HOLD_MS : DEPOSIT_HOLD_MS;
    // The key is taken before the table: of two requests that are one, the second waits here and finds the first.
    if (!await insertHeld(unit, id, hold, { plan, requestHash, until: new Date(unit.now.getTime() + lasts) })) {
      const other = await repeated();
      if (other === null) throw new Error('A reservation was there and is not.');
      return other;
    }
    await seat(unit, id, plan);
    await noteStep(unit, { id, venueId: hold.venueId, startsAt: plan.slot.startsAt, conversationId: hold.conversationId, from: null }, { to: 'HELD', actor: actorId(context.actor) });
    audit.draft = { ...audit.draft, after: factsOf(hold) };
    return id;
  });
}

/** @returns whether the key was free @throws Refusal CustomerNotFound */
export async function insertHeld({ tx, now, scope }: UnitOfWork, id: string, hold: NewHold, { plan, requestHash, until }: { plan: Plan; requestHash: string; until: Date }): Promise<boolean> {
  const { venueId, partySize, customerId, conversationId, guestName, note, idempotencyKey } = hold;
  const deposit = depositOf(plan.floor.deposit, partySize);
  try {
    const made = await db(tx).insertInto('Reservation').values({
      id, tenantId: scope.tenant ?? '', venueId, status: 'HELD', partySize, startsAt: plan.slot.startsAt, endsAt: plan.slot.endsAt, heldUntil: until,
      customerId, conversationId, guestName, note, idempotencyKey, requestHash, createdAt: now,
      depositMinor: deposit?.minor ?? null, depositCurrency: deposit?.currency ?? null, depositKept: deposit?.kept ?? null, depositFate: null,
    }).onConflict((conflict) => conflict.columns(['tenantId', 'idempotencyKey']).doNothing()).returning('id').executeTakeFirst();
    return made !== undefined;
  } catch (error) {
    if (constraintOf(error)?.constraint === 'reservation_customer') throw new Refusal('CustomerNotFound', ErrorCode.NOT_FOUND, 'There is no such customer.', ['input', 'customerId']);
    throw error;
  }
}

/** @throws Refusal InputInvalid */
function checked(hold: NewHold): NewHold {
  checkKey(hold.idempotencyKey);
  return {
    ...hold, partySize: wholeOf(hold.partySize, 1, MOST_PARTY, ['input', 'partySize']),
    guestName: hold.guestName === null ? null : nameOf(hold.guestName, ['input', 'guestName']), note: textOf(hold.note, ['input', 'note']),
  };
}

/** @throws Refusal InputInvalid */
export function checkKey(key: string): void {
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
}

/** Who comes, and what they wish, stays out of the trail. */
export const factsOf = ({ venueId, startsAt, partySize, customerId, conversationId }: Pick<NewHold, 'venueId' | 'startsAt' | 'partySize' | 'customerId' | 'conversationId'>): Record<string, unknown> => ({
  venueId: encodeId('ven', venueId), startsAt, partySize, customerId: customerId === null ? null : encodeId('cust', customerId),
  conversationId: conversationId === null ? null : encodeId('conv', conversationId),
});
