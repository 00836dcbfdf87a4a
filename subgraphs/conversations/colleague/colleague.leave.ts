// Somebody who left the tenant is in no team, takes turns in no inbox, and is not there.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

const TABLES = ['team_member', 'inbox_agent', 'colleague_presence'] as const;

/** Their row among the colleagues is held: nobody puts them back meanwhile. */
export async function leaveAll({ tx }: Pick<UnitOfWork, 'tx'>, tenantId: string, userId: string): Promise<void> {
  for (const table of TABLES) {
    await sql`delete from ${sql.table(`conversations.${table}`)} where tenant_id = ${tenantId}::uuid and user_id = ${userId}::uuid`.execute(tx.getKysely());
  }
}
