// Batched reads of teams.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';

export interface TeamRow {
  id: string;
  name: string;
  description: string | null;
  createdAt: Date;
}

export const teamById = defineLoader<OperationContext, string, TeamRow>({
  name: 'team.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<TeamRow>`select t.id, t.name, t.description, t.created_at as "createdAt" from conversations.team t
      where t.id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** By team, those who joined first before others. */
export const membersOf = defineLoader<OperationContext, string, { id: string }[]>({
  name: 'team.members', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<{ id: string; team: string }>`select m.user_id as id, m.team_id as team from conversations.team_member m
      where m.team_id = any (${[...ids]}::uuid[]) order by m.added_at, m.user_id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ team }) => team);
  },
});
