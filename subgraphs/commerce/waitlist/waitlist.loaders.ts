// Reads of who waits.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { WaitlistStatus } from './waitlist.follow.js';

export interface WaitlistEntryRow {
  id: string;
  venueId: string;
  status: WaitlistStatus;
  partySize: number;
  earliestAt: Date;
  latestAt: Date;
  customerId: string | null;
  conversationId: string | null;
  guestName: string | null;
  reservationId: string | null;
  offeredUntil: Date | null;
  createdAt: Date;
}

const COLUMNS = sql.raw(`id, venue_id as "venueId", status, party_size as "partySize", earliest_at as "earliestAt", latest_at as "latestAt", customer_id as "customerId",
  conversation_id as "conversationId", guest_name as "guestName", reservation_id as "reservationId", offered_until as "offeredUntil", created_at as "createdAt"`);

export const waitlistEntryById = defineLoader<OperationContext, string, WaitlistEntryRow>({
  name: 'waitlistEntry.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<WaitlistEntryRow>`select ${COLUMNS} from commerce.waitlist_entry where id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** Those that wait or were offered something, the oldest first. @throws BAD_USER_INPUT */
export async function waitlistOf(context: OperationContext, venueId: string, first?: number | null, after?: string | null): Promise<Page<WaitlistEntryRow>> {
  const size = pageSize(first);
  const [beyond] = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]) ?? [];
  const later = beyond === undefined ? sql`` : sql`and id > ${String(beyond)}::uuid`;
  const { rows } = await sql<WaitlistEntryRow>`select ${COLUMNS} from commerce.waitlist_entry
    where venue_id = ${venueId}::uuid and status in ('WAITING', 'OFFERED') ${later} order by id limit ${size + 1}`.execute((await context.read()).getKysely());
  return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
}
