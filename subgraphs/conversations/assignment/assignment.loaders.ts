// Batched reads of how inboxes give their conversations out.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';

export interface AssignmentRow {
  inboxId: string;
  mode: string;
  pick: string;
  capacity: number | null;
  fairLimit: number;
  fairSeconds: number;
  excludeOlderThanHours: number | null;
}

export const assignmentOf = defineLoader<OperationContext, string, AssignmentRow>({
  name: 'assignment.ofInbox', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<AssignmentRow>`select a.inbox_id as "inboxId", a.mode, a.pick, a.capacity, a.fair_limit as "fairLimit", a.fair_seconds as "fairSeconds", a.oldest_hours as "excludeOlderThanHours"
      from conversations.inbox_assignment a where a.inbox_id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.inboxId, row]));
  },
});

export const agentsOf = defineLoader<OperationContext, string, { user: { id: string }; capacity: number | null }[]>({
  name: 'assignment.agents', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<{ inbox: string; id: string; capacity: number | null }>`select a.inbox_id as inbox, a.user_id as id, a.capacity from conversations.inbox_agent a
      where a.inbox_id = any (${[...ids]}::uuid[]) order by a.user_id`.execute((await context.read()).getKysely());
    return new Map([...Map.groupBy(rows, ({ inbox }) => inbox)].map(([inbox, agents]) => [inbox, agents.map(({ id, capacity }) => ({ user: { id }, capacity }))]));
  },
});

/** Ids of labels. */
export const excludedOf = defineLoader<OperationContext, string, string[]>({
  name: 'assignment.exclusions', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<{ inbox: string; label: string }>`select x.inbox_id as inbox, x.label_id as label from conversations.assignment_exclusion x
      where x.inbox_id = any (${[...ids]}::uuid[]) order by x.label_id`.execute((await context.read()).getKysely());
    return new Map([...Map.groupBy(rows, ({ inbox }) => inbox)].map(([inbox, labels]) => [inbox, labels.map(({ label }) => label)]));
  },
});
