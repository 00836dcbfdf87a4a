// What is told of a message by its provider's id is taken one after the other.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

/**
 * One report or one answer of the provider about an id at a time: a report that comes while its message is just learning
 * that id is seen by one of the two. Always taken before the contact's and the
 * message's row locks.
 */
export async function lockReports({ tx }: UnitOfWork, inboxId: string, externalId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${inboxId}/${externalId}`}, 0))`.execute(tx.getKysely());
}
