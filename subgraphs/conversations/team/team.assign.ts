// Which team a conversation belongs to.
import { sql } from 'kysely';
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { wantAssignment } from '../assignment/assignment.want.js';
import { holdConversation, tellOf } from '../conversation/conversation.change.js';
import { db } from '../tables.js';
import { noTeam } from './team.service.js';

/**
 * Whoever is in charge and not in the new team is in charge no longer; a conversation of no team keeps them. The team is held before the
 * conversation, as by whoever deletes it. @throws Refusal ConversationNotFound, TeamNotFound
 */
export function assignTeam(context: OperationContext, id: string, teamId: string | null): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
    const kysely = unit.tx.getKysely();
    if (teamId !== null) {
      const { rows } = await sql`select from conversations.team where id = ${teamId}::uuid for key share`.execute(kysely);
      if (rows.length === 0) throw noTeam();
    }
    const { assigneeId, inboxId, teamId: former } = await holdConversation(unit, id);
    const named = (team: string | null, assignee: string | null) => ({ team: team && encodeId('team', team), assignee: assignee && encodeId('user', assignee) });
    const stays = assigneeId !== null && (teamId === null || teamId === former || (await sql`select from conversations.team_member where team_id = ${teamId}::uuid and user_id = ${assigneeId}::uuid`.execute(kysely)).rows.length > 0);
    if (teamId !== former) {
      await db(unit.tx).updateTable('Conversation').set({ teamId, assigneeId: stays ? assigneeId : null }).where('id', '=', id).execute();
      tellOf(unit, { id, inboxId });
      if (!stays) await wantAssignment(unit, [inboxId]);
    }
    audit.draft = { ...audit.draft, before: named(former, assigneeId), after: named(teamId, stays ? assigneeId : null) };
  });
}
