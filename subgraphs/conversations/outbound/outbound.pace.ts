// The pace of sending: GCRA in rows that all workers share, taken in the transaction that claims a message.
import { sql, type RawBuilder } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Pace, Rate } from '../channel/channel.rules.js';
import type { InboxOf } from '../contact/contact.identity.js';

/** So long after its turn a message needs no other one. Later, turns of many that were missed would come together. */
export const TURN_LASTS_MS = 5_000;

const interval = (milliseconds: number): RawBuilder<unknown> => sql`make_interval(secs => ${milliseconds / 1000}::double precision)`;
const tolerance = ({ everyMs, burst }: Rate): number => (burst - 1) * everyMs;

export type Turn =
  | { kind: 'now' }
  /** The person must be left alone so long: asked again then. */
  | { kind: 'ask'; at: Date }
  /** Nobody else has this turn: at that time it may go. */
  | { kind: 'turn'; at: Date };

/** Takes a place in the pace of the inbox and of the person. A place that is not free yet is a turn to come; a person's is taken only when it is free. */
export async function takeTurn(unit: UnitOfWork, { tenantId, inboxId }: InboxOf, to: string, { number, pair }: Pace): Promise<Turn> {
  const { now } = unit;
  const kysely = unit.tx.getKysely();
  const place = (key: string, rate: Rate, from: RawBuilder<unknown>, when: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    insert into conversations.pace as p (tenant_id, inbox_id, key, free_at) select ${tenantId}::uuid, ${inboxId}::uuid, ${key}, ${now}::timestamptz + ${interval(rate.everyMs)} ${from}
    on conflict (tenant_id, inbox_id, key) do update set free_at = greatest(p.free_at, ${now}::timestamptz) + ${interval(rate.everyMs)} ${when} returning p.free_at`;
  const { rows: [taken] } = await sql<{ freeAt: Date | null }>`
    with pair as (${pair ? place(to, pair, sql``, sql`where p.free_at <= ${now}::timestamptz + ${interval(tolerance(pair))}`) : sql`select ${now}::timestamptz as free_at`}),
    number as (${place('', number, sql`from pair`, sql``)})
    select (select free_at from number) as "freeAt"`.execute(kysely);
  if (!taken?.freeAt) return { kind: 'ask', at: await pairFreeAt(unit, inboxId, to, pair) };
  const at = new Date(taken.freeAt.getTime() - number.everyMs - tolerance(number));
  return at > now ? { kind: 'turn', at } : { kind: 'now' };
}

async function pairFreeAt({ tx, now }: UnitOfWork, inboxId: string, to: string, pair: Rate | null): Promise<Date> {
  const { rows: [row] } = await sql<{ freeAt: Date }>`select free_at as "freeAt" from conversations.pace where inbox_id = ${inboxId}::uuid and key = ${to}`.execute(tx.getKysely());
  // At least a moment: rounding must not ask at once again.
  return new Date(Math.max((row?.freeAt ?? now).getTime() - (pair ? tolerance(pair) : 0), now.getTime()) + 1);
}

/** The provider says that the inbox is too fast: everything else of it waits as if all it may send at once had been sent. */
export async function slowDown({ tx, now }: UnitOfWork, { tenantId, inboxId }: InboxOf, { number }: Pace): Promise<void> {
  const full = interval(number.burst * number.everyMs);
  await sql`insert into conversations.pace as p (tenant_id, inbox_id, key, free_at) values (${tenantId}::uuid, ${inboxId}::uuid, '', ${now}::timestamptz + ${full} + ${full})
    on conflict (tenant_id, inbox_id, key) do update set free_at = greatest(p.free_at, ${now}::timestamptz + ${full}) + ${full}`.execute(tx.getKysely());
}

/** For the system role: rows that say nothing any more. */
export const TIDY_PACE = `delete from conversations.pace where ctid = any (array (select ctid from conversations.pace where free_at < now() - interval '10 minutes' limit 5000))`;
