// Batched reads of labels.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';

export interface LabelRow {
  id: string;
  name: string;
  color: string;
  description: string | null;
  createdAt: Date;
}

const COLUMNS = sql.raw('l.id, l.name, l.color, l.description, l.created_at as "createdAt"');

export const labelById = defineLoader<OperationContext, string, LabelRow>({
  name: 'label.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<LabelRow>`select ${COLUMNS} from conversations.label l where l.id = any (${[...ids]}::uuid[]) and l.deleted_at is null`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** By conversation, in the order of their names. */
export const labelsOf = defineLoader<OperationContext, string, LabelRow[]>({
  name: 'label.ofConversation', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<LabelRow & { conversation: string }>`
      select ${COLUMNS}, b.conversation_id as conversation from conversations.conversation_label b join conversations.label l on l.tenant_id = b.tenant_id and l.id = b.label_id and l.deleted_at is null
      where b.conversation_id = any (${[...ids]}::uuid[]) order by l.name`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ conversation }) => conversation);
  },
});
