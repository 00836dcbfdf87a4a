// What is told of a message by its provider's id, or of a person nobody knows yet, is taken one after the other.
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

/**
 * For a name by which the inbox knows nobody yet: who tells of it, or makes somebody known by it, waits for the other. Whoever makes
 * them known takes it right after that, so that nobody who has it waits for a row that is not there to be seen.
 */
export async function lockName({ tx }: UnitOfWork, inboxId: string, externalId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${inboxId}/${externalId}`}, 1))`.execute(tx.getKysely());
}
