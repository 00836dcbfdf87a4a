// The life cycle of a conversation: what each event makes of each status, and of its clocks.
import { sql, type RawBuilder } from 'kysely';
import type { ConversationStatus } from './conversation.entity.js';

export type ConversationEvent =
  | 'CONTACT_WROTE' | 'CONTACT_WROTE_TO_BOT' | 'HANDED_OFF' | 'HANDED_TO_BOT' | 'TAKEN_OVER' | 'BLOCKED_CONTACT_WROTE' | 'CONTACT_BLOCKED' | 'STAFF_BEGAN' | 'OPENED' | 'RESOLVED' | 'SNOOZED' | 'WOKE' | 'MERGED';

type Outcomes = Readonly<Record<ConversationStatus, ConversationStatus | null>>;

const all = (status: ConversationStatus): Outcomes => ({ OPEN: status, PENDING: status, SNOOZED: status, RESOLVED: status });

/** Event x status -> status; null: it does not happen to such a one. Nothing but this table says what becomes of a conversation. */
export const TRANSITIONS: Readonly<Record<ConversationEvent, Outcomes>> = {
  CONTACT_WROTE: { OPEN: 'OPEN', PENDING: 'PENDING', SNOOZED: 'OPEN', RESOLVED: 'OPEN' },
  // Where a bot serves the inbox: what was done is the bot's again, what staff have stays theirs.
  CONTACT_WROTE_TO_BOT: { OPEN: 'OPEN', PENDING: 'PENDING', SNOOZED: 'OPEN', RESOLVED: 'PENDING' },
  HANDED_OFF: { OPEN: 'OPEN', PENDING: 'OPEN', SNOOZED: null, RESOLVED: null },
  HANDED_TO_BOT: { OPEN: 'PENDING', PENDING: 'PENDING', SNOOZED: 'PENDING', RESOLVED: null },
  // Somebody writes, or is put in charge, where a bot was.
  TAKEN_OVER: { OPEN: 'OPEN', PENDING: 'OPEN', SNOOZED: 'SNOOZED', RESOLVED: 'RESOLVED' },
  BLOCKED_CONTACT_WROTE: all('RESOLVED'),
  CONTACT_BLOCKED: all('RESOLVED'),
  STAFF_BEGAN: { OPEN: 'OPEN', PENDING: 'PENDING', SNOOZED: 'OPEN', RESOLVED: 'OPEN' },
  OPENED: all('OPEN'),
  RESOLVED: all('RESOLVED'),
  SNOOZED: { OPEN: 'SNOOZED', PENDING: 'SNOOZED', SNOOZED: 'SNOOZED', RESOLVED: null },
  WOKE: { OPEN: null, PENDING: null, SNOOZED: 'OPEN', RESOLVED: null },
  // Of two open ones that become one contact's, the one in which less has happened of late.
  MERGED: all('RESOLVED'),
};

/** Since when the customer waits: begins with what they write, if they do not wait yet, and ends with a reply or a resolution. */
type Wait = 'BEGINS' | 'GOES_ON' | 'ENDS';
const waitAfter = (event: ConversationEvent, status: ConversationStatus): Wait => {
  if (status === 'RESOLVED') return 'ENDS';
  return event === 'CONTACT_WROTE' || event === 'CONTACT_WROTE_TO_BOT' ? 'BEGINS' : 'GOES_ON';
};

/**
 * Where a conversation stands after an event, as the assignments of an `update` of its row. Only what sleeps has an end of its sleep, only what is PENDING a bot.
 * @param bot who has it from now on, in the place of whoever was in charge; null: as it was
 */
export function standing(event: ConversationEvent, status: ConversationStatus, { now, until = null, bot = null }: { now: Date; until?: Date | null; bot?: string | null }): RawBuilder<unknown> {
  return sql`status = ${status}, snoozed_until = ${status === 'SNOOZED' ? until : null}::timestamptz,
    bot_id = case when ${status}::text = 'PENDING' then coalesce(${bot}::uuid, bot_id) end, assignee_id = case when ${bot}::uuid is null then assignee_id end,
    resolved_at = case when ${status}::text = 'RESOLVED' then coalesce(resolved_at, ${now}::timestamptz) end,
    waiting_since = case ${waitAfter(event, status)}::text when 'BEGINS' then coalesce(waiting_since, ${now}::timestamptz) when 'GOES_ON' then waiting_since end`;
}

/** The clocks after a reply: nobody waits, and if a person answers the customer for the first time, that is when they were answered. */
export const replied = (now: Date, byPerson = true): RawBuilder<unknown> => (byPerson
  ? sql`waiting_since = null, first_reply_at = coalesce(first_reply_at, case when inbound_count > 0 then ${now}::timestamptz end)`
  : sql`waiting_since = null`);
