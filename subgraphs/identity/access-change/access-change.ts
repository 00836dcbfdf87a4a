// Says, inside the change itself, whose access it changes. Gateways hear of it within a fraction of a second.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';

/** What to ask again: one session, one API key, everything of a person in `home`, or (nothing else given) all of `home`. */
export interface ChangedAccess {
  home: string;
  userId?: string;
  sessionId?: string;
  apiKeyId?: string;
}

/** To be called by every change that ends a session or key, or that takes or gives a right. */
export async function noteAccessChange({ tx, now }: UnitOfWork, { home, userId, sessionId, apiKeyId }: ChangedAccess): Promise<void> {
  await db(tx).insertInto('AccessChange').values({
    home, userId: userId ?? null, sessionId: sessionId ?? null, apiKeyId: apiKeyId ?? null, changedAt: now,
  }).execute();
}

/** The same of many sessions in one home, in one statement however many they are. */
export async function noteSessionsEnded({ tx, now }: UnitOfWork, home: string, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length === 0) return;
  await sql`insert into identity.access_change (home, session_id, changed_at)
    select ${home}::uuid, unnest(${sessionIds}::uuid[]), ${now}::timestamptz`.execute(tx.getKysely());
}
