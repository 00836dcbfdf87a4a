// Notes on a contact follow it into the one it becomes part of, and back.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

/** @returns the UUIDs of those that moved */
export async function moveNotes({ tx }: UnitOfWork, from: string, to: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`update conversations.note set contact_id = ${to}::uuid where contact_id = ${from}::uuid returning id`.execute(tx.getKysely());
  return rows.map(({ id }) => id);
}

/** Those of them that are still there. @returns how many */
export async function giveBackNotes({ tx }: UnitOfWork, ids: readonly string[], from: string, to: string): Promise<number> {
  const { numAffectedRows } = await sql`update conversations.note set contact_id = ${to}::uuid where contact_id = ${from}::uuid and id = any (${[...ids]}::uuid[])`.execute(tx.getKysely());
  return Number(numAffectedRows ?? 0);
}
