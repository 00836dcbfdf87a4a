// What a filter of conversations asks for, checked, and the conditions it becomes.
import { sql, type RawBuilder } from 'kysely';
import { badInput } from '../../kernel/base/errors.js';
import { inputId } from '../../kernel/graphql/context.js';
import type { ConversationPriority, ConversationStatus } from './conversation.entity.js';
import type { ConversationFilter } from './conversation.inputs.js';

/** A filter that can be asked of the database. Empty lists, null: anything. */
export interface ConversationCriteria {
  statuses: ConversationStatus[];
  inboxes: string[];
  /** Somebody's id; 'nobody', 'somebody'. */
  assignee: { id: string } | 'nobody' | 'somebody' | null;
  priorities: ConversationPriority[];
  teams: string[];
  labelsAnyOf: string[];
  labelsAllOf: string[];
  unread: boolean | null;
  waiting: boolean | null;
  from: Date | null;
  to: Date | null;
}

/** Each of them is looked up by itself. */
export const MOST_VALUES = 20;

const path = (field: string): string[] => ['filter', field];

/** @throws BAD_USER_INPUT when it names none, or too many */
export function listOf<T>(field: string, values: readonly T[] | null | undefined, at = path(field)): T[] {
  if (values === null || values === undefined) return [];
  if (values.length === 0 || values.length > MOST_VALUES) throw badInput(`${at.join('.')} must name 1 to ${MOST_VALUES}.`, at);
  return [...new Set(values)];
}

/** One value or a list of them, not both. An empty text is a wrong id, not an absent one: it must not list everything. */
function either<T>(one: [string, T | null | undefined], many: [string, readonly T[] | null | undefined]): T[] {
  const single = one[1] !== null && one[1] !== undefined;
  if (single && many[1] !== null && many[1] !== undefined) throw badInput(`Give filter.${one[0]} or filter.${many[0]}, not both.`, path(many[0]));
  return single ? [one[1] as T] : listOf(many[0], many[1]);
}

/** @throws BAD_USER_INPUT */
export function criteriaOf(filter: ConversationFilter): ConversationCriteria {
  const ids = (prefix: 'inb' | 'lbl' | 'team', field: string, values: readonly string[]): string[] => values.map((id) => inputId(prefix, id, path(field)));
  const { assigneeId, unassigned, lastActivityFrom: from = null, lastActivityTo: to = null } = filter;
  const assigned = assigneeId !== null && assigneeId !== undefined;
  if (assigned && unassigned !== null && unassigned !== undefined) throw badInput('Give filter.assigneeId or filter.unassigned, not both.', path('unassigned'));
  if (from && to && from >= to) throw badInput('filter.lastActivityFrom must be before filter.lastActivityTo.', path('lastActivityFrom'));
  const inboxes = either(['inboxId', filter.inboxId], ['inboxIds', filter.inboxIds]);
  return {
    statuses: either<ConversationStatus>(['status', filter.status], ['statuses', filter.statuses]),
    inboxes: ids('inb', filter.inboxIds ? 'inboxIds' : 'inboxId', inboxes),
    assignee: assigned ? { id: inputId('user', assigneeId, path('assigneeId')) } : unassigned === true ? 'nobody' : unassigned === false ? 'somebody' : null,
    priorities: listOf<ConversationPriority>('priorities', filter.priorities),
    teams: ids('team', 'teamIds', listOf('teamIds', filter.teamIds)),
    labelsAnyOf: ids('lbl', 'labelsAnyOf', listOf('labelsAnyOf', filter.labelsAnyOf)),
    labelsAllOf: ids('lbl', 'labelsAllOf', listOf('labelsAllOf', filter.labelsAllOf)),
    unread: filter.unread ?? null, waiting: filter.waiting ?? null, from, to,
  };
}

export type Condition = RawBuilder<boolean>;

/** The part of the criteria that an index leaves to be looked at row by row. Of `c`, a row of the table. */
export type Residue = Partial<Pick<ConversationCriteria, 'statuses' | 'inboxes' | 'assignee' | 'teams' | 'priorities' | 'labelsAnyOf' | 'labelsAllOf' | 'unread' | 'waiting'>>;

/** @param reader whose unread messages count */
export function conditionsOf(criteria: Residue, reader: string): Condition[] {
  const { statuses = [], inboxes = [], assignee = null, teams = [], priorities = [], labelsAnyOf = [], labelsAllOf = [], unread = null, waiting = null } = criteria;
  const found: Condition[] = [];
  if (statuses.length > 0) found.push(sql`c.status = any (${statuses}::text[])`);
  if (inboxes.length > 0) found.push(sql`c.inbox_id = any (${inboxes}::uuid[])`);
  if (assignee !== null) found.push(assignee === 'nobody' ? sql`c.assignee_id is null` : assignee === 'somebody' ? sql`c.assignee_id is not null` : sql`c.assignee_id = ${assignee.id}::uuid`);
  if (teams.length > 0) found.push(sql`c.team_id = any (${teams}::uuid[])`);
  if (priorities.length > 0) found.push(sql`c.priority = any (${priorities}::text[])`);
  if (waiting !== null) found.push(waiting ? sql`c.waiting_since is not null` : sql`c.waiting_since is null`);
  // Counted by key for each row: rewritten as a join they would be read whole.
  const bearing = (labels: readonly string[]): RawBuilder<number> => sql`(select count(*) from conversations.conversation_label l
    where l.tenant_id = c.tenant_id and l.conversation_id = c.id and l.label_id = any (${labels}::uuid[]))`;
  if (labelsAnyOf.length > 0) found.push(sql`${bearing(labelsAnyOf)} > 0`);
  if (labelsAllOf.length > 0) found.push(sql`${bearing(labelsAllOf)} = ${labelsAllOf.length}::int`);
  if (unread !== null) {
    found.push(sql`(c.inbound_count > coalesce((select r.inbound_count from conversations.conversation_read r
      where r.tenant_id = c.tenant_id and r.conversation_id = c.id and r.user_id = ${reader}::uuid), 0)) = ${unread}::boolean`);
  }
  return found;
}
