// A conversation waits for somebody, or somebody is there to take one: whoever makes it so says it, where the inbox gives them out.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { AssignmentWanted } from '../events.js';

/** Inside the change. A word that is lost is made up for by the sweeper. */
export async function wantAssignment(unit: UnitOfWork, inboxIds: readonly string[]): Promise<void> {
  if (inboxIds.length === 0) return;
  const { rows } = await sql<{ inboxId: string }>`select inbox_id as "inboxId" from conversations.inbox_assignment
    where inbox_id = any (${[...new Set(inboxIds)]}::uuid[]) and mode <> 'OFF' order by inbox_id`.execute(unit.tx.getKysely());
  for (const { inboxId } of rows) unit.emit(AssignmentWanted, { inboxId });
}
