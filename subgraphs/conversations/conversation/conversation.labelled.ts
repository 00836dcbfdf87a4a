// Labels as a filter asks for them: those that were deleted find nothing, and those that few bear find them by themselves.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { ConversationCriteria } from './conversation.criteria.js';

/** So few are looked at one by one; of a more frequent label enough are among those that are walked. */
const FEW = 1_000;

/** No label has it. */
const NONE = '00000000-0000-0000-0000-000000000000';

/** A label that was deleted is borne by nobody, also while it is still being taken off. */
export async function withoutDeleted(context: OperationContext, criteria: ConversationCriteria): Promise<ConversationCriteria> {
  const asked = [...criteria.labelsAnyOf, ...criteria.labelsAllOf];
  if (asked.length === 0) return criteria;
  const { rows } = await sql<{ id: string }>`select id from conversations.label where id = any (${asked}::uuid[]) and deleted_at is not null`.execute((await context.read()).getKysely());
  const deleted = new Set(rows.map(({ id }) => id));
  const known = (labels: readonly string[]): string[] => labels.map((label) => (deleted.has(label) ? NONE : label));
  return { ...criteria, labelsAnyOf: known(criteria.labelsAnyOf), labelsAllOf: known(criteria.labelsAllOf) };
}

/** The only conversations that can bear the labels asked for, when they are few; null: they are many, or no label was asked for. */
export async function labelledFew(tx: Tx, { labelsAnyOf, labelsAllOf }: Pick<ConversationCriteria, 'labelsAnyOf' | 'labelsAllOf'>): Promise<string[] | null> {
  const sets = [...(labelsAnyOf.length > 0 ? [labelsAnyOf] : []), ...labelsAllOf.map((label) => [label])];
  let fewest: string[] | null = null;
  for (const labels of sets) {
    // One label after the other in the order of its index: else the table might be read from its beginning until enough are met.
    const { rows } = await sql<{ id: string }>`select bearing.id from unnest(${labels}::uuid[]) as wanted (label) cross join lateral (
      select l.conversation_id as id from conversations.conversation_label l where l.label_id = wanted.label order by l.conversation_id limit ${FEW + 1}) bearing limit ${FEW + 1}`.execute(tx.getKysely());
    if (rows.length <= FEW && (fewest === null || rows.length < fewest.length)) fewest = rows.map(({ id }) => id);
  }
  return fewest && [...new Set(fewest)];
}
