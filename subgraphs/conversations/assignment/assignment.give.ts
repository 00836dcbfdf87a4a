// Gives out what waits in an inbox, some at a time: claimed under row locks, passing over what others hold.
import { sql, type RawBuilder } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { tellOf } from '../conversation/conversation.change.js';
import { canTake, pickAll, type Mode, type Taker, type Waiting } from './assignment.pick.js';

const BATCH = 50;

interface Turn {
  mode: Mode;
  pick: 'EARLIEST_CREATED' | 'LONGEST_WAITING';
  capacity: number | null;
  fairLimit: number;
  fairSeconds: number;
  oldestHours: number | null;
}

export class AssignmentGiver {
  /** @param batch row locks of this many conversations at a time */
  constructor(private readonly unit: UnitOfWorkDeps, private readonly batch = BATCH) {}

  /** Until nothing waits that somebody could take. @returns how many were given */
  async run(tenantId: string, inboxId: string): Promise<number> {
    const origin = { actor: systemActor(tenantId), correlationId: `assign-${inboxId}` };
    for (let all = 0; ;) {
      const given = await runUnit(this.unit, tenantScope(tenantId), origin, (unit) => giveSome(unit, tenantId, inboxId, this.batch));
      if (given === 0) return all;
      all += given;
    }
  }
}

/** The row of the inbox is held first: turns, loads and the fair limit are those of one worker at a time. Then people, then conversations, as whoever assigns. */
async function giveSome(unit: UnitOfWork, tenantId: string, inboxId: string, batch: number): Promise<number> {
  const turn = await takeTurn(unit, inboxId);
  if (!turn) return 0;
  const spared = sparedOf(unit, turn, inboxId);
  const since = new Date(unit.now.getTime() - turn.fairSeconds * 1000);
  const takers = (await takersOf(unit, { tenantId, inboxId, since, turn, spared })).filter(canTake);
  const waiting = takers.length === 0 ? [] : await claim(unit, { tenantId, inboxId, turn, spared, takers, batch });
  if (waiting.length === 0) return 0;
  const teams = await membersOf(unit, waiting, takers);
  const before = new Map(takers.map(({ id, fair }) => [id, fair]));
  const given = pickAll(waiting, takers, turn.mode, (teamId, userId) => teams.has(`${teamId}/${userId}`));
  await write(unit, given);
  await keepTurns(unit, inboxId, since, takers.map(({ id, turn: next, fair }) => ({ id, turn: next, more: (before.get(id) ?? 0) - fair })).filter(({ more }) => more > 0));
  for (const [id, userId] of given) {
    tellOf(unit, { id, inboxId });
    unit.audit({
      action: 'conversation.auto_assign', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id }, before: { assignee: null }, after: { assignee: encodeId('user', userId) },
    });
  }
  return given.size;
}

async function takeTurn({ tx, now }: UnitOfWork, inboxId: string): Promise<Turn | null> {
  const { rows: [turn] } = await sql<Turn>`update conversations.inbox_assignment a set looked_at = ${now}
    where a.inbox_id = ${inboxId}::uuid and a.mode <> 'OFF' and exists (select from conversations.inbox i where i.tenant_id = a.tenant_id and i.id = a.inbox_id and i.state <> 'DELETED')
    returning mode, pick, capacity, fair_limit as "fairLimit", fair_seconds as "fairSeconds", oldest_hours as "oldestHours"`.execute(tx.getKysely());
  return turn ?? null;
}

/** Of `c`: it is neither given out nor counted. */
function sparedOf({ now }: UnitOfWork, { oldestHours }: Turn, inboxId: string): RawBuilder<boolean> {
  const oldest = oldestHours === null ? null : new Date(now.getTime() - oldestHours * 3_600_000);
  return sql`(c.created_at < coalesce(${oldest}::timestamptz, '-infinity') or exists (select from conversations.conversation_label l
    join conversations.assignment_exclusion x on x.tenant_id = l.tenant_id and x.label_id = l.label_id
    where l.tenant_id = c.tenant_id and l.conversation_id = c.id and x.inbox_id = ${inboxId}::uuid))`;
}

interface Asked { tenantId: string; inboxId: string; turn: Turn; spared: RawBuilder<boolean> }

/** Who is there and works here; held, so that nobody gets what they would leave behind. */
async function takersOf({ tx, now }: UnitOfWork, { tenantId, inboxId, since, turn, spared }: Asked & { since: Date }): Promise<Taker[]> {
  const { rows } = await sql<Taker>`select a.user_id as id, coalesce(a.capacity, ${turn.capacity}::int) as capacity, a.turn,
      ${turn.fairLimit}::int - (select count(*)::int from unnest(a.given) g where g > ${since}::timestamptz) as fair,
      (select count(*)::int from conversations.conversation c where c.tenant_id = a.tenant_id and c.assignee_id = a.user_id and c.status = 'OPEN' and c.inbox_id = a.inbox_id and not ${spared}) as load
    from conversations.inbox_agent a join conversations.colleague_presence p on p.tenant_id = a.tenant_id and p.user_id = a.user_id
    join conversations.colleague w on w.tenant_id = a.tenant_id and w.user_id = a.user_id
    where a.tenant_id = ${tenantId}::uuid and a.inbox_id = ${inboxId}::uuid and w.status = 'ACTIVE' and p.status = 'ONLINE' and p.ends_at > ${now}::timestamptz
    order by a.user_id for share of w`.execute(tx.getKysely());
  return rows;
}

/** In their order, passing over what others hold: whoever holds one assigns or changes it at this moment. */
async function claim({ tx }: UnitOfWork, { tenantId, inboxId, turn, spared, takers, batch }: Asked & { takers: readonly Taker[]; batch: number }): Promise<Waiting[]> {
  const order = turn.pick === 'EARLIEST_CREATED' ? sql`c.id` : sql`c.waiting_since, c.id`;
  const { rows } = await sql<Waiting>`select c.id, c.team_id as "teamId" from conversations.conversation c
    where c.tenant_id = ${tenantId}::uuid and c.inbox_id = ${inboxId}::uuid and c.status = 'OPEN' and c.assignee_id is null and not ${spared}
      and (c.team_id is null or exists (select from conversations.team_member m where m.tenant_id = c.tenant_id and m.team_id = c.team_id and m.user_id = any (${takers.map(({ id }) => id)}::uuid[])))
    order by ${order} limit ${batch} for update of c skip locked`.execute(tx.getKysely());
  return rows;
}

/** `team/person` of those who matter. */
async function membersOf({ tx }: UnitOfWork, waiting: readonly Waiting[], takers: readonly Taker[]): Promise<Set<string>> {
  const teams = waiting.flatMap(({ teamId }) => (teamId === null ? [] : [teamId]));
  if (teams.length === 0) return new Set();
  const { rows } = await sql<{ team: string; id: string }>`select team_id as team, user_id as id from conversations.team_member
    where team_id = any (${[...new Set(teams)]}::uuid[]) and user_id = any (${takers.map(({ id }) => id)}::uuid[])`.execute(tx.getKysely());
  return new Set(rows.map(({ team, id }) => `${team}/${id}`));
}

const write = ({ tx }: UnitOfWork, given: ReadonlyMap<string, string>): Promise<unknown> =>
  sql`update conversations.conversation c set assignee_id = g.person from unnest(${[...given.keys()]}::uuid[], ${[...given.values()]}::uuid[]) g(id, person) where c.id = g.id`.execute(tx.getKysely());

interface Kept { id: string; turn: number; more: number }

/** What lies before the span is forgotten. */
const keepTurns = ({ tx, now }: UnitOfWork, inboxId: string, since: Date, kept: readonly Kept[]): Promise<unknown> =>
  sql`update conversations.inbox_agent a set turn = k.turn,
      given = array(select g from unnest(a.given) g where g > ${since}::timestamptz) || array_fill(${now}::timestamptz(3), array[k.more])
    from unnest(${kept.map(({ id }) => id)}::uuid[], ${kept.map(({ turn }) => turn)}::int[], ${kept.map(({ more }) => more)}::int[]) k(id, turn, more)
    where a.inbox_id = ${inboxId}::uuid and a.user_id = k.id`.execute(tx.getKysely());
