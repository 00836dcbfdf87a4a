// Says how an inbox gives its conversations out.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { holdColleagues } from '../colleague/colleague.service.js';
import { holdInbox } from '../inbox/inbox.manage.js';
import { AssignmentMode } from './assignment.type.js';
import { FAIR, MOST_AGENTS, MOST_EXCLUDED, type InboxAssignmentSetInput } from './assignment.inputs.js';
import { wantAssignment } from './assignment.want.js';

export interface Wanted extends Omit<InboxAssignmentSetInput, 'inboxId' | 'agents' | 'excludedLabelIds'> {
  id: string;
  agents: { id: string; capacity: number | null }[];
  labels: string[];
}

const AGENTS = ['input', 'agents'];
const LABELS = ['input', 'excludedLabelIds'];

/** People are held before the inbox, as by whoever takes them off it. @throws Refusal InboxNotFound, ColleagueNotFound, LabelNotFound, InputInvalid */
export function setAssignment(context: OperationContext, wanted: Wanted): Promise<void> {
  const { tenantId } = context;
  const { id, mode, agents, labels } = wanted;
  const settings = checked(wanted);
  return context.mutate(async (unit, audit) => {
    const kysely = unit.tx.getKysely();
    audit.draft = { ...audit.draft, resource: { type: 'Inbox', id } };
    await holdColleagues(unit, agents.map((agent) => agent.id), AGENTS);
    await holdLabels(unit, labels);
    await holdInbox(unit, audit, id);
    const { rows: [known] } = await sql<{ mode: string }>`select mode from conversations.inbox_assignment where inbox_id = ${id}::uuid for update`.execute(kysely);
    const { pick, capacity, fairLimit, fairSeconds, oldestHours } = settings;
    await sql`insert into conversations.inbox_assignment (tenant_id, inbox_id, mode, pick, capacity, fair_limit, fair_seconds, oldest_hours, looked_at)
      values (${tenantId}::uuid, ${id}::uuid, ${mode}, ${pick}, ${capacity}, ${fairLimit}, ${fairSeconds}, ${oldestHours}, ${unit.now})
      on conflict (tenant_id, inbox_id) do update set mode = excluded.mode, pick = excluded.pick, capacity = excluded.capacity, fair_limit = excluded.fair_limit,
        fair_seconds = excluded.fair_seconds, oldest_hours = excluded.oldest_hours`.execute(kysely);
    await setAgents(unit, tenantId, id, agents);
    await sql`delete from conversations.assignment_exclusion where inbox_id = ${id}::uuid and label_id <> all (${labels}::uuid[])`.execute(kysely);
    await sql`insert into conversations.assignment_exclusion (tenant_id, inbox_id, label_id)
      select ${tenantId}::uuid, ${id}::uuid, label from unnest(${labels}::uuid[]) label on conflict do nothing`.execute(kysely);
    await wantAssignment(unit, [id]);
    audit.draft = {
      ...audit.draft, before: { assignment: known?.mode ?? 'OFF' },
      after: { assignment: mode, pick, capacity, fairLimit, fairSeconds, excludeOlderThanHours: oldestHours, agents: agents.map((agent) => encodeId('user', agent.id)).toSorted(), excludedLabels: labels.length },
    };
  });
}

/** Who does already keeps their turn, and what they were given of late. Who comes waits for no turn: theirs is as low as the lowest. */
async function setAgents({ tx }: UnitOfWork, tenantId: string, inboxId: string, agents: Wanted['agents']): Promise<void> {
  const kysely = tx.getKysely();
  const ids = agents.map(({ id }) => id);
  await sql`delete from conversations.inbox_agent where inbox_id = ${inboxId}::uuid and user_id <> all (${ids}::uuid[])`.execute(kysely);
  await sql`insert into conversations.inbox_agent (tenant_id, inbox_id, user_id, capacity, turn)
    select ${tenantId}::uuid, ${inboxId}::uuid, a.id, a.capacity, coalesce((select min(o.turn) from conversations.inbox_agent o where o.inbox_id = ${inboxId}::uuid), 0)
    from unnest(${ids}::uuid[], ${agents.map(({ capacity }) => capacity)}::int[]) a(id, capacity)
    on conflict (tenant_id, inbox_id, user_id) do update set capacity = excluded.capacity`.execute(kysely);
}

/** @throws Refusal LabelNotFound unless all are there */
async function holdLabels({ tx }: UnitOfWork, labels: readonly string[]): Promise<void> {
  if (labels.length === 0) return;
  const { rows } = await sql`select from conversations.label where id = any (${[...labels]}::uuid[]) order by id for key share`.execute(tx.getKysely());
  if (rows.length < labels.length) throw new Refusal('LabelNotFound', ErrorCode.NOT_FOUND, 'There is no such label in your tenant.', LABELS);
}

interface Settings { pick: string; capacity: number | null; fairLimit: number; fairSeconds: number; oldestHours: number | null }

/** @throws Refusal InputInvalid */
function checked({ mode, pick, capacity = null, fairLimit, fairSeconds, excludeOlderThanHours = null, agents, labels }: Wanted): Settings {
  within('capacity', capacity, 1, 1_000);
  within('fairLimit', fairLimit, 1, 1_000);
  within('fairSeconds', fairSeconds, 60, 86_400);
  within('excludeOlderThanHours', excludeOlderThanHours, 1, 8_784);
  if (mode === AssignmentMode.BALANCED && capacity === null) throw invalidInput('Say how many conversations one person can take: that is what is balanced.', ['input', 'capacity']);
  if (labels.length > MOST_EXCLUDED) throw invalidInput(`Name ${MOST_EXCLUDED} labels at the most.`, LABELS);
  if (agents.length > MOST_AGENTS) throw invalidInput(`Name ${MOST_AGENTS} people at the most.`, AGENTS);
  if (new Set(agents.map(({ id }) => id)).size < agents.length) throw invalidInput('Name each person once.', AGENTS);
  for (const [index, agent] of agents.entries()) within(`agents.${index}.capacity`, agent.capacity, 1, 1_000);
  return { pick: pick ?? 'EARLIEST_CREATED', capacity, fairLimit: fairLimit ?? FAIR.limit, fairSeconds: fairSeconds ?? FAIR.seconds, oldestHours: excludeOlderThanHours };
}

/** @throws Refusal InputInvalid */
function within(field: string, value: number | null | undefined, least: number, most: number): void {
  if (typeof value === 'number' && (value < least || value > most)) throw invalidInput(`This is a number from ${least} to ${most}.`, ['input', ...field.split('.')]);
}
