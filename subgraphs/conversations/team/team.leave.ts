// Somebody who left the tenant is in none of its teams.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';

/** Their row among the colleagues is held: nobody puts them into a team meanwhile. */
export const leaveTeams = ({ tx }: Pick<UnitOfWork, 'tx'>, tenantId: string, userId: string): Promise<unknown> =>
  sql`delete from conversations.team_member where tenant_id = ${tenantId}::uuid and user_id = ${userId}::uuid`.execute(tx.getKysely());
